"""A chat's messages as Gemini's system instruction and contents.

Where the two differ:

- two roles only, ``user`` and ``model``, and neighbours of one role are one content;
- instructions stand beside the contents, or, for the first models, before the first question;
- the result of a call goes back under the function's name, as an object, in the order of the
  calls;
- a model's thought signatures come back on the parts that they came with.  The newest models
  refuse a call without one; Google documents a value that stands for a lost one.

Source: https://ai.google.dev/gemini-api/docs/function-calling and .../thought-signatures,
read 2025-11.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from oneapi.errors import Refusal
from oneapi.providers.adaptors.chat_parts import parts_of, text_of
from oneapi.providers.adaptors.chat_tools import ToolCall, read_tool_calls
from oneapi.providers.adaptors.gemini_models import GeminiModel
from oneapi.providers.adaptors.gemini_parts import to_part
from oneapi.wire.media import Media

LOST_SIGNATURE: Final = "skip_thought_signature_validator"

_SYSTEM = frozenset({"system", "developer"})

_Json = dict[str, Any]


def write_contents(
    messages: Iterable[Mapping[str, Any]], model: GeminiModel, fetched: Mapping[str, Media]
) -> _Json:
    """Return ``contents``, and ``systemInstruction`` where there is one.

    Raises:
        Refusal: a message holds something that Gemini does not read.
    """
    turns = _Turns(model, fetched)
    for message in messages:
        turns.add(message)
    system, contents = turns.system, turns.finish()
    if not system:
        return {"contents": contents}
    # Contents must not be empty: an instruction alone is the question.
    if not contents or not model.takes_instruction:
        return {"contents": _led_by(system, contents)}
    return {"systemInstruction": {"parts": system}, "contents": contents}


class _Turns:
    """The contents written so far, and what later messages must know of them."""

    def __init__(self, model: GeminiModel, fetched: Mapping[str, Media]) -> None:
        self._model = model
        self._fetched = fetched
        self._contents: list[_Json] = []
        self._names: dict[str, str] = {}
        """Functions by the id of their call, in the order of the calls."""

        self._results: list[Mapping[str, Any]] = []
        self.system: list[_Json] = []

    def add(self, message: Mapping[str, Any]) -> None:
        """Write one message."""
        role = message.get("role")
        if role == "tool":
            self._results.append(message)
        elif role in _SYSTEM:
            self.system += self._parts(message)
        elif role == "user":
            self._append("user", self._parts(message))
        elif role == "assistant":
            self._append("model", self._answer(message))
        else:
            raise Refusal("unsupported_value", param="messages.role")

    def finish(self) -> list[_Json]:
        """Return the contents."""
        self._append("user", [])
        return self._contents

    def _append(self, role: str, parts: list[_Json]) -> None:
        if self._results:
            results, self._results = self._results, []
            self._join("user", self._responses(results))
        self._join(role, parts)

    def _join(self, role: str, parts: list[_Json]) -> None:
        if not parts:
            return
        if self._contents and self._contents[-1]["role"] == role:
            self._contents[-1]["parts"] += parts
        else:
            self._contents.append({"role": role, "parts": list(parts)})

    def _parts(self, message: Mapping[str, Any], member: str = "content") -> list[_Json]:
        written = (to_part(part, self._fetched) for part in parts_of(message.get(member)))
        return [part for part in written if part is not None]

    def _answer(self, message: Mapping[str, Any]) -> list[_Json]:
        parts = [*self._parts(message), *self._parts(message, "images")]
        if signature := _signature(message):
            texts = [part for part in parts if "text" in part]
            if not texts:
                texts = [{"text": ""}]
                parts += texts
            texts[-1]["thoughtSignature"] = signature
        calls = read_tool_calls(message)
        self._names.update((call.id, call.name) for call in calls)
        return parts + [self._call(call, is_first=call is calls[0]) for call in calls]

    def _call(self, call: ToolCall, *, is_first: bool) -> _Json:
        written: _Json = {"name": call.name, "args": call.arguments}
        if self._model.knows_call_ids and call.id:
            written["id"] = call.id
        part: _Json = {"functionCall": written}
        signature = _signature(call.source)
        # Of several calls at once only the first is ever signed.
        if not signature and is_first and self._model.wants_signatures:
            signature = LOST_SIGNATURE
        if signature:
            part["thoughtSignature"] = signature
        return part

    def _responses(self, results: list[Mapping[str, Any]]) -> list[_Json]:
        """Write the results of one turn, sorted by their calls, and behind them their pictures."""
        order = {call_id: position for position, call_id in enumerate(self._names)}
        in_order = sorted(
            results, key=lambda result: order.get(_text(result, "tool_call_id"), len(order))
        )
        beside = (part for result in in_order for part in self._parts(result))
        return [
            *(self._response(result) for result in in_order),
            *(part for part in beside if "text" not in part),
        ]

    def _response(self, result: Mapping[str, Any]) -> _Json:
        call_id = _text(result, "tool_call_id")
        name = self._names.get(call_id) or _text(result, "name") or call_id
        written: _Json = {"name": name, "response": _response_object(result)}
        if self._model.knows_call_ids and call_id:
            written["id"] = call_id
        return {"functionResponse": written}


def _response_object(result: Mapping[str, Any]) -> Any:
    text = text_of(result.get("content"))
    if result.get("is_error") is True:
        return {"error": text}
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {"result": text}


def _led_by(system: list[_Json], contents: list[_Json]) -> list[_Json]:
    """Put the instruction before the first question."""
    for content in contents:
        if content["role"] == "user":
            content["parts"] = system + content["parts"]
            return contents
    return [{"role": "user", "parts": system}, *contents]


def _signature(holder: Mapping[str, Any]) -> str:
    """Return the thought signature that a client brought back with a message or call."""
    extra = holder.get("extra_content")
    google = extra.get("google") if isinstance(extra, Mapping) else None
    return _text(google, "thought_signature") if isinstance(google, Mapping) else ""


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
