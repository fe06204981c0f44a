import logging
from typing import Any

import orjson
import pytest

from oneapi.errors import UpstreamError
from oneapi.lib.sse import Event, SseDecoder
from oneapi.providers.adaptors.anthropic_answer import AnswerReader, read_answer
from oneapi.providers.contract import Reply
from oneapi.relay.render import Renderer
from oneapi.wire.answers import Chunk, Usage
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode
from tests.providers.adaptors.anthropic_target import NEWER, OLDER, chat, read, target, user

CALL = chat(user("Hi"))
TARGET = target()
SHAPE = {
    "type": "json_schema",
    "json_schema": {"name": "size", "schema": {"type": "object", "properties": {}}},
}


def reader(model: str = NEWER, **body: Any) -> AnswerReader:
    return AnswerReader(chat(user("Hi"), **body), target(model))


def streamed(name: str) -> list[Chunk]:
    one = reader()
    return [chunk for event in SseDecoder().feed(read(name)) for chunk in one.feed(event)]


def whole(*blocks: dict[str, Any], model: str = NEWER, **members: Any) -> list[Chunk]:
    message = {"id": "msg_1", "content": list(blocks), "stop_reason": "end_turn"}
    given = {"response_format": members.pop("response_format", None)}
    reply = Reply(200, {}, orjson.dumps({**message, **members}))
    return read_answer(chat(user("Hi"), **given), target(model), reply).chunks


def deltas(chunks: list[Chunk]) -> list[Any]:
    return [chunk.delta for chunk in chunks if chunk.delta]


def reasons(chunks: list[Chunk]) -> list[str]:
    return [chunk.finish_reason for chunk in chunks if chunk.finish_reason is not None]


def message_of(chunks: list[Chunk]) -> Any:
    body = Renderer(CALL, NEWER, 1).whole(chunks, Usage())
    return orjson.loads(body)["choices"][0]["message"]


def piece(index: int, arguments: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}


def opening(index: int, call_id: str, name: str) -> dict[str, Any]:
    function = {"name": name, "arguments": ""}
    return {
        "tool_calls": [{"index": index, "id": call_id, "type": "function", "function": function}]
    }


def block_start(block: dict[str, Any], index: int = 0) -> Event:
    event = {"type": "content_block_start", "index": index, "content_block": block}
    return Event(orjson.dumps(event))


def block_delta(delta: dict[str, Any], index: int = 0) -> Event:
    event = {"type": "content_block_delta", "index": index, "delta": delta}
    return Event(orjson.dumps(event))


def test_a_stream_with_text_and_two_calls_becomes_openais_pieces():
    chunks = streamed("stream.sse")

    assert chunks == [
        Chunk(response_id="msg_01"),
        Chunk(
            delta={"content": "Let me "},
            usage=Usage(prompt_tokens=35, cached_tokens=10),
        ),
        Chunk(delta={"content": "check."}),
        Chunk(delta=opening(0, "toolu_01", "weather")),
        Chunk(delta=piece(0, '{"city":')),
        Chunk(delta=piece(0, '"Oslo"}')),
        Chunk(delta=opening(1, "toolu_02", "now")),
        Chunk(delta=piece(1, "{}")),
        Chunk(
            finish_reason="tool_calls",
            usage=Usage(prompt_tokens=35, completion_tokens=58, cached_tokens=10),
        ),
    ]


def test_the_same_answer_whole_folds_to_the_same_message():
    reply = Reply(200, {}, read("tool_calls.json"))

    chunks = read_answer(CALL, TARGET, reply).chunks

    assert message_of(chunks) == message_of(streamed("stream.sse"))
    assert chunks[-1] == streamed("stream.sse")[-1]


def test_thoughts_searches_and_citations_find_their_places():
    chunks = streamed("thinking_and_search.sse")

    assert deltas(chunks) == [
        {"reasoning_content": "Hm, "},
        {"reasoning_content": "Größe."},
        {
            "thinking_blocks": [
                {"type": "thinking", "thinking": "Hm, Größe.", "signature": "c2lnbg=="}
            ]
        },
        {"thinking_blocks": [{"type": "redacted_thinking", "data": "aGlkZGVu"}]},
        {"content": "It is "},
        {"content": "42 cm."},
        {
            "annotations": [
                {
                    "type": "url_citation",
                    "url_citation": {
                        "start_index": 6,
                        "end_index": 12,
                        "url": "https://example.org/size",
                        "title": "Sizes",
                    },
                }
            ]
        },
    ]
    assert reasons(chunks) == ["stop"]


def test_counts_at_the_end_replace_those_of_the_start_name_by_name():
    assert streamed("thinking_and_search.sse")[-1].usage == Usage(
        prompt_tokens=30 + 6 + 10,
        completion_tokens=20,
        cached_tokens=10,
        cache_write_tokens=6,
        cache_write_1h_tokens=4,
        reasoning_tokens=7,
    )


def test_a_stream_is_whole_from_its_stop_reason_on():
    one = reader()

    seen = []
    for event in SseDecoder().feed(read("stream.sse")):
        list(one.feed(event))
        seen.append(one.finished)

    assert seen == [False] * 13 + [True, True]


def test_a_stream_that_stops_without_a_reason_ends_as_usual():
    one = reader()

    chunks = list(one.feed(Event(b'{"type":"message_stop"}')))

    assert (reasons(chunks), one.finished) == (["stop"], True)


def test_a_stream_that_stops_without_a_reason_may_have_called_a_tool():
    one = reader()
    list(one.feed(block_start({"type": "tool_use", "id": "t1", "name": "f", "input": {}})))

    chunks = list(one.feed(Event(b'{"type":"message_stop"}')))

    assert (deltas(chunks), reasons(chunks)) == ([piece(0, "{}")], ["tool_calls"])


def test_nothing_changes_the_first_finish_reason():
    one = reader()
    ends = [
        b'{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":3}}',
        b'{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}',
        b'{"type":"message_stop"}',
    ]

    chunks = [chunk for end in ends for chunk in one.feed(Event(end))]

    assert chunks == [
        Chunk(finish_reason="length", usage=Usage(completion_tokens=3)),
        Chunk(usage=Usage(completion_tokens=4)),
    ]


@pytest.mark.parametrize(
    "data", [b'{"type":"ping"}', b'{"type":"something_new","index":[1]}', b"[DONE]", b"{}"]
)
def test_other_events_say_nothing(data):
    assert list(reader().feed(Event(data))) == []


def test_deltas_of_unknown_blocks_say_nothing():
    one = reader()

    started = list(one.feed(block_start({"type": "mcp_tool_use", "name": "f", "input": {}})))
    told = list(one.feed(block_delta({"type": "input_json_delta", "partial_json": "{}"})))
    lost = list(one.feed(block_delta({"type": "text_delta", "text": "a"}, index=7)))

    assert (started, told, lost) == ([], [], [])


def test_a_block_that_starts_with_its_text_says_it_at_once():
    chunks = list(reader().feed(block_start({"type": "text", "text": "Hi"})))

    assert deltas(chunks) == [{"content": "Hi"}]


def test_blocks_that_nobody_stopped_are_completed_at_the_end():
    one = reader()
    list(one.feed(block_start({"type": "tool_use", "id": "t1", "name": "f", "input": {}})))

    end = Event(b'{"type":"message_delta","delta":{"stop_reason":"tool_use"}}')
    chunks = list(one.feed(end))

    assert (deltas(chunks), reasons(chunks)) == ([piece(0, "{}")], ["tool_calls"])


def test_input_in_the_start_counts_only_where_no_pieces_come():
    one = reader()
    start = {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}
    stop = Event(b'{"type":"content_block_stop","index":0}')

    list(one.feed(block_start(start)))
    alone = deltas(list(one.feed(stop)))
    list(one.feed(block_start(start)))
    list(one.feed(block_delta({"type": "input_json_delta", "partial_json": '{"a":1}'})))
    beside = deltas(list(one.feed(stop)))

    assert (alone, beside) == ([piece(0, '{"a":1}')], [])


@pytest.mark.parametrize(
    ("stop_reason", "finish_reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        (None, "stop"),
    ],
)
def test_every_stop_reason_becomes_one_of_openais(stop_reason, finish_reason):
    chunks = whole({"type": "text", "text": "a"}, stop_reason=stop_reason)

    assert reasons(chunks) == [finish_reason]


def test_an_unknown_stop_reason_is_logged_and_an_ordinary_end(caplog):
    with caplog.at_level(logging.WARNING):
        chunks = whole({"type": "text", "text": "a"}, stop_reason="bored")

    assert reasons(chunks) == ["stop"]
    assert [record.message for record in caplog.records] == ["unusual finish reason"]


def test_several_texts_of_a_whole_answer_are_one():
    chunks = whole({"type": "text", "text": "a"}, {"type": "text", "text": "b"})

    assert message_of(chunks)["content"] == "ab"


def test_a_whole_refusal_takes_the_place_of_the_content():
    chunks = whole({"type": "text", "text": "I will not."}, stop_reason="refusal")

    message = message_of(chunks)
    assert (message["content"], message["refusal"]) == (None, "I will not.")


def test_an_emulated_completion_says_a_refusal_as_its_text():
    call = RelayCall(mode=RelayMode.COMPLETIONS, body={"prompt": "Hi"})
    said = {"content": [{"type": "text", "text": "I will not."}], "stop_reason": "refusal"}

    chunks = read_answer(call, TARGET, Reply(200, {}, orjson.dumps(said))).chunks

    assert deltas(chunks) == [{"content": "I will not."}]
    assert reasons(chunks) == ["content_filter"]


def test_the_answer_tools_input_is_the_content():
    call = {"type": "tool_use", "id": "t1", "name": "size", "input": {"cm": 42}}

    chunks = whole(call, model=OLDER, response_format=SHAPE, stop_reason="tool_use")

    assert deltas(chunks) == [{"content": '{"cm":42}'}]
    assert reasons(chunks) == ["stop"]


def test_the_answer_tools_pieces_stream_as_content():
    one = reader(OLDER, response_format=SHAPE)
    events = [
        block_start({"type": "tool_use", "id": "t1", "name": "size", "input": {}}),
        block_delta({"type": "input_json_delta", "partial_json": ""}),
        block_delta({"type": "input_json_delta", "partial_json": '{"cm":'}),
        block_delta({"type": "input_json_delta", "partial_json": "42}"}),
        Event(b'{"type":"content_block_stop","index":0}'),
        Event(b'{"type":"message_delta","delta":{"stop_reason":"tool_use"}}'),
    ]

    chunks = [chunk for event in events for chunk in one.feed(event)]

    assert deltas(chunks) == [{"content": '{"cm":'}, {"content": "42}"}]
    assert reasons(chunks) == ["stop"]


def test_a_clients_tool_beside_the_answer_tool_is_called_as_usual():
    answer = {"type": "tool_use", "id": "t1", "name": "size", "input": {}}
    other = {"type": "tool_use", "id": "t2", "name": "f", "input": {}}

    chunks = whole(answer, other, model=OLDER, response_format=SHAPE, stop_reason="tool_use")

    assert deltas(chunks) == [{"content": "{}"}, opening(0, "t2", "f"), piece(0, "{}")]
    assert reasons(chunks) == ["tool_calls"]


def test_an_answer_without_counts_has_no_usage():
    assert [chunk.usage for chunk in whole({"type": "text", "text": "a"})] == [None, None, None]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"", b"<html>", b'{"content":"a"}'])
def test_a_success_without_an_answer_is_an_error(body):
    with pytest.raises(UpstreamError) as failure:
        read_answer(CALL, TARGET, Reply(200, {}, body))

    assert failure.value.status == 502


def test_an_error_inside_a_stream_is_raised_with_its_types_status():
    with pytest.raises(UpstreamError) as failure:
        reader().feed(Event(read("overloaded.json"), "error"))

    error = failure.value
    assert (error.status, error.error_type, error.code, error.message) == (
        529,
        "overloaded_error",
        "overloaded_error",
        "Overloaded",
    )
