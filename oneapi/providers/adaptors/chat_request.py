"""OpenAI chat requests as converting adaptors read them.

Old and new spellings come out as one: legacy ``functions`` become tools, a ``/v1/completions``
prompt becomes one user message.  Adaptors that translate start from ``read_chat``; those that
forward OpenAI's format do not need any of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from oneapi.errors import Refusal
from oneapi.providers.adaptors.chat_tools import (
    Tool,
    ToolChoice,
    read_tool_choice,
    read_tools,
)
from oneapi.providers.adaptors.reasoning import Reasoning, read_reasoning
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """``response_format``: JSON of any shape, or of the shape that ``schema`` gives."""

    schema: Mapping[str, Any] | None = None
    name: str = ""
    description: str = ""


class ChatRequest:
    """One chat request; ``body`` is OpenAI's current form, whatever the client wrote."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """The messages, oldest first."""
        value = self.body.get("messages")
        return [m for m in value if isinstance(m, dict)] if isinstance(value, list) else []

    @cached_property
    def tools(self) -> list[Tool]:
        """The functions that the model may call."""
        return read_tools(self.body.get("tools"))

    @cached_property
    def lost_tools(self) -> bool:
        """Whether the client named tools that are no functions."""
        value = self.body.get("tools")
        return isinstance(value, list) and len(value) > len(self.tools)

    @property
    def tool_choice(self) -> ToolChoice | None:
        """How free the model is in calling tools; ``None`` where the client left it open."""
        return read_tool_choice(self.body.get("tool_choice"))

    @property
    def parallel_tool_calls(self) -> bool:
        """Whether the model may call several tools at once."""
        return self.body.get("parallel_tool_calls") is not False

    @property
    def max_tokens(self) -> int | None:
        """Most tokens of the answer; ``None`` where the client set no limit (or 0)."""
        for name in ("max_completion_tokens", "max_tokens"):
            if limit := self.number(name):
                return int(limit)
        return None

    @property
    def stop(self) -> list[str]:
        """Stop strings, the empty ones left out."""
        value = self.body.get("stop")
        listed = value if isinstance(value, list) else [value]
        return [text for text in listed if isinstance(text, str) and text]

    @property
    def answer_format(self) -> AnswerFormat | None:
        """The JSON that the answer must be; ``None`` for plain text."""
        return _answer_format(self.body.get("response_format"))

    @property
    def reasoning(self) -> Reasoning:
        """What the client says about thinking."""
        return read_reasoning(self.body)

    def number(self, name: str) -> int | float | None:
        """Return a top-level number; ``None`` where it is missing or something else."""
        value = self.body.get(name)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def text(self, name: str) -> str:
        """Return a top-level string; empty where it is missing or something else."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


def read_chat(call: RelayCall) -> ChatRequest:
    """Read a call of mode chat or completions.

    Raises:
        Refusal: it asks for something that no converted dialect can do: several choices, a
            prompt of tokens or of several texts, ``suffix``, ``echo``.
    """
    body = dict(call.body)
    if _above_one(body.get("n")):
        raise Refusal("unsupported_value", param="n")
    if call.mode is RelayMode.COMPLETIONS:
        return ChatRequest(_from_completion(body))
    return ChatRequest(_without_legacy(body))


def _from_completion(body: dict[str, Any]) -> dict[str, Any]:
    for name, asks in (
        ("suffix", bool(body.get("suffix"))),
        ("echo", body.get("echo") is True),
        ("best_of", _above_one(body.get("best_of"))),
    ):
        if asks:
            raise Refusal("unsupported_value", param=name)
    prompt = body.pop("prompt", None)
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    if not isinstance(prompt, str):
        raise Refusal("unsupported_value", param="prompt")
    return {**body, "messages": [{"role": "user", "content": prompt}]}


def _without_legacy(body: dict[str, Any]) -> dict[str, Any]:
    functions, choice = body.pop("functions", None), body.pop("function_call", None)
    if isinstance(functions, list) and "tools" not in body:
        body["tools"] = [{"type": "function", "function": f} for f in functions]
    if choice is not None and "tool_choice" not in body:
        named = isinstance(choice, dict)
        body["tool_choice"] = {"type": "function", "function": choice} if named else choice
    if isinstance(body.get("messages"), list):
        body["messages"] = _paired(body["messages"])
    return body


def _paired(messages: list[Any]) -> list[Any]:
    """Give legacy calls and their results the ids that tools have; others stay as they are."""
    paired: list[Any] = []
    count = 0
    for message in messages:
        call = message.get("function_call") if isinstance(message, dict) else None
        if isinstance(call, dict) and not message.get("tool_calls"):
            count += 1
            rest = {key: value for key, value in message.items() if key != "function_call"}
            tool_call = {"id": f"call_{count}", "type": "function", "function": call}
            paired.append({**rest, "tool_calls": [tool_call]})
        elif isinstance(message, dict) and message.get("role") == "function":
            rest = {key: value for key, value in message.items() if key != "name"}
            paired.append({**rest, "role": "tool", "tool_call_id": f"call_{count}"})
        else:
            paired.append(message)
    return paired


def _answer_format(value: Any) -> AnswerFormat | None:
    if not isinstance(value, dict):
        return None
    if value.get("type") == "json_object":
        return AnswerFormat()
    given = value.get("json_schema")
    if value.get("type") != "json_schema" or not isinstance(given, dict):
        return None
    schema, name, description = (given.get(key) for key in ("schema", "name", "description"))
    return AnswerFormat(
        schema=schema if isinstance(schema, dict) else None,
        name=name if isinstance(name, str) else "",
        description=description if isinstance(description, str) else "",
    )


def _above_one(value: Any) -> bool:
    return isinstance(value, (int, float)) and value > 1
