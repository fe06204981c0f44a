from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.providers.adaptors.anthropic_blocks import Sources
from oneapi.providers.adaptors.anthropic_messages import calls_without_thoughts, write_messages
from tests.providers.adaptors.anthropic_target import tool_call, user

SOURCES = Sources(fetched={}, takes_urls=True, takes_file_ids=False)
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
HIDDEN = {"type": "redacted_thinking", "data": "aGlk"}


def turns(*messages: dict[str, Any]) -> list[Any]:
    return write_messages(messages, SOURCES)[1]


def assistant(content: Any, **members: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **members}


def result(call_id: str, content: Any, **members: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **members}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def test_all_instructions_stand_beside_the_turns_in_their_order():
    system, written = write_messages(
        [
            {"role": "system", "content": "a"},
            user("Hi"),
            {"role": "developer", "content": [text("b"), text("")]},
        ],
        SOURCES,
    )

    assert system == [text("a"), text("b")]
    assert written == [{"role": "user", "content": [text("Hi")]}]


def test_neighbours_of_one_role_are_one_turn_and_empty_messages_none():
    written = turns(user("a"), user(""), user([text("b")]), assistant("c"), user(None), user("d"))

    assert written == [
        {"role": "user", "content": [text("a"), text("b")]},
        {"role": "assistant", "content": [text("c")]},
        {"role": "user", "content": [text("d")]},
    ]


def test_ids_of_other_providers_become_ones_that_claude_takes():
    call = tool_call("functions.weather:0", "weather", "{}")

    written = turns(
        user("Hi"), assistant(None, tool_calls=[call]), result("functions.weather:0", "x")
    )

    assert written[1]["content"][0]["id"] == "functions_weather_0"
    assert written[2]["content"][0]["tool_use_id"] == "functions_weather_0"


@pytest.mark.parametrize("content", [None, "", []])
def test_calls_without_text_are_kept(content):
    calls = [tool_call("t1", "f", '{"a":1}'), tool_call("t2", "g", "no JSON")]

    written = turns(user("Hi"), assistant(content, tool_calls=calls), result("t1", "x"))

    assert written[1]["content"] == [
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
        {"type": "tool_use", "id": "t2", "name": "g", "input": {}},
    ]


def test_text_in_parts_goes_before_its_calls():
    call = tool_call("t1", "f", "{}")

    written = turns(user("Hi"), assistant([text("a")], tool_calls=[call]), result("t1", "x"))

    assert [block["type"] for block in written[1]["content"]] == ["text", "tool_use"]


def test_results_and_what_the_user_adds_are_one_turn_results_first():
    calls = [tool_call("t1", "f", "{}"), tool_call("t2", "f", "{}")]

    written = turns(
        user("Hi"),
        assistant(None, tool_calls=calls),
        result("t1", "x"),
        user("and?"),
        result("t2", "", is_error=True, cache_control={"type": "ephemeral"}),
    )

    assert written[2] == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "t1", "content": "x"},
            {
                "type": "tool_result",
                "tool_use_id": "t2",
                "content": "",
                "is_error": True,
                "cache_control": {"type": "ephemeral"},
            },
            text("and?"),
        ],
    }


def test_a_result_in_parts_keeps_its_pictures():
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}

    [block] = turns(result("t1", [text("x"), picture]))[0]["content"]

    assert block["content"] == [
        text("x"),
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
    ]


@pytest.mark.parametrize("content", [None, [], [{"type": "text", "text": ""}]])
def test_a_result_that_says_nothing_is_empty(content):
    assert turns(result("t1", content))[0]["content"][0]["content"] == ""


def test_thoughts_go_first_and_unchanged():
    blocks = [THOUGHT, HIDDEN, {"type": "text", "text": "no thought"}]

    written = turns(user("Hi"), assistant("a", thinking_blocks=blocks), user("b"))

    assert written[1]["content"] == [THOUGHT, HIDDEN, text("a")]


def test_a_refusal_in_the_history_is_what_was_said():
    written = turns(user("Hi"), assistant(None, refusal="No."), user("b"))

    assert written[1]["content"] == [text("No.")]


@pytest.mark.parametrize("messages", [[], [assistant("a")], [{"role": "system", "content": "s"}]])
def test_the_first_turn_is_always_the_users(messages):
    assert turns(*messages)[0] == {"role": "user", "content": [text(".")]}


def test_a_begun_answer_loses_the_white_space_behind_it():
    assert turns(user("Hi"), assistant("So: \n"))[-1] == {
        "role": "assistant",
        "content": [text("So:")],
    }


def test_the_client_keeps_its_own_blocks_when_the_end_is_stripped():
    parts = [text("So: ")]

    turns(user("Hi"), assistant(parts))

    assert parts == [text("So: ")]


def test_an_unknown_role_is_refused():
    with pytest.raises(Refusal) as refusal:
        turns({"role": "critic", "content": "a"})

    assert refusal.value.param == "messages.role"


@pytest.mark.parametrize(
    ("last", "lacks"),
    [
        (assistant(None, tool_calls=[tool_call("t1", "f", "{}")]), True),
        (assistant("a", tool_calls=[tool_call("t1", "f", "{}")], thinking_blocks=[THOUGHT]), False),
        (assistant("a", tool_calls=[tool_call("t1", "f", "{}")], thinking_blocks=[HIDDEN]), False),
        (assistant("a"), False),
    ],
)
def test_calls_that_nobody_thought_about_are_noticed(last, lacks):
    assert calls_without_thoughts(turns(user("Hi"), last, user("b"))) is lacks


def test_a_chat_that_begins_has_no_calls():
    assert calls_without_thoughts(turns(user("Hi"))) is False
