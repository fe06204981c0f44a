"""Ollama's answers: objects with a piece of a message each, the last of them ``done``.

A whole answer is one object that holds everything, so one reader serves both.  Embeddings are
an answer of their own.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md, read 2025-11.
"""

import logging
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from oneapi.lib.sse import Event
from oneapi.providers.contract import Reply, Target
from oneapi.providers.error_shapes import parse
from oneapi.providers.errors import reported_failure, unreadable
from oneapi.wire.answers import Chunk, Conversation, Embeddings, Usage

logger = logging.getLogger(__name__)

_FINISH_REASONS: Final = {"stop": "stop", "load": "stop", "unload": "stop", "length": "length"}


class AnswerReader:
    """Reads one answer, piece by piece; fits ``contract.StreamReader``."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._calls = 0
        self._done = False

    @property
    def finished(self) -> bool:
        """Whether the object that says ``done`` has come."""
        return self._done

    def feed(self, event: Event) -> list[Chunk]:
        """Return what one line of a stream says.

        Raises:
            UpstreamError: it is a failure or no JSON object.
        """
        return list(self.read(_object(self._target, Reply(200, {}, event.data))))

    def read(self, answer: Mapping[str, Any]) -> Iterator[Chunk]:
        """Return what one object says."""
        if self._done:
            return
        given = _message(answer)
        for theirs, ours in (("thinking", "reasoning_content"), ("content", "content")):
            if isinstance(text := given.get(theirs), str) and text:
                yield Chunk(delta={ours: text})
        if calls := [self._call(entry) for entry in _functions(given)]:
            yield Chunk(delta={"tool_calls": calls})
        if answer.get("done") is True:
            self._done = True
            yield Chunk(finish_reason=self._reason(answer), usage=_usage(answer))

    def _call(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        # Ollama numbers the calls of each line anew.
        index, self._calls = self._calls, self._calls + 1
        function = entry["function"]
        return {
            "index": index,
            "id": entry.get("id") or f"call_{secrets.token_hex(12)}",
            "type": "function",
            "function": {
                "name": function.get("name") or "",
                "arguments": _arguments(function.get("arguments")),
            },
        }

    def _reason(self, answer: Mapping[str, Any]) -> str:
        given = answer.get("done_reason") or "stop"
        reason = _FINISH_REASONS.get(given)
        if reason is None:
            logger.warning("unusual finish reason", extra={"finish_reason": given})
        return "tool_calls" if self._calls and reason != "length" else reason or "stop"


def read_answer(target: Target, reply: Reply) -> Conversation:
    """Read a whole answer of chat or generate.

    Raises:
        UpstreamError: it is a failure, or no answer.
    """
    answer = _object(target, reply)
    if not isinstance(answer.get("message"), Mapping) and "response" not in answer:
        raise unreadable(target, reply)
    return Conversation(list(AnswerReader(target).read({**answer, "done": True})))


def read_embeddings(target: Target, reply: Reply) -> Embeddings:
    """Read the vectors; older servers count no tokens.

    Raises:
        UpstreamError: it is a failure, or holds no vectors.
    """
    answer = _object(target, reply)
    vectors = answer.get("embeddings")
    if not isinstance(vectors, list) or not vectors:
        raise unreadable(target, reply)
    return Embeddings(vectors, _usage(answer))


def _object(target: Target, reply: Reply) -> Mapping[str, Any]:
    answer = parse(reply.body)
    if failure := reported_failure(target, answer):
        raise failure
    if not isinstance(answer, Mapping):
        raise unreadable(target, reply)
    return answer


def _message(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the message; /api/generate has none, and calls its text the response."""
    message = answer.get("message")
    if isinstance(message, Mapping):
        return message
    return {"content": answer.get("response"), "thinking": answer.get("thinking")}


def _functions(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = message.get("tool_calls")
    return [
        entry
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, Mapping) and isinstance(entry.get("function"), Mapping)
    ]


def _arguments(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    return orjson.dumps(value).decode() if isinstance(value, Mapping) else "{}"


def _usage(answer: Mapping[str, Any]) -> Usage | None:
    """Return the counts; ``None`` where there are none.

    A prompt that Ollama still had in its cache may not be counted: it stays 0 here.
    """
    prompt, completion = answer.get("prompt_eval_count"), answer.get("eval_count")
    if not isinstance(prompt, int) and not isinstance(completion, int):
        return None
    return Usage(
        prompt_tokens=prompt if isinstance(prompt, int) else 0,
        completion_tokens=completion if isinstance(completion, int) else 0,
    )
