from typing import Any

import orjson
import pytest

from oneapi.errors import UpstreamError
from oneapi.lib.sse import Event, SseDecoder
from oneapi.providers.adaptors.gemini_answer import AnswerReader, read_answer
from oneapi.providers.errors import PromptBlocked
from oneapi.wire.answers import Chunk, Usage
from tests.providers.adaptors.gemini_target import read, target

TARGET = target()


def candidate(*parts: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"content": {"role": "model", "parts": list(parts)}, **members}


def chunks_of(*candidates: dict[str, Any], **members: Any) -> list[Chunk]:
    body = orjson.dumps({"candidates": list(candidates), **members})
    return read_answer(TARGET, body).chunks


def reasons(chunks: list[Chunk]) -> list[tuple[int, str]]:
    return [(chunk.index, chunk.finish_reason) for chunk in chunks if chunk.finish_reason]


def test_a_stream_brings_thoughts_text_signature_and_one_finish():
    reader = AnswerReader(TARGET)

    chunks = [c for event in SseDecoder().feed(read("stream.sse")) for c in reader.feed(event)]

    signed = {"extra_content": {"google": {"thought_signature": "c2lnbg=="}}}
    assert chunks == [
        Chunk(delta={"reasoning_content": "Let me think."}, response_id="r-1"),
        Chunk(delta={"content": "It is "}),
        Chunk(delta={"content": "warm."}),
        Chunk(delta=signed),
        Chunk(
            finish_reason="stop",
            usage=Usage(
                prompt_tokens=12, completion_tokens=13, cached_tokens=3, reasoning_tokens=9
            ),
        ),
    ]


def test_a_stream_is_whole_only_after_its_finish_reason():
    reader = AnswerReader(TARGET)

    reader.feed(Event(b'{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}'))
    before = reader.finished
    reader.feed(Event(b'{"candidates":[{"finishReason":"STOP"}]}'))

    assert (before, reader.finished) == (False, True)


def test_counts_of_an_unfinished_stream_are_not_reported():
    reader = AnswerReader(TARGET)
    event = (
        b'{"candidates":[{"content":{"parts":[{"text":"a"}]}}],'
        b'"usageMetadata":{"promptTokenCount":8}}'
    )

    chunks = list(reader.feed(Event(event)))

    assert chunks == [Chunk(delta={"content": "a"})]


def test_counts_that_come_behind_the_finish_are_reported():
    reader = AnswerReader(TARGET)
    reader.feed(Event(b'{"candidates":[{"finishReason":"STOP"}]}'))

    chunks = list(reader.feed(Event(b'{"usageMetadata":{"promptTokenCount":8}}')))

    assert chunks == [Chunk(usage=Usage(prompt_tokens=8))]


def test_every_call_is_read_with_its_signature_and_number():
    chunks = read_answer(TARGET, read("tool_calls.json")).chunks

    text, first, second, finish = chunks
    [call] = second.delta["tool_calls"]
    assert text.delta == {"content": "Two places."}
    assert first.delta["tool_calls"] == [
        {
            "index": 0,
            "id": "fc-1",
            "type": "function",
            "function": {"name": "weather", "arguments": '{"city":"Oslo"}'},
            "extra_content": {"google": {"thought_signature": "c2ln"}},
        }
    ]
    assert (call["index"], call["function"]) == (1, {"name": "now", "arguments": "{}"})
    assert len(call["id"]) == len("call_") + 24
    assert "extra_content" not in call
    assert finish.finish_reason == "tool_calls"
    assert finish.usage == Usage(prompt_tokens=35, completion_tokens=18, reasoning_tokens=7)


def test_calls_are_counted_over_the_whole_stream():
    reader = AnswerReader(TARGET)
    event = b'{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]}}]}'

    indexes = [reader.read(orjson.loads(event))[0].delta["tool_calls"][0]["index"] for _ in "ab"]

    assert indexes == [0, 1]


def test_an_answer_cut_off_behind_a_call_keeps_its_reason():
    call = {"functionCall": {"name": "f", "args": {}}}

    assert reasons(chunks_of(candidate(call, finishReason="MAX_TOKENS"))) == [(0, "length")]


@pytest.mark.parametrize(
    ("reason", "finish_reason"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("MODEL_ARMOR", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "stop"),
        ("SOMETHING_NEW", "stop"),
    ],
)
def test_every_finish_reason_becomes_one_of_openais(reason, finish_reason):
    assert reasons(chunks_of({"content": {}, "finishReason": reason})) == [(0, finish_reason)]


def test_a_whole_answer_without_finish_reason_ends_as_usual():
    chunks = chunks_of(candidate({"text": "a"}), usageMetadata={"promptTokenCount": 2})

    assert chunks == [
        Chunk(delta={"content": "a"}),
        Chunk(finish_reason="stop", usage=Usage(prompt_tokens=2)),
    ]


def test_several_candidates_are_several_choices():
    chunks = chunks_of(
        candidate({"text": "a"}, finishReason="STOP"),
        candidate({"text": "b"}, finishReason="MAX_TOKENS", index=1),
    )

    assert [(c.index, c.delta.get("content")) for c in chunks if c.delta] == [(0, "a"), (1, "b")]
    assert reasons(chunks) == [(0, "stop"), (1, "length")]


def test_code_that_google_ran_is_left_out_and_its_sources_are_cited():
    chunks = read_answer(TARGET, read("grounded.json")).chunks

    deltas = [chunk.delta for chunk in chunks if chunk.delta]
    assert deltas == [
        {"content": "Größe: 42. "},
        {"content": "Source below."},
        {
            "annotations": [
                {
                    "type": "url_citation",
                    "url_citation": {
                        "start_index": 7,
                        "end_index": 9,
                        "url": "https://example.org/size",
                        "title": "Sizes",
                    },
                }
            ]
        },
        {"extra_content": {"google": {"thought_signature": "Y29kZQ=="}}},
    ]


def test_a_picture_comes_as_a_data_url_and_a_thought_of_one_does_not():
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}

    chunks = chunks_of(candidate({**picture, "thought": True}, picture, finishReason="STOP"))

    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    assert [chunk.delta for chunk in chunks if chunk.delta] == [{"images": [image]}]


def test_a_blocked_prompt_is_the_clients_error_and_tells_what_it_used():
    body = b'{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":6}}'

    with pytest.raises(PromptBlocked) as failure:
        read_answer(TARGET, body)

    assert failure.value.message == "prompt blocked: SAFETY"
    assert (failure.value.status, failure.value.code) == (400, "content_filter")
    assert failure.value.usage == Usage(prompt_tokens=6)


def test_a_blocked_prompt_that_was_not_counted_used_nothing():
    with pytest.raises(PromptBlocked) as failure:
        read_answer(TARGET, b'{"promptFeedback":{"blockReason":"OTHER"},"usageMetadata":{}}')

    assert failure.value.usage is None


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{}", 502), (b"[]", 502), (b'{"candidates":[]}', 502), (b"<html>", 502), (b'"a"', 502)],
)
def test_a_success_without_an_answer_is_an_error(body, status):
    with pytest.raises(UpstreamError) as failure:
        read_answer(TARGET, body)

    assert failure.value.status == status


def test_an_error_inside_a_stream_is_raised_with_its_status():
    event = b'{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}'

    with pytest.raises(UpstreamError) as failure:
        AnswerReader(TARGET).feed(Event(event))

    assert (failure.value.status, failure.value.code) == (503, "UNAVAILABLE")
