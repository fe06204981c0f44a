"""Gemini's answers: candidates made of parts, whole or in pieces.

A stream brings objects of the same form as a whole answer, each with the next parts, so one
reader serves both.  Differences from OpenAI:

- a call comes whole, in one part, and the finish reason of an answer that calls is ``STOP``;
- thoughts are text parts with a mark; signatures of thoughts stand on any kind of part;
- parts of tools that Google runs itself (code, its result) lie between the text parts;
- nothing says that a stream has ended but the candidates' finish reasons;
- a refused prompt is a success without candidates.

Source: https://ai.google.dev/api/generate-content, read 2025-11.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from oneapi.errors import UpstreamError
from oneapi.lib.sse import Event
from oneapi.providers.adaptors.gemini_errors import parse, raise_failure
from oneapi.providers.adaptors.gemini_usage import read_usage
from oneapi.providers.contract import Target
from oneapi.providers.errors import PromptBlocked
from oneapi.wire.answers import Chunk, Conversation, Usage

logger = logging.getLogger(__name__)

FILTERED: Final = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "LANGUAGE",
        "MODEL_ARMOR",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    }
)
"""Finish reasons by which Google withholds an answer."""

_FINISH_REASONS: Final = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(FILTERED, "content_filter"),
}
"""Others (a malformed call, ``OTHER``) are logged and count as ``stop``."""


@dataclass(slots=True)
class _Candidate:
    """What must be remembered of one choice between two events."""

    index: int
    calls: int = 0
    text: list[str] = field(default_factory=list)
    signature: str = ""
    grounding: Mapping[str, Any] = field(default_factory=dict)
    finished: bool = False


class AnswerReader:
    """Reads one answer, piece by piece; fits ``contract.StreamReader``."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._candidates: dict[int, _Candidate] = {}
        self._named = False
        self._usage: Usage | None = None

    @property
    def finished(self) -> bool:
        """Whether every candidate that was begun has given its finish reason."""
        return bool(self._candidates) and all(c.finished for c in self._candidates.values())

    def feed(self, event: Event) -> Iterable[Chunk]:
        """Return what one event of a stream says."""
        # Google sends none; servers that imitate it may.
        return [] if event.data == b"[DONE]" else self.read(parse(self._target, event.data))

    def read(self, answer: Any) -> list[Chunk]:
        """Return what one object says.

        Raises:
            UpstreamError: it is an error, or the prompt was blocked.
        """
        raise_failure(self._target, answer)
        candidates = [c for c in _list(answer, "candidates") if isinstance(c, Mapping)]
        feedback = _object(answer, "promptFeedback")
        if not candidates and (reason := feedback.get("blockReason")):
            raise PromptBlocked(str(reason), read_usage(answer))
        chunks = [
            chunk
            for position, given in enumerate(candidates)
            for chunk in self._read_candidate(position, given)
        ]
        # Counts before the end cover the prompt only, or a part of the answer: a stream that
        # breaks is better estimated than billed by them.
        self._usage = read_usage(answer) or self._usage
        if self.finished and self._usage is not None:
            chunks = chunks or [Chunk()]
            chunks[-1].usage = self._usage
        if chunks and not self._named and isinstance(answer.get("responseId"), str):
            chunks[0].response_id = answer["responseId"]
            self._named = True
        return chunks

    def close(self) -> list[Chunk]:
        """Return what is missing when the whole answer has been read.

        Raises:
            UpstreamError: there was no candidate.
        """
        if not self._candidates:
            raise UpstreamError("the upstream gave no answer", status=502, code="empty_answer")
        unfinished = [c for c in self._candidates.values() if not c.finished]
        chunks = [chunk for candidate in unfinished for chunk in _finish(candidate, "STOP")]
        if chunks:
            chunks[-1].usage = self._usage
        return chunks

    def _read_candidate(self, position: int, given: Mapping[str, Any]) -> Iterator[Chunk]:
        index = given.get("index")
        index = index if isinstance(index, int) else position
        candidate = self._candidates.setdefault(index, _Candidate(index))
        for part in _list(_object(given, "content"), "parts"):
            delta = _delta(candidate, part) if isinstance(part, Mapping) else {}
            if delta:
                yield Chunk(index=index, delta=delta)
        candidate.grounding = _object(given, "groundingMetadata") or candidate.grounding
        reason = given.get("finishReason")
        if isinstance(reason, str) and not candidate.finished:
            yield from _finish(candidate, reason)


def read_answer(target: Target, body: bytes) -> Conversation:
    """Read a whole answer: one object, or the list of objects that a stream without SSE is.

    Raises:
        UpstreamError: it is an error, cannot be read, has no candidates, or was blocked.
    """
    parsed = parse(target, body)
    reader = AnswerReader(target)
    answers = parsed if isinstance(parsed, list) else [parsed]
    chunks = [chunk for answer in answers for chunk in reader.read(answer)]
    return Conversation([*chunks, *reader.close()])


def image_url_of(part: Mapping[str, Any]) -> str:
    """Return the picture of a part as a data URL; empty where the part holds none."""
    inline = _object(part, "inlineData")
    media_type, data = inline.get("mimeType"), inline.get("data")
    is_image = isinstance(media_type, str) and media_type.startswith("image/")
    return f"data:{media_type};base64,{data}" if is_image and isinstance(data, str) else ""


def _delta(candidate: _Candidate, part: Mapping[str, Any]) -> dict[str, Any]:
    """Return OpenAI's form of a part; empty where it holds nothing for the client."""
    signature = part.get("thoughtSignature")
    call = part.get("functionCall")
    if isinstance(call, Mapping):
        return {"tool_calls": [_tool_call(candidate, call, signature)]}
    if isinstance(signature, str) and signature:
        candidate.signature = signature
    text, is_thought = part.get("text"), part.get("thought") is True
    if isinstance(text, str) and text:
        if is_thought:
            return {"reasoning_content": text}
        candidate.text.append(text)
        return {"content": text}
    if not is_thought and (url := image_url_of(part)):
        return {"images": [{"type": "image_url", "image_url": {"url": url}}]}
    return {}


def _tool_call(candidate: _Candidate, call: Mapping[str, Any], signature: Any) -> dict[str, Any]:
    arguments = orjson.dumps(_object(call, "args")).decode()
    opened: dict[str, Any] = {
        "index": candidate.calls,
        "id": call.get("id") or f"call_{secrets.token_hex(12)}",
        "type": "function",
        "function": {"name": call.get("name") or "", "arguments": arguments},
    }
    if isinstance(signature, str) and signature:
        opened["extra_content"] = _signed(signature)
    candidate.calls += 1
    return opened


def _finish(candidate: _Candidate, reason: str) -> Iterator[Chunk]:
    index = candidate.index
    candidate.finished = True
    if annotations := list(_citations(candidate)):
        yield Chunk(index=index, delta={"annotations": annotations})
    if candidate.signature:
        yield Chunk(index=index, delta={"extra_content": _signed(candidate.signature)})
    if reason not in _FINISH_REASONS:
        logger.warning("unusual finish reason", extra={"finish_reason": reason})
    finish_reason = _FINISH_REASONS.get(reason, "stop")
    if finish_reason == "stop" and candidate.calls:
        finish_reason = "tool_calls"
    yield Chunk(index=index, finish_reason=finish_reason)


def _citations(candidate: _Candidate) -> Iterator[dict[str, Any]]:
    """Return a citation per place in the text that a web page supports.

    Google counts places in bytes of a part and quotes them too; the quote is what finds them
    again in a text that may have come in many pieces.
    """
    text = "".join(candidate.text)
    supports = _list(candidate.grounding, "groundingSupports")
    for number, source in enumerate(_list(candidate.grounding, "groundingChunks")):
        web = _object(source, "web")
        if not isinstance(web.get("uri"), str):
            continue
        quotes = [
            str(_object(support, "segment").get("text") or "")
            for support in supports
            if number in _list(support, "groundingChunkIndices")
        ]
        for quote in quotes or [""]:
            start = text.find(quote)
            cited = {
                "start_index": max(start, 0),
                "end_index": start + len(quote) if start >= 0 else 0,
                "url": web["uri"],
                "title": web.get("title") or "",
            }
            yield {"type": "url_citation", "url_citation": cited}


def _signed(signature: str) -> dict[str, Any]:
    return {"google": {"thought_signature": signature}}


def _object(parent: Any, name: str) -> Mapping[str, Any]:
    value = parent.get(name) if isinstance(parent, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _list(parent: Any, name: str) -> list[Any]:
    value = parent.get(name) if isinstance(parent, Mapping) else None
    return value if isinstance(value, list) else []
