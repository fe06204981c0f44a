from typing import Any

import orjson
import pytest

from oneapi.errors import UpstreamError
from oneapi.lib.sse import Event
from oneapi.providers.adaptors.openai_events import EventStream
from oneapi.wire.answers import Usage
from oneapi.wire.modes import RelayMode
from tests.support.openai_family import call_of, fed, target_of


def reader(mode: RelayMode, **body: Any) -> EventStream:
    return EventStream(call_of(mode, stream=True, **body), target_of(1))


def named(kind: str, **members: object) -> Event:
    return Event(orjson.dumps({"type": kind, **members}), kind)


def test_a_transcript_streams_with_names_text_and_usage() -> None:
    events = reader(RelayMode.TRANSCRIPTION)
    usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 2}

    chunks = fed(
        events,
        named("transcript.text.delta", delta="Hello "),
        named("transcript.text.delta", delta="Bob"),
        named("transcript.text.done", text="Hello Bob", usage=usage),
    )

    assert [c.event for c in chunks][-1] == "transcript.text.done"
    assert "".join(c.text for c in chunks) == "Hello Bob"
    assert chunks[-1].usage == Usage(prompt_tokens=14, completion_tokens=2)
    assert events.finished


def test_a_transcript_without_pieces_counts_its_end() -> None:
    chunks = fed(reader(RelayMode.TRANSCRIPTION), named("transcript.text.done", text="Hello"))

    assert chunks[0].text == "Hello"


def test_images_are_whole_when_the_last_one_is() -> None:
    events = reader(RelayMode.IMAGES, n=2)
    done = named("image_generation.completed", b64_json="QQ==", usage={"output_tokens": 5})

    fed(events, named("image_generation.partial_image", b64_json="QQ=="), done)
    assert not events.finished

    chunks = fed(events, done)
    assert chunks[0].usage == Usage(completion_tokens=5)
    assert chunks[0].wire == done.data
    assert events.finished


def test_a_failure_is_raised() -> None:
    with pytest.raises(UpstreamError, match="too big"):
        fed(reader(RelayMode.IMAGES), named("error", error={"message": "too big"}))


def test_the_end_mark_is_noted() -> None:
    events = reader(RelayMode.SPEECH)

    assert fed(events, b"[DONE]") == []
    assert events.finished
