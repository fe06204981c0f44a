"""Token counts of OpenAI-shaped upstreams, in one convention.

The counters' names differ little; where they stand and what they leave out does:

- cached tokens are in ``prompt_tokens_details``, or beside the totals (DeepSeek, Mistral);
- xAI and Gemini's compatible side leave reasoning out of ``completion_tokens``;
- Mistral counts audio input beside ``prompt_tokens``;
- images and transcriptions say ``input_tokens`` and ``output_tokens``.

Sources: the API references of OpenAI, DeepSeek, Mistral and xAI.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeGuard

from oneapi.providers.catalog import ChannelType
from oneapi.providers.type_rules import Quirk
from oneapi.wire.answers import Usage

_COUNTERS: Final = (
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "input_tokens",
    "output_tokens",
)

_TOTALS: Final = frozenset(_COUNTERS)
"""A usage of nothing but these says nothing of kinds."""

_SPENT: Final = ("completion_tokens_details", "output_tokens_details")
_GIVEN: Final = (
    "prompt_tokens_details",
    "input_tokens_details",
    "input_token_details",
    "prompt_token_details",
)

_MOST: Final = 2**53


def read_usage(
    raw: Any, channel_type: ChannelType, *, whole_is_prompt: bool = False
) -> Usage | None:
    """Return the counts of a usage object; ``None`` when it counts nothing at all.

    ``whole_is_prompt``: what only a total reports is input (embeddings).
    """
    if not isinstance(raw, dict) or not any(raw.get(name) is not None for name in _COUNTERS):
        return None
    quirks = channel_type.quirks
    prompt = _count(raw, "prompt_tokens") or _count(raw, "input_tokens")
    completion = _count(raw, "completion_tokens") or _count(raw, "output_tokens")
    total = _count(raw, "total_tokens")
    if Quirk.REASONING_OUTSIDE in quirks:
        completion = max(completion, total - prompt)
    untold = total if prompt == 0 and completion == 0 else 0
    if whole_is_prompt and untold:
        prompt, untold = untold, 0
    beside = Quirk.AUDIO_BESIDE in quirks
    if raw.keys() <= _TOTALS:
        return Usage(
            prompt_tokens=prompt,
            completion_tokens=completion,
            audio_beside_prompt=beside,
            untold_tokens=untold,
        )
    spent = _details(raw, _SPENT)
    given = _details(raw, _GIVEN)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=_cached(raw, given),
        cache_write_tokens=_cache_written(raw, given),
        reasoning_tokens=_count(spent, "reasoning_tokens") or _count(raw, "reasoning_tokens"),
        audio_prompt_tokens=_count(given, "audio_tokens"),
        audio_completion_tokens=_count(spent, "audio_tokens"),
        image_tokens=_count(given, "image_tokens"),
        audio_beside_prompt=beside,
        untold_tokens=untold,
    )


def merge(earlier: Mapping[str, Any], later: Any) -> Mapping[str, Any]:
    """Return the counters of both, member by member; a later ``null`` takes nothing away."""
    if not isinstance(later, dict):
        return earlier
    return {**earlier, **{name: value for name, value in later.items() if value is not None}}


def seconds_of(raw: Any) -> float | None:
    """Return the length of audio that a usage object of type ``duration`` reports."""
    value = raw.get("seconds") if isinstance(raw, dict) else None
    return float(value) if _is_number(value) and value > 0 else None


def _cached(raw: Mapping[str, Any], given: Mapping[str, Any]) -> int:
    return (
        _count(given, "cached_tokens")
        or _count(raw, "prompt_cache_hit_tokens")
        or _count(raw, "num_cached_tokens")
        or _count(raw, "cached_tokens")
    )


def _cache_written(raw: Mapping[str, Any], given: Mapping[str, Any]) -> int:
    return _count(given, "cache_write_tokens") or _count(raw, "cache_creation_input_tokens")


def _details(raw: Mapping[str, Any], names: Iterable[str]) -> Mapping[str, Any]:
    for name in names:
        value = raw.get(name)
        if isinstance(value, dict):
            return value
    return {}


def _count(counters: Mapping[str, Any], name: str) -> int:
    """Return a counter; numbers may come as ``12.0``, anything else counts nothing."""
    value = counters.get(name)
    if type(value) is int and 0 <= value < _MOST:
        return value
    return max(int(value), 0) if _is_number(value) else 0


def _is_number(value: Any) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < _MOST  # false for NaN, too
