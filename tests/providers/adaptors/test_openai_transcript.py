from typing import Any

import pytest

from oneapi.errors import UpstreamError
from oneapi.providers.adaptors.openai_transcript import read_transcript
from oneapi.wire.answers import Usage, Verbatim
from oneapi.wire.modes import RelayMode
from tests.support.openai_family import call_of, reply_of, target_of

SRT = (
    b"1\r\n00:00:00,000 --> 00:00:02,000\r\nHello\r\nthere\r\n\r\n"
    b"2\r\n00:00:02,000 --> 00:00:03,000\r\nBob\r\n"
)
VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello\n\n00:02.000 --> 00:03.000\nBob\n"


def read(body: Any, wanted: str = "json", media_type: str = "application/json") -> Verbatim:
    call = call_of(RelayMode.TRANSCRIPTION, response_format=wanted)
    return read_transcript(call, target_of(1), reply_of(body, headers={"content-type": media_type}))


def test_json_holds_text_and_token_usage() -> None:
    usage = {
        "type": "tokens",
        "input_tokens": 14,
        "output_tokens": 3,
        "input_token_details": {"audio_tokens": 10, "text_tokens": 4},
    }

    answer = read({"text": "Hello", "usage": usage})

    assert answer.text == "Hello"
    assert answer.usage == Usage(prompt_tokens=14, completion_tokens=3, audio_prompt_tokens=10)


@pytest.mark.parametrize(
    "members", [{"usage": {"type": "duration", "seconds": 9}}, {"duration": 9.0}]
)
def test_the_length_of_the_audio_is_read(members: Any) -> None:
    answer = read({"text": "Hello", **members}, "verbose_json")

    assert (answer.seconds, answer.usage) == (9, None)


@pytest.mark.parametrize(
    ("body", "wanted", "text"),
    [(b"Hello\n", "text", "Hello"), (SRT, "srt", "Hello\nthere\nBob"), (VTT, "vtt", "Hello\nBob")],
)
def test_text_formats_are_read_for_what_was_said(body: bytes, wanted: str, text: str) -> None:
    answer = read(body, wanted, "text/plain; charset=utf-8")

    assert (answer.text, answer.body) == (text, body)


def test_an_upstream_may_answer_in_text_although_json_was_asked() -> None:
    assert read(b"Hello", "json", "text/plain").text == "Hello"


@pytest.mark.parametrize("body", [b"<html>", b"garbage"])
def test_what_is_no_transcript_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamError) as failure:
        read(body)

    assert failure.value.code == "unmarshal_response_body_failed"


def test_a_failure_inside_is_raised_with_its_status() -> None:
    with pytest.raises(UpstreamError) as failure:
        read({"error": {"message": "too long", "code": 413}})

    assert failure.value.status == 413
