"""Whole answers of OpenAI-shaped upstreams: they pass byte for byte, read only to be charged.

Reading is tolerant: odd numbers and members pass on and count nothing.  A good status is no proof
of a good answer: some providers put their failures inside.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from oneapi.providers import errors
from oneapi.providers.adaptors.openai_repair import MESSAGE, Repairs
from oneapi.providers.adaptors.openai_text import written
from oneapi.providers.adaptors.openai_transcript import read_transcript
from oneapi.providers.adaptors.openai_usage import merge, read_usage
from oneapi.providers.contract import Reply, Target
from oneapi.providers.error_shapes import parse_json
from oneapi.wire import json_edit
from oneapi.wire.answers import Verbatim
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

_JSON: Final = "application/json"
_BINARY: Final = "application/octet-stream"
_IMAGES: Final = frozenset({RelayMode.IMAGES, RelayMode.IMAGE_EDITS, RelayMode.IMAGE_VARIATIONS})
_TRANSCRIPTS: Final = frozenset({RelayMode.TRANSCRIPTION, RelayMode.TRANSLATION})


def read_whole(call: RelayCall, target: Target, reply: Reply) -> Verbatim:
    """Read a whole answer of a good status.

    Raises:
        UpstreamError: it reports a failure, or is not what belongs there.
    """
    if call.mode is RelayMode.SPEECH:
        return _speech(target, reply)
    if call.mode in _TRANSCRIPTS:
        return read_transcript(call, target, reply)
    tree = parse_json(reply.body)
    if failure := errors.reported_failure(target, tree):
        raise failure
    if not isinstance(tree, Mapping):
        raise errors.unreadable(target, reply)
    if call.mode in _IMAGES:
        return _images(target, reply, tree)
    if call.mode in (RelayMode.EMBEDDINGS, RelayMode.MODERATIONS):
        usage = read_usage(tree.get("usage"), target.channel_type, whole_is_prompt=True)
        return Verbatim(body=reply.body, content_type=_json_type(reply), usage=usage)
    return _choices(target, reply, tree)


def _choices(target: Target, reply: Reply, tree: Mapping[str, Any]) -> Verbatim:
    choices = tree.get("choices")
    found = [c for c in choices if isinstance(c, Mapping)] if isinstance(choices, list) else []
    usage = read_usage(_usage_in(tree, found), target.channel_type)
    is_counted = usage is not None and not usage.is_empty and usage.prompt_tokens > 0
    return Verbatim(
        body=_repaired(target, reply.body, tree),
        content_type=_json_type(reply),
        usage=usage,
        # Only needed for counting, which the upstream has done already.
        text="" if is_counted else "".join(_written(choice) for choice in found),
        choices=len(found),
    )


def _repaired(target: Target, body: bytes, tree: Mapping[str, Any]) -> bytes:
    try:
        return Repairs(target.channel_type).apply(body, tree, MESSAGE)
    except msgspec.DecodeError:
        # What only the lenient reader takes cannot be edited; it passes as it came.
        return body


def _usage_in(tree: Mapping[str, Any], choices: list[Mapping[str, Any]]) -> Any:
    """Return the usage object, wherever it stands (Groq: ``x_groq``; Moonshot: a choice)."""
    groq = tree.get("x_groq")
    if groq is None and not any("usage" in choice for choice in choices):
        return tree.get("usage")
    found = merge({}, groq.get("usage") if isinstance(groq, Mapping) else None)
    for choice in choices:
        found = merge(found, choice.get("usage"))
    return merge(found, tree.get("usage"))


def _written(choice: Mapping[str, Any]) -> str:
    message, text = choice.get("message"), choice.get("text")
    if isinstance(message, Mapping):
        return written(message)
    return text if isinstance(text, str) else ""


def _images(target: Target, reply: Reply, tree: Mapping[str, Any]) -> Verbatim:
    body, data = reply.body, tree.get("data")
    if data is None and isinstance(tree.get("images"), list):
        # SiliconFlow's name for the same list.
        data = tree["images"]
        body = json_edit.edit(body, {"data": json_edit.members(body)["images"]})
    return Verbatim(
        body=body,
        content_type=_json_type(reply),
        usage=read_usage(tree.get("usage"), target.channel_type),
        images=len(data) if isinstance(data, list) else 0,
    )


def _speech(target: Target, reply: Reply) -> Verbatim:
    if reply.content_type == _JSON:
        tree = parse_json(reply.body)
        raise errors.reported_failure(target, tree) or errors.unreadable(target, reply)
    if errors.is_html(reply):
        raise errors.unreadable(target, reply)
    return Verbatim(body=reply.body, content_type=reply.headers.get("content-type", _BINARY))


def _json_type(reply: Reply) -> str:
    """Return the upstream's type if it says JSON: some call it text."""
    return reply.headers["content-type"] if reply.content_type == _JSON else _JSON
