from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.providers.adaptors.chat_request import AnswerFormat, ChatRequest, read_chat
from oneapi.providers.adaptors.chat_tools import Choose, ToolChoice
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode


def chat(**body: Any) -> ChatRequest:
    return read_chat(RelayCall(mode=RelayMode.CHAT, body=body))


def completion(**body: Any) -> ChatRequest:
    return read_chat(RelayCall(mode=RelayMode.COMPLETIONS, body=body))


@pytest.mark.parametrize("prompt", ["Say hi", ["Say hi"]])
def test_a_prompt_becomes_one_user_message(prompt):
    request = completion(prompt=prompt, max_tokens=5)

    assert request.messages == [{"role": "user", "content": "Say hi"}]
    assert "prompt" not in request.body


@pytest.mark.parametrize(
    ("param", "body"),
    [
        ("prompt", {"prompt": ["a", "b"]}),
        ("prompt", {"prompt": [1, 2, 3]}),
        ("prompt", {"prompt": [[1, 2, 3]]}),
        ("prompt", {}),
        ("suffix", {"prompt": "a", "suffix": "z"}),
        ("echo", {"prompt": "a", "echo": True}),
        ("best_of", {"prompt": "a", "best_of": 2}),
        ("n", {"prompt": "a", "n": 2}),
    ],
)
def test_what_an_emulated_completion_cannot_do_is_refused_by_name(param, body):
    with pytest.raises(Refusal) as refusal:
        completion(**body)

    assert (refusal.value.code, refusal.value.status) == ("unsupported_value", 400)
    assert refusal.value.param == param


def test_more_than_one_choice_is_refused():
    with pytest.raises(Refusal) as refusal:
        chat(messages=[], n=2)

    assert refusal.value.param == "n"


def test_legacy_functions_become_tools():
    function = {"name": "w", "parameters": {"type": "object"}}

    request = chat(messages=[], functions=[function], function_call={"name": "w"})

    assert [tool.name for tool in request.tools] == ["w"]
    assert request.tool_choice == ToolChoice(Choose.NAMED, "w")
    assert not {"functions", "function_call"} & request.body.keys()


def test_legacy_calls_and_results_are_paired():
    request = chat(
        messages=[
            {"role": "assistant", "function_call": {"name": "w", "arguments": "{}"}},
            {"role": "function", "name": "w", "content": "18C"},
            {"role": "assistant", "function_call": {"name": "w", "arguments": "{}"}},
            {"role": "function", "name": "w", "content": "25C"},
        ]
    )

    calls = [m["tool_calls"][0]["id"] for m in request.messages if m["role"] == "assistant"]
    results = [m["tool_call_id"] for m in request.messages if m["role"] == "tool"]
    assert calls == results
    assert len(set(calls)) == 2


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("auto", ToolChoice(Choose.AUTO)),
        ("none", ToolChoice(Choose.NONE)),
        ("required", ToolChoice(Choose.REQUIRED)),
        ("any", ToolChoice(Choose.REQUIRED)),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice(Choose.NAMED, "f")),
        (None, None),
        ({"type": "allowed_tools"}, None),
    ],
)
def test_every_spelling_of_the_tool_choice_is_read(written, read):
    assert ChatRequest({"tool_choice": written}).tool_choice == read


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({"max_tokens": 5}, 5),
        ({"max_tokens": 5, "max_completion_tokens": 9}, 9),
        ({"max_tokens": 0}, None),
        ({"max_tokens": None}, None),
        ({}, None),
    ],
)
def test_the_newer_limit_goes_before_the_older(body, limit):
    assert ChatRequest(body).max_tokens == limit


@pytest.mark.parametrize(
    ("stop", "read"), [("END", ["END"]), (["a", "", "b"], ["a", "b"]), (None, []), ("", [])]
)
def test_stop_strings_are_a_list(stop, read):
    assert ChatRequest({"stop": stop}).stop == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"type": "text"}, None),
        (None, None),
        ({"type": "json_object"}, AnswerFormat()),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
            AnswerFormat({"type": "object"}, "n"),
        ),
    ],
)
def test_the_answer_format_is_read(written, read):
    assert ChatRequest({"response_format": written}).answer_format == read


@pytest.mark.parametrize(
    ("body", "level"),
    [
        ({}, None),
        ({"reasoning_effort": "high"}, "high"),
        ({"reasoning_effort": "unheard-of"}, None),
        ({"thinking": {"type": "disabled"}, "reasoning_effort": "high"}, "none"),
        ({"thinking": {"type": "enabled", "budget_tokens": 5}}, "medium"),
        ({"thinking": {"type": "adaptive"}, "reasoning_effort": "low"}, "low"),
    ],
)
def test_the_thinking_object_wins_over_the_effort(body, level):
    assert ChatRequest(body).reasoning.level == level
