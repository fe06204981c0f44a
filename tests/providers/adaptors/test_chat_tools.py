from typing import Any

import pytest

from oneapi.providers.adaptors.chat_tools import Tool, parse_arguments, read_tool_calls, read_tools


def test_a_tool_without_parameters_is_kept():
    tools = read_tools([{"type": "function", "function": {"name": "now"}}])

    assert tools == [Tool(name="now")]


@pytest.mark.parametrize("place", ["entry", "function"])
def test_cache_control_stands_beside_or_inside_the_function(place):
    entry: dict[str, Any] = {"type": "function", "function": {"name": "f"}}
    (entry if place == "entry" else entry["function"])["cache_control"] = {"type": "ephemeral"}

    [tool] = read_tools([entry])

    assert tool.cache_control == {"type": "ephemeral"}


def test_tools_of_a_provider_are_passed_over():
    assert read_tools([{"type": "web_search"}, {"type": "function"}, "odd"]) == []


def test_calls_come_with_parsed_arguments():
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "w", "arguments": '{"a": 1}'}}
        ],
    }

    [call] = read_tool_calls(message)

    assert (call.id, call.name, call.arguments) == ("c1", "w", {"a": 1})


@pytest.mark.parametrize(
    ("text", "parsed"),
    [('{"a":[1]}', {"a": [1]}), ("", {}), ("[1]", {}), ("{", {}), (None, {}), ({"a": 1}, {"a": 1})],
)
def test_arguments_that_are_no_object_are_empty(text, parsed):
    assert parse_arguments(text) == parsed
