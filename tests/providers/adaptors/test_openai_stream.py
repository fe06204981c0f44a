from typing import Any

import orjson
import pytest

from oneapi.errors import UpstreamError
from oneapi.lib.sse import Event
from oneapi.providers.adaptors.openai_stream import ChatStream
from oneapi.wire.answers import Usage
from oneapi.wire.modes import RelayMode
from tests.support.openai_family import call_of, delta, fed, sent, target_of

DONE = b"[DONE]"
USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}


def stream(number: int = 1, mode: RelayMode = RelayMode.CHAT, **body: Any) -> ChatStream:
    return ChatStream(call_of(mode, stream=True, **body), target_of(number, "real-model"))


def test_an_ordinary_event_passes_as_the_same_bytes() -> None:
    data = b'{"id":"1", "choices":[{"index":0,"delta":{"content":"Hi"},"x":1.10}], "usage":null}'

    chunks = fed(stream(), data)

    assert [(c.wire, c.text, c.usage) for c in chunks] == [(data, "Hi", None)]


@pytest.mark.parametrize(
    "payload",
    [
        delta(content="Hi", reasoning="r"),
        delta(content="Hi", finish_reason="stop"),
        {**delta(content="Hi"), "usage": USAGE},
        {**delta(content="Hi"), "error": {"message": "no"}},
        {"choices": []},
        delta(tool_calls=[{"index": 0}]),
    ],
    ids=str,
)
def test_only_an_event_of_nothing_but_text_is_plain(payload: Any) -> None:
    assert stream().plain_text(orjson.dumps(delta(content="Hi"))) == "Hi"
    assert stream().plain_text(orjson.dumps(payload)) is None
    assert stream().plain_text(b"[DONE]") is None


def test_all_that_the_model_wrote_is_counted_once() -> None:
    call = {"index": 0, "function": {"name": "f", "arguments": '{"a"'}}
    reader = stream()

    chunks = fed(
        reader,
        delta(reasoning_content="r", reasoning="r"),
        delta(tool_calls=[call]),
        delta(refusal="no"),
        delta(audio={"transcript": "t"}),
        delta(function_call={"name": "g"}),
    )

    assert "".join(c.text for c in chunks) == 'rf{"a"notg'


def test_text_completions_are_read_too() -> None:
    chunks = fed(stream(mode=RelayMode.COMPLETIONS), {"choices": [{"index": 0, "text": "Hi"}]})

    assert chunks[0].text == "Hi"


def test_the_usage_chunk_is_marked() -> None:
    reader = stream()

    chunks = fed(reader, delta(content="Hi"), {"choices": [], "usage": USAGE})

    assert [c.usage_only for c in chunks] == [False, True]
    assert chunks[1].usage == Usage(prompt_tokens=9, completion_tokens=2)


def test_usage_beside_the_last_content_is_not_usage_only() -> None:
    chunks = fed(stream(28), {**delta(finish_reason="stop"), "usage": USAGE})

    assert not chunks[0].usage_only
    assert chunks[0].usage == Usage(prompt_tokens=9, completion_tokens=2, audio_beside_prompt=True)


def test_groqs_own_place_for_usage_is_read() -> None:
    chunks = fed(stream(29), {**delta(finish_reason="stop"), "x_groq": {"usage": USAGE}})

    assert chunks[0].usage == Usage(prompt_tokens=9, completion_tokens=2)


def test_moonshots_usage_is_lifted_out_of_the_choice() -> None:
    payload = delta(finish_reason="stop")
    payload["choices"][0]["usage"] = USAGE

    chunks = fed(stream(25), payload)

    assert chunks[0].usage == Usage(prompt_tokens=9, completion_tokens=2)
    assert sent(chunks)[0]["usage"] == USAGE


def test_a_later_null_keeps_earlier_counts() -> None:
    first = {**delta(content="a"), "usage": {"prompt_tokens": 9, "completion_tokens": 0}}
    last = {"choices": [], "usage": {"prompt_tokens": None, "completion_tokens": 2}}

    chunks = fed(stream(), first, last)

    assert chunks[-1].usage == Usage(prompt_tokens=9, completion_tokens=2)


def test_azures_first_chunk_is_kept_from_clients() -> None:
    assert fed(stream(3), {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}) == []


def test_the_end_mark_is_noted_and_not_forwarded() -> None:
    reader = stream()

    assert fed(reader, delta(content="Hi"), DONE)[-1].text == "Hi"
    assert reader.finished


def test_a_stream_is_whole_after_its_finish_reason() -> None:
    reader = stream()

    fed(reader, delta(content="Hi"))
    assert not reader.finished

    fed(reader, delta(finish_reason="stop"))
    assert reader.finished


def test_several_choices_end_one_by_one() -> None:
    reader = stream(n=2)
    first = delta(finish_reason="stop")
    second = delta(finish_reason="length")
    second["choices"][0]["index"] = 1

    fed(reader, first)
    assert not reader.finished

    fed(reader, second)
    assert reader.finished


def test_reasoning_appears_under_the_name_that_clients_know() -> None:
    chunks = fed(stream(20), delta(role="assistant", content="", reasoning="why"))

    assert sent(chunks)[0]["choices"][0]["delta"] == {
        "role": "assistant",
        "content": "",
        "reasoning": "why",
        "reasoning_content": "why",
    }
    assert chunks[0].text == "why"


def test_mistrals_content_lists_become_reasoning_and_text() -> None:
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]

    chunks = fed(
        stream(28), delta(content=thinking), delta(content=[{"type": "text", "text": "a"}])
    )

    deltas = [tree["choices"][0]["delta"] for tree in sent(chunks)]
    assert deltas == [{"reasoning_content": "hm"}, {"content": "a"}]
    assert [c.text for c in chunks] == ["hm", "a"]


def test_together_says_stop_in_its_own_way() -> None:
    chunks = fed(stream(39), delta(finish_reason="eos"))

    assert sent(chunks)[0]["choices"][0]["finish_reason"] == "stop"
    assert chunks[0].finish_reason == "stop"


def test_geminis_calls_get_numbers_of_their_own() -> None:
    calls = [
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}},
        {"index": 0, "id": "b", "function": {"name": "g", "arguments": "{}"}},
    ]

    chunks = fed(stream(51), delta(tool_calls=calls), delta(tool_calls=[{**calls[0], "id": "c"}]))

    numbers = [
        call["index"] for tree in sent(chunks) for call in tree["choices"][0]["delta"]["tool_calls"]
    ]
    assert numbers == [0, 1, 2]


def test_pieces_of_one_call_keep_its_number() -> None:
    first = {"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}
    piece = {"index": 0, "function": {"arguments": "{}"}}

    chunks = fed(stream(51), delta(tool_calls=[first]), delta(tool_calls=[piece]))

    assert [c.wire for c in chunks] == [
        orjson.dumps(delta(tool_calls=[first])),
        orjson.dumps(delta(tool_calls=[piece])),
    ]


def test_minimaxs_repeated_message_is_cut_to_its_usage() -> None:
    whole = {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": USAGE,
        "base_resp": {"status_code": 0},
    }

    chunks = fed(stream(27), delta(content="Hi"), whole)

    assert "".join(c.text for c in chunks) == "Hi"
    assert chunks[-1].usage_only
    assert sent(chunks)[-1]["choices"] == []


def test_a_whole_message_in_one_event_becomes_a_delta() -> None:
    whole = {"choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]}
    reader = stream(50)

    chunks = fed(reader, whole)

    assert sent(chunks)[0]["choices"][0]["delta"] == {"content": "Hi"}
    assert chunks[0].text == "Hi"
    assert reader.finished


def test_sparks_chunks_are_completed_and_ended() -> None:
    sparse = {"code": 0, "id": "c", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}

    chunks = fed(stream(48), sparse, {**sparse, "usage": USAGE}, DONE)

    first, _, last = sent(chunks)
    assert (first["object"], first["model"]) == ("chat.completion.chunk", "real-model")
    assert first["choices"][0]["finish_reason"] is None
    assert last["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    assert chunks[1].usage == Usage(prompt_tokens=9, completion_tokens=2)


@pytest.mark.parametrize(
    ("number", "payload", "status"),
    [
        (1, {"error": {"message": "m", "type": "server_error"}}, 502),
        (20, {**delta(content="", finish_reason="error"), "error": {"message": "m"}}, 502),
        (20, {"error": {"message": "m", "code": 429}}, 429),
        (27, {"base_resp": {"status_code": 1002, "status_msg": "m"}}, 429),
        (48, {"code": 10013, "message": "m"}, 400),
        (51, [{"error": {"message": "m", "code": 503}}], 503),
        (44, "m", 502),
        (29, Event(b'{"error":{"message":"m"}}', "error"), 502),
        (50, Event(b'{"reason":"m"}', "error"), 502),
        (50, Event(b"out of memory", "error"), 502),
    ],
)
def test_a_failure_in_the_stream_is_raised(number: int, payload: Any, status: int) -> None:
    with pytest.raises(UpstreamError) as failure:
        fed(stream(number), payload)

    assert failure.value.status == status
    assert "m" in failure.value.message


@pytest.mark.parametrize(
    ("data", "message", "status"),
    [
        (b'{"message":"overloaded"}', "overloaded", 502),
        (b'{"detail":"later","status":503}', "later", 503),
        (b"out of memory", "out of memory", 502),
    ],
)
def test_an_event_called_error_is_read_in_whatever_form(
    data: bytes, message: str, status: int
) -> None:
    with pytest.raises(UpstreamError) as failure:
        fed(stream(50), Event(data, "error"))

    assert (failure.value.message, failure.value.status) == (message, status)


def test_what_is_no_json_passes_and_counts_as_text() -> None:
    chunks = fed(stream(50), b"Hello there")

    assert [(c.wire, c.text) for c in chunks] == [(b"Hello there", "Hello there")]


def test_an_odd_shape_passes() -> None:
    data = orjson.dumps({"choices": "none"})

    assert fed(stream(50), data)[0].wire == data
