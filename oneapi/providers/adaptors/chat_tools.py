"""Tools, the choice among them, and calls of them, as OpenAI chat requests hold them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the model may call."""

    name: str
    description: str | None = None
    parameters: Mapping[str, Any] | None = None
    """JSON schema; ``None`` where the function takes nothing."""

    strict: bool = False
    cache_control: Any = None
    """Extension: stands beside ``function`` or inside it."""


class Choose(StrEnum):
    """How free the model is in calling tools."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """``tool_choice``; ``name`` is the function that a named choice asks for."""

    choose: Choose
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that the model made in an earlier turn."""

    id: str
    name: str
    arguments: dict[str, Any]
    """Parsed; empty where the client's text is no JSON object."""

    source: Mapping[str, Any]
    """The call as the client sent it, for extension members."""


def read_tools(value: Any) -> list[Tool]:
    """Read ``tools``; entries that are no functions (a provider's own tools) are passed over."""
    entries = value if isinstance(value, list) else []
    return [tool for entry in entries if (tool := _tool(entry)) is not None]


def read_tool_choice(value: Any) -> ToolChoice | None:
    """Read ``tool_choice``; ``None`` where the client left it open or wrote something unknown."""
    if isinstance(value, str):
        choose = {"any": Choose.REQUIRED}.get(value) or _WORDS.get(value)
        return ToolChoice(choose) if choose else None
    function = value.get("function") if isinstance(value, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    return ToolChoice(Choose.NAMED, name) if isinstance(name, str) and name else None


def read_tool_calls(message: Mapping[str, Any]) -> list[ToolCall]:
    """Read the calls of an assistant message; entries without a function name are passed over."""
    entries = message.get("tool_calls")
    calls = []
    for entry in entries if isinstance(entries, list) else []:
        function = entry.get("function") if isinstance(entry, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            continue
        call_id = entry.get("id")
        calls.append(
            ToolCall(
                id=call_id if isinstance(call_id, str) else "",
                name=function["name"],
                arguments=parse_arguments(function.get("arguments")),
                source=entry,
            )
        )
    return calls


def parse_arguments(value: Any) -> dict[str, Any]:
    """Return a call's arguments; an empty object for what is no JSON object."""
    if isinstance(value, dict):
        return value
    try:
        parsed = orjson.loads(value) if isinstance(value, str) else {}
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


_WORDS = {word.value: word for word in (Choose.AUTO, Choose.NONE, Choose.REQUIRED)}


def _tool(entry: Any) -> Tool | None:
    function = entry.get("function") if isinstance(entry, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        return None
    description, parameters = function.get("description"), function.get("parameters")
    return Tool(
        name=function["name"],
        description=description if isinstance(description, str) else None,
        parameters=parameters if isinstance(parameters, dict) else None,
        strict=function.get("strict") is True,
        cache_control=entry.get("cache_control") or function.get("cache_control"),
    )
