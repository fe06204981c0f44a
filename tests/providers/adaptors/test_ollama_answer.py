import pytest

from oneapi.errors import UpstreamError
from oneapi.lib.sse import Event, LineDecoder
from oneapi.providers.adaptors.ollama_answer import AnswerReader, read_answer, read_embeddings
from oneapi.wire.answers import Chunk, Usage
from tests.providers.adaptors.ollama_target import read, reply, target


def stream(body: bytes) -> tuple[list[Chunk], AnswerReader]:
    """Read a stream that comes in pieces of seven bytes."""
    lines, reader = LineDecoder(), AnswerReader(target())
    pieces = [body[start : start + 7] for start in range(0, len(body), 7)]
    events = [event for piece in pieces for event in lines.feed(piece)]
    return [chunk for event in events for chunk in reader.feed(event)], reader


def whole(body: bytes) -> list[Chunk]:
    return read_answer(target(), reply(body)).chunks


def test_a_whole_answer_is_thinking_text_calls_and_an_end() -> None:
    thinking, text, calls, end = whole(read("chat.json"))

    assert thinking.delta == {"reasoning_content": "The tool may know more."}
    assert text.delta == {"content": "It is mild."}
    first, second = calls.delta["tool_calls"]
    assert first == {
        "index": 0,
        "id": "call_a1b2c3d4",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city":"Zürich","days":2}'},
    }
    assert second["index"] == 1
    assert second["id"].startswith("call_")
    assert second["function"] == {"name": "now", "arguments": "{}"}
    assert end.finish_reason == "tool_calls"
    assert end.usage == Usage(prompt_tokens=26, completion_tokens=12)


def test_a_stream_brings_the_same_piece_by_piece() -> None:
    chunks, reader = stream(read("chat.ndjson"))

    assert "".join(chunk.delta.get("content", "") for chunk in chunks) == "Grüezi"
    assert "".join(chunk.delta.get("reasoning_content", "") for chunk in chunks) == "Hm"
    assert reader.finished
    assert chunks[-1].usage == Usage(prompt_tokens=31, completion_tokens=9)


def test_calls_are_numbered_over_the_whole_stream() -> None:
    chunks, _ = stream(read("chat.ndjson"))

    calls = [call for chunk in chunks for call in chunk.delta.get("tool_calls", [])]
    assert [call["index"] for call in calls] == [0, 1]
    assert [call["function"]["arguments"] for call in calls] == ['{"x":1}', '{"x":2}']
    assert len({call["id"] for call in calls}) == 2
    assert chunks[-1].finish_reason == "tool_calls"


def test_generate_calls_its_text_the_response() -> None:
    chunks, reader = stream(read("generate.ndjson"))

    assert "".join(chunk.delta.get("content", "") for chunk in chunks) == "return n"
    assert chunks[-1].finish_reason == "length"
    assert reader.finished


def test_a_prompt_from_the_cache_is_not_counted() -> None:
    chunks, _ = stream(read("generate.ndjson"))

    assert chunks[-1].usage == Usage(prompt_tokens=0, completion_tokens=2)


def test_an_answer_without_counts_has_no_usage() -> None:
    assert whole(b'{"message":{"content":"x"},"done":true}')[-1].usage is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("stop", "stop"),
        ("load", "stop"),
        ("unload", "stop"),
        ("length", "length"),
        ("other", "stop"),
        ("", "stop"),
    ],
)
def test_the_reason_of_the_end_is_translated(given: str, expected: str) -> None:
    body = b'{"message":{"content":"x"},"done":true,"done_reason":"%s"}' % given.encode()

    assert whole(body)[-1].finish_reason == expected


def test_a_stream_that_breaks_is_not_finished() -> None:
    beginning = b"".join(read("chat.ndjson").splitlines(keepends=True)[:-1])

    assert not stream(beginning)[1].finished


def test_what_follows_the_end_changes_nothing() -> None:
    reader = AnswerReader(target())
    end = Event(b'{"message":{"content":"x"},"done":true,"done_reason":"stop"}')

    assert len(reader.feed(end)) == 2
    assert reader.feed(end) == []


def test_an_error_in_a_stream_is_raised() -> None:
    reader = AnswerReader(target())

    with pytest.raises(UpstreamError, match="model runner has stopped") as failure:
        reader.feed(Event(b'{"error":"model runner has stopped"}'))

    assert failure.value.status == 502
    assert not reader.finished


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"<html>", b"{}", b'{"done":true}'])
def test_a_success_without_an_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(UpstreamError):
        whole(body)


def test_an_error_with_a_good_status_is_raised() -> None:
    with pytest.raises(UpstreamError, match="no such model"):
        whole(b'{"error":"no such model"}')


def test_embeddings_count_their_prompt() -> None:
    answer = read_embeddings(
        target(), reply(b'{"embeddings":[[1.0],[2.0]],"prompt_eval_count":8,"load_duration":1}')
    )

    assert answer.vectors == [[1.0], [2.0]]
    assert answer.usage == Usage(prompt_tokens=8)


def test_embeddings_without_vectors_are_an_error() -> None:
    with pytest.raises(UpstreamError):
        read_embeddings(target(), reply(b'{"embeddings":[]}'))
