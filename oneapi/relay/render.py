"""Write neutral answers in OpenAI's form: whole objects, or the events of a stream.

One contract for every dialect: one id, one time and one model per answer; the role once; finish
reasons ``null`` until the one at the end; tool calls numbered from 0; usage only for clients
that asked.
"""

import base64
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from oneapi.wire.answers import Chunk, Embeddings, Images, Usage
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"

_JOINED = ("content", "reasoning_content", "refusal")
_LISTED = ("thinking_blocks", "annotations", "images")


def event(payload: bytes, name: str = "") -> bytes:
    """Return one server-sent event."""
    head = b"event: %s\n" % name.encode() if name else b""
    if b"\n" in payload:
        lines = b"".join(b"data: %s\n" % line for line in payload.split(b"\n"))
        return b"%s%s\n" % (head, lines)
    return b"%sdata: %s\n\n" % (head, payload)


@dataclass(slots=True)
class Renderer:
    """Writes one answer; keeps what all its pieces share."""

    call: RelayCall
    model: str
    created: int
    with_usage: bool = False
    """Whether this client gets the usage chunk at the end of its stream."""

    response_id: str = ""
    _begun: set[int] = field(default_factory=set)

    def stream(self, chunk: Chunk) -> bytes:
        """Return the events of one chunk, possibly none."""
        if chunk.wire is not None:
            if chunk.usage_only and not self.with_usage:
                return b""
            return event(chunk.wire, chunk.event)
        if chunk.response_id:
            self.response_id = chunk.response_id
        if self.call.mode is RelayMode.COMPLETIONS:
            return self._completion_event(chunk)
        return self._chat_events(chunk)

    def usage_event(self, usage: Usage) -> bytes:
        """Return the chunk that closes a converted stream for clients that asked for usage."""
        return event(self._dump({**self._head(), "choices": [], "usage": usage.as_json()}))

    def whole(self, chunks: Iterable[Chunk], usage: Usage) -> bytes:
        """Fold the chunks into one object."""
        folds: dict[int, _Fold] = {}
        for chunk in chunks:
            self.response_id = chunk.response_id or self.response_id
            folds.setdefault(chunk.index, _Fold()).add(chunk)
        if not folds:
            folds[0] = _Fold()
        choices = [self._choice(index, folds[index]) for index in sorted(folds)]
        head = self._head(whole=True)
        return self._dump({**head, "choices": choices, "usage": usage.as_json()})

    def _choice(self, index: int, fold: "_Fold") -> dict[str, Any]:
        if self.call.mode is RelayMode.COMPLETIONS:
            return {
                "text": fold.texts.get("content", ""),
                "index": index,
                "logprobs": None,
                "finish_reason": fold.finish_reason,
            }
        message, reason = fold.message(), fold.finish_reason
        if self._is_legacy and message.get("tool_calls"):
            message["function_call"] = message.pop("tool_calls")[0]["function"]
            reason = "function_call"
        return {"index": index, "message": message, "logprobs": None, "finish_reason": reason}

    @property
    def _is_legacy(self) -> bool:
        return "functions" in self.call.body and "tools" not in self.call.body

    def _chat_events(self, chunk: Chunk) -> bytes:
        out = b""
        if chunk.index not in self._begun:
            self._begun.add(chunk.index)
            out = self._chat_event(chunk.index, {"role": "assistant", "content": ""}, None)
        if chunk.delta:
            out += self._chat_event(chunk.index, self._delta(chunk.delta), None)
        if chunk.finish_reason is not None:
            out += self._chat_event(chunk.index, {}, self._reason(chunk.finish_reason))
        return out

    def _chat_event(self, index: int, delta: Mapping[str, Any], reason: str | None) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
        tree = {**self._head(), "choices": [choice]}
        if self.with_usage:
            tree["usage"] = None
        return event(self._dump(tree))

    def _completion_event(self, chunk: Chunk) -> bytes:
        text = chunk.delta.get("content", "")
        if not text and chunk.finish_reason is None:
            return b""
        choice = {
            "text": text,
            "index": chunk.index,
            "logprobs": None,
            "finish_reason": chunk.finish_reason,
        }
        return event(self._dump({**self._head(), "choices": [choice]}))

    def _delta(self, delta: Mapping[str, Any]) -> Mapping[str, Any]:
        calls = delta.get("tool_calls")
        if not (self._is_legacy and calls):
            return delta
        rest = {key: value for key, value in delta.items() if key != "tool_calls"}
        if calls[0].get("index", 0) == 0:
            rest["function_call"] = calls[0]["function"]
        return rest

    def _reason(self, reason: str) -> str:
        return "function_call" if self._is_legacy and reason == "tool_calls" else reason

    def _head(self, *, whole: bool = False) -> dict[str, Any]:
        if self.call.mode is RelayMode.COMPLETIONS:
            prefix, kind = "cmpl-", "text_completion"
        else:
            prefix, kind = "chatcmpl-", "chat.completion" if whole else "chat.completion.chunk"
        return {
            "id": prefix + (self.response_id or self.call.request_id),
            "object": kind,
            "created": self.created,
            "model": self.model,
        }

    @staticmethod
    def _dump(tree: Mapping[str, Any]) -> bytes:
        return orjson.dumps(tree)


class _Fold:
    """One choice of a plain answer, as its chunks add up."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.finish_reason: str | None = None
        self._lists: dict[str, list[Any]] = {}
        self._tool_calls: dict[int, dict[str, Any]] = {}
        self._rest: dict[str, Any] = {}

    def add(self, chunk: Chunk) -> None:
        """Add one chunk; a text that is there, even empty, counts as said."""
        for key, value in chunk.delta.items():
            if key in _JOINED:
                self.texts[key] = self.texts.get(key, "") + (value or "")
            elif key in _LISTED:
                self._lists.setdefault(key, []).extend(value)
            elif key == "tool_calls":
                for piece in value:
                    self._add_call(piece)
            elif isinstance(value, dict):
                self._rest.setdefault(key, {}).update(value)
            elif key != "role":
                self._rest[key] = value
        if chunk.finish_reason is not None:
            self.finish_reason = chunk.finish_reason

    def _add_call(self, piece: Mapping[str, Any]) -> None:
        index = piece.get("index", 0)
        call = self._tool_calls.setdefault(
            index, {"id": None, "type": "function", "function": {"name": "", "arguments": ""}}
        )
        for key, value in piece.items():
            if key == "function":
                function = call["function"]
                function["name"] += value.get("name") or ""
                function["arguments"] += value.get("arguments") or ""
            elif key != "index":
                call[key] = value

    def message(self) -> dict[str, Any]:
        """Return the message; ``content`` is null when there is none beside calls or a refusal."""
        text = self.texts.get("content") or None
        if text is None and not self._tool_calls and not self.texts.get("refusal"):
            text = ""
        message: dict[str, Any] = {
            "role": "assistant",
            "content": text,
            "refusal": self.texts.get("refusal") or None,
        }
        if reasoning := self.texts.get("reasoning_content"):
            message["reasoning_content"] = reasoning
        message |= self._lists | self._rest
        if self._tool_calls:
            message["tool_calls"] = [self._tool_calls[i] for i in sorted(self._tool_calls)]
        return message


def text_of(chunk: Chunk) -> str:
    """Return all that the model wrote in a chunk, for counting."""
    if chunk.wire is not None:
        return chunk.text
    parts = [str(chunk.delta.get(key) or "") for key in _JOINED]
    for call in chunk.delta.get("tool_calls", ()):
        function = call.get("function", {})
        parts += [function.get("name") or "", function.get("arguments") or ""]
    return "".join(parts)


def embeddings(call: RelayCall, answer: Embeddings, model: str, usage: Usage) -> bytes:
    """Write vectors as OpenAI does, as base64 of little-endian floats when asked for."""
    packed = call.body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(v) if packed else v}
        for index, v in enumerate(answer.vectors)
    ]
    counted = {"prompt_tokens": usage.prompt_tokens, "total_tokens": usage.prompt_tokens}
    return orjson.dumps({"object": "list", "data": data, "model": model, "usage": counted})


def images(answer: Images, created: int) -> bytes:
    """Write generated images as OpenAI does."""
    return orjson.dumps({"created": created, "data": answer.data})


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
