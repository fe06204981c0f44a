"""Streams of OpenAI-shaped upstreams: each event goes out as the bytes that came.

This is the hottest code of the project.  An ordinary event is decoded once, into the few members
that matter here; only one that must be changed is parsed as a whole and edited.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import orjson

from oneapi.lib.sse import Event
from oneapi.providers import errors
from oneapi.providers.adaptors.openai_calls import CallNumbers
from oneapi.providers.adaptors.openai_repair import DELTA, Repairs
from oneapi.providers.adaptors.openai_text import written
from oneapi.providers.adaptors.openai_usage import merge, read_usage
from oneapi.providers.adaptors.openai_whole import whole_as_chunks
from oneapi.providers.contract import Target
from oneapi.providers.type_rules import Quirk
from oneapi.wire import json_edit
from oneapi.wire.answers import Chunk, Usage, Verbatim
from oneapi.wire.calls import RelayCall

_NOTHING: Final[tuple[Chunk, ...]] = ()
_DONE: Final = b"[DONE]"


class _Delta(msgspec.Struct, gc=False):
    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    refusal: Any = None
    tool_calls: Any = None
    function_call: Any = None
    audio: Any = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta | None = None
    text: Any = None
    finish_reason: str | None = None
    index: int | None = 0
    usage: Any = None
    message: Any = None


class _Payload(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    usage: Any = None
    error: Any = None
    code: Any = None
    base_resp: Any = None
    x_groq: Any = None


_decode = msgspec.json.Decoder(_Payload).decode


class ChatStream:
    """Reads one streamed chat or text completion."""

    def __init__(self, call: RelayCall, target: Target) -> None:
        quirks = target.channel_type.quirks
        self._call = call
        self._target = target
        self._repairs = Repairs(target.channel_type)
        self._numbers = CallNumbers() if Quirk.RENUMBER_CALLS in quirks else None
        self._repeats = Quirk.REPEATED_MESSAGE in quirks
        self._sparse = Quirk.SPARSE_CHUNKS in quirks
        self._wanted = _choices_wanted(call)
        self._ended: set[int | None] = set()
        self._begun = False
        self._called = False
        self._usage: Mapping[str, Any] = {}
        self._last = b""
        self.finished = False

    def plain_text(self, data: bytes) -> str | None:
        """Return the text of an event that goes out as it came; ``None`` for every other."""
        if self._sparse:
            return None
        try:
            text = _ordinary(_decode(data))
        except (msgspec.DecodeError, RecursionError):
            return None
        self._begun = self._begun or text is not None
        return text

    def feed(self, event: Event) -> Iterable[Chunk]:
        """Return what this event says; ``[DONE]`` is noted, not forwarded.

        Raises:
            UpstreamError: the event reports a failure.
        """
        data = event.data
        try:
            payload = _decode(data)
        except (msgspec.DecodeError, RecursionError):
            return self._odd(event)
        text = _ordinary(payload)
        if text is not None and not event.name and not self._sparse:
            self._begun = True
            return (Chunk(wire=data, text=text),)
        if payload.error or payload.code or payload.base_resp or event.name == "error":
            self._raise_failure(event)
        usage = self._usage_of(payload)
        choices = payload.choices
        if not choices:
            # Azure opens with the verdict on the prompt, others with bare ids: nothing for clients.
            return (Chunk(wire=data, usage=usage, usage_only=True),) if usage else _NOTHING
        if choices[0].message is not None and choices[0].delta is None:
            return self._whole(event, usage)
        self._begun = True
        text = "".join([_written(choice) for choice in choices])
        reason = self._ending(choices)
        if self._must_edit(choices, payload):
            data = self._edited(data)
        if self._sparse:
            self._last = data
        return (Chunk(wire=data, event=event.name, text=text, usage=usage, finish_reason=reason),)

    def _usage_of(self, payload: _Payload) -> Usage | None:
        found: Mapping[str, Any] = {}
        if payload.x_groq is not None and isinstance(payload.x_groq, Mapping):
            found = merge(found, payload.x_groq.get("usage"))
        if payload.choices and payload.choices[0].usage is not None:
            found = merge(found, payload.choices[0].usage)
        if payload.usage is not None:
            found = merge(found, payload.usage)
        if not found:
            return None
        self._usage = merge(self._usage, found)
        return read_usage(self._usage, self._target.channel_type)

    def _ending(self, choices: list[_Choice]) -> str | None:
        reason = None
        for choice in choices:
            if choice.finish_reason:
                reason = choice.finish_reason
                self._ended.add(choice.index)
                self.finished = self.finished or len(self._ended) >= self._wanted
        return None if reason is None else self._repairs.finish_reasons.get(reason, reason)

    def _must_edit(self, choices: list[_Choice], payload: _Payload) -> bool:
        repairs = self._repairs
        if self._sparse or (repairs.cache_hits and payload.usage is not None):
            return True
        for choice in choices:
            delta = choice.delta
            if delta is not None and (
                (delta.reasoning and not delta.reasoning_content)
                or (repairs.content_lists and isinstance(delta.content, list))
                or (self._numbers is not None and delta.tool_calls)
            ):
                return True
            if choice.finish_reason in repairs.finish_reasons:
                return True
            if repairs.choice_usage and choice.usage is not None and payload.usage is None:
                return True
        return False

    def _edited(self, data: bytes) -> bytes:
        tree = orjson.loads(data)
        top: dict[str, Any] = {}
        if self._sparse:
            top = {"object": "chat.completion.chunk", "model": self._target.model}
            top = {name: value for name, value in top.items() if not tree.get(name)}
            self._called = self._called or _calls_tools(tree)
        extra = self._numbers.renumber if self._numbers is not None else None
        return self._repairs.apply(data, tree, DELTA, extra=extra, top=top)

    def _raise_failure(self, event: Event) -> None:
        """Raise the failure that an event reports, if it does."""
        if failure := errors.reported_failure(self._target, orjson.loads(event.data)):
            raise failure
        if event.name == "error":
            raise errors.named_failure(self._target, event.data)

    def _whole(self, event: Event, usage: Usage | None) -> Iterable[Chunk]:
        """Read a whole message in one event; one that only repeats is cut to its usage."""
        message = orjson.loads(event.data)["choices"][0]["message"]
        text = written(message) if isinstance(message, Mapping) else ""
        answer = Verbatim(body=event.data, usage=usage, text=text)
        chunks = whole_as_chunks(self._call, answer)
        self.finished = True
        return [c for c in chunks if c.usage_only] if self._begun and self._repeats else chunks

    def _odd(self, event: Event) -> Iterable[Chunk]:
        """Read an event that is not of the usual shape, the end mark among them."""
        data = event.data
        if data.startswith(_DONE):
            return self._end()
        try:
            tree = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            if event.name == "error":
                raise errors.named_failure(self._target, data) from error
            return (Chunk(wire=data, text=data.decode("utf-8", "replace"), event=event.name),)
        if failure := errors.reported_failure(self._target, tree):
            raise failure
        return (Chunk(wire=data, event=event.name),)

    def _end(self) -> Iterable[Chunk]:
        was_finished, self.finished = self.finished, True
        if not self._sparse or was_finished or not self._last:
            return _NOTHING
        reason = "tool_calls" if self._called else "stop"
        choice = {"index": 0, "delta": {}, "finish_reason": reason}
        changes = {"choices": [choice], "usage": json_edit.DROP}
        return (Chunk(wire=json_edit.edit(self._last, changes), finish_reason=reason),)


def _ordinary(payload: _Payload) -> str | None:
    """Return the text of an event that holds nothing else to look at; most are so."""
    choices = payload.choices
    if choices is None or len(choices) != 1 or payload.usage is not None:
        return None
    choice = choices[0]
    delta = choice.delta
    if delta is None or choice.finish_reason is not None or choice.usage is not None:
        return None
    content = delta.content
    if (
        type(content) is str
        and payload.error is None
        and payload.x_groq is None
        and delta.tool_calls is None
        and delta.reasoning_content is None
        and delta.reasoning is None
        and delta.refusal is None
        and delta.function_call is None
        and delta.audio is None
    ):
        return content
    return None


def _written(choice: _Choice) -> str:
    """Return all that the model wrote in a choice."""
    if choice.delta is not None:
        return written(msgspec.structs.asdict(choice.delta))
    return choice.text if isinstance(choice.text, str) else ""


def _choices_wanted(call: RelayCall) -> int:
    wanted = call.body.get("n")
    return wanted if isinstance(wanted, int) and wanted > 1 else 1


def _calls_tools(tree: Mapping[str, Any]) -> bool:
    return any(
        isinstance(choice, Mapping)
        and isinstance(choice.get("delta"), Mapping)
        and bool(choice["delta"].get("tool_calls"))
        for choice in tree.get("choices") or []
    )
