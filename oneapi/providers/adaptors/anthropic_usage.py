"""Claude's token counts in the gateway's one convention.

Source: https://platform.claude.com/docs/en/api/messages (usage, prompt caching), read 2025-11.
"""

from collections.abc import Mapping
from typing import Any

from oneapi.wire.answers import Usage


def read_usage(counts: Mapping[str, Any]) -> Usage | None:
    """Read ``usage``; ``None`` where it counts nothing.

    What was read from a cache and what was written to one stand beside the input; here they are
    inside.  Thinking is part of the output.
    """
    read = _count(counts, "cache_read_input_tokens")
    five_minutes = _count(counts.get("cache_creation"), "ephemeral_5m_input_tokens")
    hour = _count(counts.get("cache_creation"), "ephemeral_1h_input_tokens")
    written = _count(counts, "cache_creation_input_tokens") or five_minutes + hour
    usage = Usage(
        prompt_tokens=_count(counts, "input_tokens") + written + read,
        completion_tokens=_count(counts, "output_tokens"),
        cached_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=hour,
        reasoning_tokens=_count(counts.get("output_tokens_details"), "thinking_tokens"),
    )
    return None if usage.is_empty else usage


def _count(counts: Any, name: str) -> int:
    value = counts.get(name) if isinstance(counts, Mapping) else None
    return value if isinstance(value, int) and value > 0 else 0
