"""Gemini's token counts in the gateway's one convention.

Source: https://ai.google.dev/api/generate-content#UsageMetadata, read 2025-11.
"""

from collections.abc import Mapping
from typing import Any

from oneapi.wire.answers import Usage


def read_usage(answer: Mapping[str, Any]) -> Usage | None:
    """Read ``usageMetadata``; ``None`` where it counts nothing.

    Thoughts stand beside the candidates' tokens, and what tools of the provider read stands
    beside the prompt's; here they are inside.  Sound and pictures that came from a cache are
    priced as cached, so they are left out of those two counters.
    """
    counts = answer.get("usageMetadata")
    if not isinstance(counts, Mapping):
        return None
    thoughts = _count(counts, "thoughtsTokenCount")
    usage = Usage(
        prompt_tokens=_count(counts, "promptTokenCount")
        + _count(counts, "toolUsePromptTokenCount"),
        completion_tokens=_count(counts, "candidatesTokenCount") + thoughts,
        cached_tokens=_count(counts, "cachedContentTokenCount"),
        reasoning_tokens=thoughts,
        audio_prompt_tokens=_fresh(counts, "AUDIO"),
        audio_completion_tokens=_modality(counts, "candidatesTokensDetails", "AUDIO"),
        image_tokens=_fresh(counts, "IMAGE"),
    )
    return None if usage.is_empty else usage


def _fresh(counts: Mapping[str, Any], modality: str) -> int:
    read = _modality(counts, "promptTokensDetails", modality)
    return max(read - _modality(counts, "cacheTokensDetails", modality), 0)


def _modality(counts: Mapping[str, Any], name: str, modality: str) -> int:
    details = counts.get(name)
    return sum(
        _count(entry, "tokenCount")
        for entry in (details if isinstance(details, list) else [])
        if isinstance(entry, Mapping) and entry.get("modality") == modality
    )


def _count(counts: Mapping[str, Any], name: str) -> int:
    value = counts.get(name)
    return value if isinstance(value, int) and value > 0 else 0
