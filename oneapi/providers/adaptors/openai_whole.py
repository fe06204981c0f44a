"""A whole answer where a stream was asked for: written as the events that should have come."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from oneapi.wire import json_edit
from oneapi.wire.answers import Chunk, Verbatim
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

_IMAGE_EVENTS: Final = {
    RelayMode.IMAGES: "image_generation.completed",
    RelayMode.IMAGE_EDITS: "image_edit.completed",
}
_TRANSCRIPT_EVENT: Final = "transcript.text.done"


def whole_as_chunks(call: RelayCall, answer: Verbatim) -> list[Chunk]:
    """Return the chunks of a stream that says the same as the answer.

    What is not of the expected shape goes out whole, as one event.
    """
    try:
        return list(_chunks(call, answer))
    except (msgspec.DecodeError, KeyError):
        return [Chunk(wire=answer.body, usage=answer.usage, text=answer.text)]


def _chunks(call: RelayCall, answer: Verbatim) -> Iterable[Chunk]:
    members = json_edit.members(answer.body)
    if call.mode in _IMAGE_EVENTS:
        return _image_events(members, answer, _IMAGE_EVENTS[call.mode])
    if call.mode is RelayMode.CHAT:
        return _completion(members, answer, "chat.completion.chunk")
    if call.mode is RelayMode.COMPLETIONS:
        return _completion(members, answer, "text_completion")
    kind = _TRANSCRIPT_EVENT
    wire = json_edit.encode({"type": kind, **members})
    return [Chunk(wire=wire, event=kind, usage=answer.usage, text=answer.text)]


def _completion(members: dict[str, msgspec.Raw], answer: Verbatim, kind: str) -> Iterable[Chunk]:
    choices = [_as_delta(choice) for choice in json_edit.items(members["choices"])]
    head = {name: value for name, value in members.items() if name != "usage"}
    wire = json_edit.encode({**head, "object": kind, "choices": choices})
    yield Chunk(wire=wire, text=answer.text)
    if answer.usage is not None:
        tail = {**members, "object": kind, "choices": []}
        yield Chunk(wire=json_edit.encode(tail), usage=answer.usage, usage_only=True)


def _as_delta(choice: msgspec.Raw) -> dict[str, Any]:
    """Return the choice with its message as a delta; each tool call gets its index."""
    members: dict[str, Any] = dict(json_edit.members(choice))
    message = members.pop("message", None)
    if message is None:
        return members
    delta: dict[str, Any] = dict(json_edit.members(message))
    calls = delta.get("tool_calls")
    if calls is not None and bytes(calls) != b"null":
        delta["tool_calls"] = [
            {**json_edit.members(call), "index": place}
            for place, call in enumerate(json_edit.items(calls))
        ]
    return {**members, "delta": delta}


def _image_events(members: dict[str, msgspec.Raw], answer: Verbatim, kind: str) -> Iterable[Chunk]:
    images = json_edit.items(members["data"])
    shared = {name: value for name, value in members.items() if name not in ("data", "usage")}
    for place, image in enumerate(images):
        tree = {"type": kind, **shared, **json_edit.members(image)}
        chunk = Chunk(wire=b"", event=kind)
        if place == len(images) - 1 and "usage" in members:
            tree["usage"] = members["usage"]
            chunk = replace(chunk, usage=answer.usage)
        yield replace(chunk, wire=json_edit.encode(tree))
