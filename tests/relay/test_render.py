import base64
import struct
from typing import Any

import orjson
import pytest

from oneapi.relay import render
from oneapi.relay.render import Renderer
from oneapi.wire.answers import Chunk, Embeddings, Images, Usage
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

USAGE = Usage(prompt_tokens=10, completion_tokens=5)
CALL = RelayCall(mode=RelayMode.CHAT, body={"model": "asked"}, request_id="2025")
WEATHER = [
    Chunk(
        delta={
            "tool_calls": [
                {
                    "index": 0,
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": ""},
                }
            ]
        }
    ),
    Chunk(delta={"tool_calls": [{"index": 0, "function": {"arguments": '{"city"'}}]}),
    Chunk(delta={"tool_calls": [{"index": 0, "function": {"arguments": ':"Ulm"}'}}]}),
    Chunk(finish_reason="tool_calls"),
]


def renderer(call: RelayCall = CALL, *, with_usage: bool = False) -> Renderer:
    return Renderer(call, "actual", 1700, with_usage=with_usage)


def payloads(raw: bytes) -> list[Any]:
    return [orjson.loads(line[6:]) for line in raw.split(b"\n\n") if line]


def streamed(*chunks: Chunk, call: RelayCall = CALL) -> list[Any]:
    writer = renderer(call)
    return payloads(b"".join(writer.stream(chunk) for chunk in chunks))


def whole(*chunks: Chunk, call: RelayCall = CALL) -> Any:
    return orjson.loads(renderer(call).whole(chunks, USAGE))


def test_the_role_comes_once_and_first() -> None:
    events = streamed(Chunk(delta={"content": "a"}), Chunk(delta={"content": "b"}))

    deltas = [event["choices"][0]["delta"] for event in events]
    assert deltas == [{"role": "assistant", "content": ""}, {"content": "a"}, {"content": "b"}]


def test_all_events_of_an_answer_share_id_time_and_model() -> None:
    events = streamed(Chunk(delta={"content": "a"}, response_id="x1"), Chunk(finish_reason="stop"))

    heads = {(event["id"], event["created"], event["model"], event["object"]) for event in events}
    assert heads == {("chatcmpl-x1", 1700, "actual", "chat.completion.chunk")}


def test_an_answer_without_a_providers_id_is_named_after_the_request() -> None:
    assert streamed(Chunk(delta={"content": "a"}))[0]["id"] == "chatcmpl-2025"


def test_the_finish_reason_is_null_until_the_end() -> None:
    events = streamed(Chunk(delta={"content": "a"}), Chunk(finish_reason="length"))

    assert [event["choices"][0]["finish_reason"] for event in events] == [None, None, "length"]


def test_each_choice_begins_by_itself() -> None:
    events = streamed(Chunk(delta={"content": "a"}), Chunk(delta={"content": "b"}, index=1))

    roles = [(e["choices"][0]["index"], "role" in e["choices"][0]["delta"]) for e in events]
    assert roles == [(0, True), (0, False), (1, True), (1, False)]


def test_an_openai_shaped_event_goes_out_as_it_came() -> None:
    payload = b'{"made_up": 1.10, "choices": [ ]}'

    assert renderer().stream(Chunk(wire=payload)) == b"data: " + payload + b"\n\n"


def test_an_event_keeps_its_name_and_its_lines() -> None:
    raw = renderer().stream(Chunk(wire=b'{"a":\n1}', event="delta"))

    assert raw == b'event: delta\ndata: {"a":\ndata: 1}\n\n'


def test_the_usage_chunk_is_for_those_who_asked() -> None:
    chunk = Chunk(wire=b"{}", usage_only=True)

    assert renderer().stream(chunk) == b""
    assert renderer(with_usage=True).stream(chunk) == b"data: {}\n\n"


def test_who_asked_for_usage_sees_null_until_it_comes() -> None:
    writer = renderer(with_usage=True)

    events = payloads(writer.stream(Chunk(delta={"content": "a"})) + writer.usage_event(USAGE))

    assert [event["usage"] for event in events[:2]] == [None, None]
    assert events[2]["choices"] == []
    assert events[2]["usage"]["total_tokens"] == 15


def test_a_plain_answer_is_the_fold_of_the_stream() -> None:
    answer = whole(
        Chunk(delta={"reasoning_content": "hm"}),
        Chunk(delta={"content": "Hel"}),
        Chunk(delta={"content": "lo"}),
        Chunk(finish_reason="stop"),
    )

    assert answer["object"] == "chat.completion"
    assert answer["choices"] == [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Hello",
                "refusal": None,
                "reasoning_content": "hm",
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert answer["usage"]["prompt_tokens"] == 10


def test_tool_calls_are_put_together_from_their_pieces() -> None:
    message = whole(*WEATHER)["choices"][0]["message"]

    assert message["content"] is None
    assert message["tool_calls"] == [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "weather", "arguments": '{"city":"Ulm"}'},
        }
    ]


def test_a_client_that_speaks_of_functions_gets_a_function_call() -> None:
    call = RelayCall(mode=RelayMode.CHAT, body={"model": "m", "functions": [{"name": "weather"}]})

    choice = whole(*WEATHER, call=call)["choices"][0]
    events = streamed(*WEATHER, call=call)

    assert choice["finish_reason"] == "function_call"
    assert choice["message"]["function_call"]["name"] == "weather"
    assert "tool_calls" not in choice["message"]
    assert events[1]["choices"][0]["delta"]["function_call"]["name"] == "weather"
    assert events[-1]["choices"][0]["finish_reason"] == "function_call"


def test_an_answer_of_nothing_is_an_empty_text_and_not_null() -> None:
    assert whole(Chunk(finish_reason="stop"))["choices"][0]["message"]["content"] == ""


def test_a_refusal_is_no_content() -> None:
    message = whole(Chunk(delta={"refusal": "no"}), Chunk(finish_reason="stop"))["choices"][0][
        "message"
    ]

    assert (message["content"], message["refusal"]) == (None, "no")


def test_completions_have_text_and_their_own_ids() -> None:
    call = RelayCall(mode=RelayMode.COMPLETIONS, body={"model": "m"}, request_id="7")
    chunks = (Chunk(delta={"content": "a"}), Chunk(delta={"content": "b"}, finish_reason="stop"))

    answer = whole(*chunks, call=call)
    events = streamed(*chunks, call=call)

    assert answer["object"] == "text_completion"
    assert answer["choices"][0] == {
        "text": "ab",
        "index": 0,
        "logprobs": None,
        "finish_reason": "stop",
    }
    assert [(e["id"], e["choices"][0]["text"]) for e in events] == [
        ("cmpl-7", "a"),
        ("cmpl-7", "b"),
    ]


@pytest.mark.parametrize("packed", [True, False])
def test_vectors_are_packed_only_for_those_who_asked(packed: bool) -> None:  # noqa: FBT001
    body = {"encoding_format": "base64"} if packed else {}
    call = RelayCall(mode=RelayMode.EMBEDDINGS, body=body)

    tree = orjson.loads(render.embeddings(call, Embeddings([[0.5, -1.0]]), "m", USAGE))

    vector = tree["data"][0]["embedding"]
    if packed:
        assert struct.unpack("<2f", base64.b64decode(vector)) == (0.5, -1.0)
    else:
        assert vector == [0.5, -1.0]
    assert tree["usage"] == {"prompt_tokens": 10, "total_tokens": 10}


def test_images_are_written_as_they_are() -> None:
    tree = orjson.loads(render.images(Images([{"url": "http://x"}]), 1700))

    assert tree == {"created": 1700, "data": [{"url": "http://x"}]}


def test_what_a_converted_chunk_says_is_counted_with_its_tool_calls() -> None:
    text = "".join(render.text_of(chunk) for chunk in WEATHER)

    assert text == 'weather{"city":"Ulm"}'
