from typing import Any

import pytest

from oneapi.providers.adaptors.anthropic_models import ClaudeModel
from oneapi.providers.adaptors.anthropic_tools import answer_tool, lost_of_tools, write_tools
from oneapi.providers.adaptors.chat_request import ChatRequest
from tests.providers.adaptors.anthropic_target import NEWER, OLDER

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"cm": {"type": "integer"}}}
EMPTY: dict[str, Any] = {"type": "object", "properties": {}}


def function(name: str = "f", beside: dict[str, Any] | None = None, **members: Any) -> Any:
    return {"type": "function", "function": {"name": name, **members}, **(beside or {})}


def shape(**members: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"schema": SCHEMA, **members}}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def written(model: str = NEWER, *, thinks: bool = False, **body: Any) -> dict[str, Any]:
    return write_tools(ChatRequest(body), ClaudeModel.named(model), thinks=thinks)


def lost(model: str = NEWER, *, thinks: bool = False, **body: Any) -> list[str]:
    return [*lost_of_tools(ChatRequest(body), ClaudeModel.named(model), thinks=thinks)]


def choice(**body: Any) -> Any:
    return written(tools=[function()], **body).get("tool_choice")


def test_a_schema_goes_whole():
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/x"}},
        "$defs": {"x": {"type": "string"}},
        "additionalProperties": False,
    }

    assert written(tools=[function(description="d", parameters=schema)]) == {
        "tools": [{"name": "f", "description": "d", "input_schema": schema}]
    }


@pytest.mark.parametrize(
    ("parameters", "schema"),
    [
        (None, EMPTY),
        ({}, EMPTY),
        ({"anyOf": [EMPTY]}, {**EMPTY, "anyOf": [EMPTY]}),
    ],
)
def test_what_a_schema_lacks_is_filled_in(parameters, schema):
    [tool] = written(tools=[function(parameters=parameters)])["tools"]

    assert tool["input_schema"] == schema


def test_cache_marks_are_kept_beside_and_inside_the_function():
    mark = {"type": "ephemeral"}

    tools = written(
        tools=[function("f", {"cache_control": mark}), function("g", cache_control=mark)]
    )

    assert [tool["cache_control"] for tool in tools["tools"]] == [mark, mark]


def test_strict_tools_need_a_model_with_structured_outputs():
    strict = function(strict=True)

    assert written(tools=[strict])["tools"][0]["strict"] is True
    assert lost(tools=[strict]) == []
    assert "strict" not in written(OLDER, tools=[strict])["tools"][0]
    assert lost(OLDER, tools=[strict]) == ["tools.function.strict"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("auto", {"type": "auto"}),
        ("required", {"type": "any"}),
        ("any", {"type": "any"}),
        ("none", {"type": "none"}),
        (named("f"), {"type": "tool", "name": "f"}),
    ],
)
def test_every_choice_has_its_word(given, expected):
    assert choice(tool_choice=given) == expected


def test_one_call_at_a_time_is_part_of_the_choice():
    alone = {"type": "auto", "disable_parallel_tool_use": True}

    assert choice(parallel_tool_calls=False) == alone
    assert choice(parallel_tool_calls=True) is None
    assert choice(parallel_tool_calls=False, tool_choice="none") == {"type": "none"}
    assert choice(parallel_tool_calls=False, tool_choice="required") == {
        "type": "any",
        "disable_parallel_tool_use": True,
    }


@pytest.mark.parametrize("given", ["required", named("f")])
def test_a_model_that_thinks_is_not_forced(given):
    asked: dict[str, Any] = {"tools": [function()], "tool_choice": given}

    assert written(thinks=True, **asked)["tool_choice"] == {"type": "auto"}
    assert lost(thinks=True, **asked) == ["tool_choice"]
    assert lost(thinks=True, tools=[function()], tool_choice="none") == []


def test_a_choice_among_no_tools_is_lost():
    asked: dict[str, Any] = {"tool_choice": "auto", "parallel_tool_calls": False}

    assert written(**asked) == {}
    assert lost(**asked) == ["tool_choice", "parallel_tool_calls"]


def test_a_providers_own_tools_are_lost():
    assert lost(tools=[{"type": "web_search"}]) == ["tools"]


def test_an_older_model_answers_in_a_shape_by_a_forced_call():
    assert written(OLDER, response_format=shape(name="size", description="d")) == {
        "tools": [{"name": "size", "description": "d", "input_schema": SCHEMA}],
        "tool_choice": {"type": "tool", "name": "size"},
    }


def test_beside_other_tools_the_answer_is_one_call_of_several():
    asked: dict[str, Any] = {"tools": [function()], "response_format": shape(name="size")}

    tools = written(OLDER, **asked)

    assert [tool["name"] for tool in tools["tools"]] == ["f", "size"]
    assert tools["tool_choice"] == {"type": "any"}
    assert written(OLDER, tool_choice=named("f"), **asked)["tool_choice"]["name"] == "f"
    assert written(OLDER, tool_choice="none", **asked)["tool_choice"]["name"] == "size"


@pytest.mark.parametrize(("given", "name"), [({}, "json_answer"), ({"name": "f"}, "f_answer")])
def test_the_answer_tool_has_a_name_of_its_own(given, name):
    request = ChatRequest({"tools": [function("f")], "response_format": shape(**given)})

    tool = answer_tool(request, ClaudeModel.named(OLDER))

    assert tool is not None
    assert tool.name == name


def test_no_answer_tool_where_the_model_has_structured_outputs_or_any_json_will_do():
    newer = answer_tool(ChatRequest({"response_format": shape()}), ClaudeModel.named(NEWER))
    loose = answer_tool(
        ChatRequest({"response_format": {"type": "json_object"}}), ClaudeModel.named(OLDER)
    )

    assert (newer, loose) == (None, None)
