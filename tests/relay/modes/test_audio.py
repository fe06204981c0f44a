from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.relay.modes.audio import SpeechMode, TranscriptionMode
from oneapi.wire.modes import RelayMode
from tests.support.priced import OPTIONS, call_of, form_call, price, prompt_of, used

SPEECH, TRANSCRIPTION = SpeechMode(), TranscriptionMode()
HEARD = form_call(RelayMode.TRANSCRIPTION, "file", model="whisper-1")


def spoken(text: Any, **body: Any) -> Any:
    return call_of(RelayMode.SPEECH, model="tts-1", input=text, **body)


@pytest.mark.parametrize(("text", "quota"), [("你好", 15), ("hello", 37), ("x" * 4096, 30_720)])
def test_speech_costs_by_characters(text: str, quota: int) -> None:
    call = spoken(text)

    held = SPEECH.estimate(call, price(7.5), prompt_of(call), OPTIONS)
    charged = SPEECH.charge(call, price(7.5), "tts-1", used(estimated=True)).quota

    assert held == charged == quota


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "invalid_text_request"),
        ("", "invalid_text_request"),
        (7, "invalid_json"),
        ("x" * 4097, "text_too_long"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_speech_needs_a_text_of_some_length(text: Any, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        SPEECH.checked(spoken(text))

    assert (refusal.value.code, refusal.value.param) == (code, "input")


def test_a_price_by_characters_is_in_dollars_per_million() -> None:
    charge = SPEECH.charge(spoken("x" * 1000), price(7.5, million_chars_usd=15.0), "tts-1", used())

    assert charge.quota == 7500


def test_reported_tokens_of_speech_are_charged_as_text() -> None:
    charge = SPEECH.charge(spoken("hello"), price(2.0, completion=3.0), "m", used(5, 10))

    assert charge.quota == 70


def test_a_transcription_needs_a_file() -> None:
    with pytest.raises(Refusal) as refusal:
        TRANSCRIPTION.checked(form_call(RelayMode.TRANSCRIPTION, "other"))

    assert (refusal.value.code, refusal.value.param) == ("file_missing", "file")


def test_a_transcription_without_a_model_means_whisper() -> None:
    assert TRANSCRIPTION.checked(form_call(RelayMode.TRANSLATION, "file")).model == "whisper-1"


def test_a_transcription_holds_the_cushion() -> None:
    assert TRANSCRIPTION.estimate(HEARD, price(15.0), prompt_of(HEARD), OPTIONS) == 500 * 15


@pytest.mark.parametrize(
    ("prices", "found", "quota"),
    [
        ({}, used(0, 120, estimated=True), 1800),
        ({"group": 0.5}, used(0, 120, estimated=True), 900),
        ({}, used(10, 20), 450),
        ({"second_usd": 0.0001}, used(0, 120, estimated=True, seconds=60.0), 3000),
        ({"second_usd": 0.0001}, used(0, 120, estimated=True), 1800),
        ({"fixed_usd": 0.001, "second_usd": 1.0}, used(10, 20, seconds=60.0), 500),
    ],
    ids=str,
)
def test_a_transcription_costs_by_the_first_rule_that_applies(
    prices: Any, found: Any, quota: int
) -> None:
    assert TRANSCRIPTION.charge(HEARD, price(15.0, **prices), "whisper-1", found).quota == quota
