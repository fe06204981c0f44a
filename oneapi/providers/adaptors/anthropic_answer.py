"""Claude's answers: typed blocks one after the other, whole or as a stream of events.

A whole answer is read as the events that a stream would have brought.  Differences from OpenAI:

- the counts of the prompt come first and those of the answer last; each named count replaces
  the one before it, the others stand;
- the input of a call comes as pieces of JSON, or as no piece at all when it is empty;
- blocks of tools that Anthropic runs itself lie between the others, with inputs of their own;
- a thinking block is complete with its signature, which comes behind the text;
- a whole refusal says so beside its text; a stream says so when the text is gone.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming, read 2025-11.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec.structs import replace

from oneapi.lib.sse import Event
from oneapi.providers.adaptors.anthropic_errors import read_object
from oneapi.providers.adaptors.anthropic_models import ClaudeModel
from oneapi.providers.adaptors.anthropic_tools import answer_tool
from oneapi.providers.adaptors.anthropic_usage import read_usage
from oneapi.providers.adaptors.chat_request import read_chat
from oneapi.providers.contract import Reply, Target
from oneapi.providers.errors import unreadable
from oneapi.wire.answers import Chunk, Conversation
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

logger = logging.getLogger(__name__)

_REFUSAL: Final = "refusal"

_FINISH_REASONS: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    _REFUSAL: "content_filter",
}
"""Others are logged and count as ``stop``."""

_Json = Mapping[str, Any]


@dataclass(slots=True)
class _Block:
    """One block between its start and its stop."""

    given: _Json
    """The block as its start announced it; in a whole answer that is all of it."""

    call: int | None = None
    """Number of the client's tool call that the block is."""

    is_answer: bool = False
    """Whether the block calls the tool that stands for the answer."""

    begins_at: int = 0
    """Length of the text before the block."""

    has_input: bool = False
    thinking: str = ""
    signature: str = ""
    citations: list[Any] = field(default_factory=list)

    @property
    def kind(self) -> Any:
        return self.given.get("type")


class AnswerReader:
    """Reads one answer, event by event; fits ``contract.StreamReader``."""

    def __init__(self, call: RelayCall, target: Target) -> None:
        self._target = target
        tool = answer_tool(read_chat(call), ClaudeModel.named(target.model))
        self._answer_tool = tool.name if tool else None
        self._counts: dict[str, Any] = {}
        self._open: dict[int, _Block] = {}
        self._calls = 0
        self._length = 0
        self._knows_refusals = call.mode is RelayMode.CHAT
        self._text_goes_to = "content"
        self._prompt_is_counted = False
        self._finished = False

    @property
    def finished(self) -> bool:
        """Whether the answer's stop reason has come."""
        return self._finished

    def feed(self, event: Event) -> list[Chunk]:
        """Return what one event of a stream says.

        Raises:
            UpstreamError: it is a failure or no JSON object.
        """
        # Anthropic sends no such end; servers that imitate it may.
        if event.data == b"[DONE]":
            return []
        return list(self.read(read_object(self._target, Reply(200, {}, event.data))))

    def read(self, event: _Json) -> Iterator[Chunk]:
        """Return what one event says; nothing for events of unknown types."""
        for chunk in self._read(event):
            if chunk.delta and not self._prompt_is_counted:
                # A stream that breaks now is charged for its prompt as Anthropic counted it.
                self._prompt_is_counted = True
                usage = read_usage(self._counts)
                chunk.usage = replace(usage, completion_tokens=0) if usage else None
            yield chunk

    def _read(self, event: _Json) -> Iterator[Chunk]:
        index = event.get("index")
        index = index if isinstance(index, int) else 0
        match event.get("type"):
            case "message_start":
                yield self._begin(_object(event, "message"))
            case "content_block_start":
                yield from self._stop(index)
                yield from self._start(index, _object(event, "content_block"))
            case "content_block_delta":
                if (block := self._open.get(index)) is not None:
                    yield from self._add(block, _object(event, "delta"))
            case "content_block_stop":
                yield from self._stop(index)
            case "message_delta":
                self._count(event)
                yield from self._end(_text(_object(event, "delta"), "stop_reason"))
            case "message_stop" if not self._finished:
                yield from self._end("tool_use" if self._calls else "end_turn")

    def _begin(self, message: _Json) -> Chunk:
        self._count(message)
        if self._knows_refusals and message.get("stop_reason") == _REFUSAL:
            self._text_goes_to = _REFUSAL
        return Chunk(response_id=_text(message, "id") or None)

    def _count(self, holder: _Json) -> None:
        counts = _object(holder, "usage")
        self._counts.update((name, n) for name, n in counts.items() if n is not None)

    def _start(self, index: int, given: _Json) -> Iterator[Chunk]:
        block = self._open[index] = _Block(given, begins_at=self._length)
        if block.kind == "tool_use":
            yield from self._open_call(block)
        # In a whole answer, and with some imitators, the start holds what deltas would bring.
        yield from self._add(block, {**given, "type": f"{block.kind}_delta"})
        block.signature = _text(given, "signature")
        citations = given.get("citations")
        block.citations += citations if isinstance(citations, list) else []

    def _open_call(self, block: _Block) -> Iterator[Chunk]:
        name = _text(block.given, "name")
        if name == self._answer_tool:
            block.is_answer = True
            return
        block.call = self._calls
        self._calls += 1
        opening = {
            "index": block.call,
            "id": _text(block.given, "id"),
            "type": "function",
            "function": {"name": name, "arguments": ""},
        }
        yield Chunk(delta={"tool_calls": [opening]})

    def _add(self, block: _Block, delta: _Json) -> Iterator[Chunk]:
        match block.kind, delta.get("type"):
            case "text", "text_delta":
                yield from self._say(_text(delta, "text"))
            case "text", "citations_delta":
                block.citations.append(delta.get("citation"))
            case "thinking", "thinking_delta":
                if text := _text(delta, "thinking"):
                    block.thinking += text
                    yield Chunk(delta={"reasoning_content": text})
            case "thinking", "signature_delta":
                block.signature += _text(delta, "signature")
            case "tool_use", "input_json_delta":
                yield from self._add_input(block, _text(delta, "partial_json"))

    def _say(self, text: str) -> Iterator[Chunk]:
        if text:
            self._length += len(text)
            yield Chunk(delta={self._text_goes_to: text})

    def _add_input(self, block: _Block, piece: str) -> Iterator[Chunk]:
        if not piece:
            return
        block.has_input = True
        if block.is_answer:
            yield from self._say(piece)
        else:
            call = {"index": block.call, "function": {"arguments": piece}}
            yield Chunk(delta={"tool_calls": [call]})

    def _stop(self, index: int) -> Iterator[Chunk]:
        block = self._open.pop(index, None)
        if block is not None:
            yield from self._close(block)

    def _close(self, block: _Block) -> Iterator[Chunk]:
        match block.kind:
            case "tool_use" if not block.has_input:
                yield from self._add_input(block, _json(_object(block.given, "input")))
            case "thinking" if block.thinking or block.signature:
                whole = {**block.given, "thinking": block.thinking, "signature": block.signature}
                yield Chunk(delta={"thinking_blocks": [whole]})
            case "redacted_thinking":
                yield Chunk(delta={"thinking_blocks": [dict(block.given)]})
            case "text":
                if annotations := list(self._annotations(block)):
                    yield Chunk(delta={"annotations": annotations})

    def _annotations(self, block: _Block) -> Iterator[dict[str, Any]]:
        """Return the web pages that the block's text rests on."""
        for citation in block.citations:
            if isinstance(citation, Mapping) and (url := _text(citation, "url")):
                cited = {
                    "start_index": block.begins_at,
                    "end_index": self._length,
                    "url": url,
                    "title": _text(citation, "title"),
                }
                yield {"type": "url_citation", "url_citation": cited}

    def _end(self, reason: str) -> Iterator[Chunk]:
        """Finish at the first reason; counts that come later are still reported."""
        if self._finished:
            yield Chunk(usage=read_usage(self._counts))
        elif reason:
            for index in list(self._open):
                yield from self._stop(index)
            self._finished = True
            yield Chunk(finish_reason=self._finish_reason(reason), usage=read_usage(self._counts))

    def _finish_reason(self, given: str) -> str:
        reason = _FINISH_REASONS.get(given)
        if reason is None:
            logger.warning("unusual finish reason", extra={"finish_reason": given})
        if reason == "tool_calls" and not self._calls:
            # The only call was the answer itself.
            return "stop"
        return reason or "stop"


def read_answer(call: RelayCall, target: Target, reply: Reply) -> Conversation:
    """Read a whole answer.

    Raises:
        UpstreamError: it is a failure, or no answer.
    """
    message = read_object(target, reply)
    if not isinstance(message.get("content"), list):
        raise unreadable(target, reply)
    reader = AnswerReader(call, target)
    return Conversation([chunk for event in _events(message) for chunk in reader.read(event)])


def _events(message: _Json) -> Iterator[_Json]:
    """Return the events that would have brought the message."""
    yield {"type": "message_start", "message": message}
    for index, block in enumerate(message["content"]):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": message.get("stop_reason")}}
    yield {"type": "message_stop"}


def _json(tree: _Json) -> str:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def _object(holder: _Json, name: str) -> _Json:
    value = holder.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(holder: _Json, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
