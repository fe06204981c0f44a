"""Transcripts: JSON of several kinds, plain text, or subtitles, as the client asked.

Source: OpenAI's audio API reference.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from oneapi.providers import errors
from oneapi.providers.adaptors.openai_usage import read_usage, seconds_of
from oneapi.providers.contract import Reply, Target
from oneapi.providers.error_shapes import parse_json
from oneapi.wire.answers import Verbatim
from oneapi.wire.calls import RelayCall

_TEXT_FORMATS: Final = frozenset({"text", "srt", "vtt"})
_CUE = re.compile(r"^.*-->.*$", re.MULTILINE)


def read_transcript(call: RelayCall, target: Target, reply: Reply) -> Verbatim:
    """Read a transcription or translation.

    Raises:
        UpstreamError: it reports a failure, or is no transcript.
    """
    wanted = str(call.body.get("response_format") or "json")
    tree = parse_json(reply.body) if _looks_like_json(reply) else None
    if isinstance(tree, Mapping):
        return _from_json(target, reply, tree)
    if errors.is_html(reply) or (wanted not in _TEXT_FORMATS and not _is_text(reply)):
        raise errors.unreadable(target, reply)
    text = reply.body.decode("utf-8", "replace")
    return Verbatim(
        body=reply.body,
        content_type=reply.headers.get("content-type", "text/plain; charset=utf-8"),
        text=_spoken(text, wanted),
    )


def _from_json(target: Target, reply: Reply, tree: Mapping[str, Any]) -> Verbatim:
    if failure := errors.reported_failure(target, tree):
        raise failure
    usage = tree.get("usage")
    text = tree.get("text")
    return Verbatim(
        body=reply.body,
        content_type=reply.headers.get("content-type", "application/json"),
        usage=read_usage(usage, target.channel_type),
        text=text if isinstance(text, str) else "",
        seconds=seconds_of(usage) or seconds_of({"seconds": tree.get("duration")}),
    )


def _looks_like_json(reply: Reply) -> bool:
    return reply.body.lstrip().startswith(b"{")


def _is_text(reply: Reply) -> bool:
    return reply.content_type.startswith("text/")


def _spoken(text: str, wanted: str) -> str:
    """Return what was said: of subtitles the lines under each time span."""
    if wanted not in ("srt", "vtt"):
        return text.removesuffix("\n")
    cues = _CUE.split(text.replace("\r\n", "\n"))[1:]
    return "\n".join(cue.strip("\n").split("\n\n", 1)[0] for cue in cues)
