"""All that a model wrote in an OpenAI-shaped message or delta, for counting tokens."""

from collections.abc import Iterator, Mapping
from typing import Any


def written(message: Mapping[str, Any]) -> str:
    """Return content, reasoning, refusal, calls and transcript of a message, joined."""
    return "".join(_pieces(message))


def content_text(content: Any) -> str:
    """Return the text of a content that is a string or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(_part_text(part) for part in content)


def _pieces(message: Mapping[str, Any]) -> Iterator[str]:
    yield content_text(message.get("content"))
    # Some upstreams send the same reasoning under both names: it counts once.
    yield _string(message.get("reasoning_content") or message.get("reasoning"))
    yield _string(message.get("refusal"))
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else [calls]:
        if isinstance(call, Mapping):
            yield from _call(call.get("function"))
            yield from _call(call.get("custom"))
    yield from _call(message.get("function_call"))
    audio = message.get("audio")
    if isinstance(audio, Mapping):
        yield _string(audio.get("transcript"))


def _call(function: Any) -> Iterator[str]:
    if isinstance(function, Mapping):
        yield _string(function.get("name"))
        yield _string(function.get("arguments") or function.get("input"))


def _part_text(part: Any) -> str:
    if not isinstance(part, Mapping):
        return ""
    thinking = part.get("thinking")
    if isinstance(thinking, list):
        return content_text(thinking)
    return _string(part.get("text") or part.get("refusal") or thinking)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
