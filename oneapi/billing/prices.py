"""From usage to quota: ratios, prices by token kind, flat prices.  Pure.

Ratio 1.0 is one quota unit per prompt token.  The order of the multiplications is One API's and
part of the result: doubles make it visible, and rounding up shows the last bit.

Sources: One API's ratio tables and rules; OpenAI's usage object for the token kinds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oneapi.billing.completion_rules import completion_ratio_by_name
from oneapi.options import Options
from oneapi.wire.answers import Usage

FALLBACK_MODEL_RATIO = 30.0
"""What a model without a price costs; One API's value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRatios:
    """Factors of single token kinds on the model ratio; all neutral unless an option says else."""

    cached: float = 1.0
    cache_write: float = 1.0
    cache_write_1h: float = 1.0
    audio: float = 1.0
    audio_completion: float | None = None
    """On top of ``audio``; ``None`` takes the completion ratio."""

    image: float = 1.0
    reasoning: float = 1.0
    tiers: tuple["Tier", ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    """Dearer prices for prompts longer than ``above`` tokens."""

    above: int
    input_factor: float = 1.0
    output_factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one model costs one group."""

    model_ratio: float
    group_ratio: float
    completion_ratio: float
    known: bool = True
    """Whether anybody ever set this model's ratio; the fallback applies otherwise."""

    kinds: KindRatios | None = None
    """Only for models that some kind option names; ``None`` keeps One API's own sum."""

    fixed_usd: float | None = None
    image_usd: float | None = None
    second_usd: float | None = None
    million_chars_usd: float | None = None
    quota_per_unit: float = 500000.0

    @property
    def ratio(self) -> float:
        """Model and group ratio, multiplied first as One API does."""
        return self.model_ratio * self.group_ratio

    @property
    def is_free(self) -> bool:
        """Whether no call with this price can cost anything."""
        flat = (self.fixed_usd, self.image_usd, self.second_usd, self.million_chars_usd)
        return self.ratio == 0 and all(not price for price in flat)

    def of(self, usage: Usage) -> int:
        """Return whole quota units for a text call, rounded up once.

        At least 1 when the ratio is not 0 and any token was used; 0 when none was.
        """
        if self.fixed_usd is not None:
            return self.of_usd(self.fixed_usd)
        if usage.is_empty and not usage.audio_prompt_tokens:
            return 0
        if self.kinds is None:
            tokens = usage.prompt_tokens + usage.completion_tokens * self.completion_ratio
        else:
            tokens = self._units(usage, self.kinds)
        quota = math.ceil(tokens * self.ratio)
        return 1 if self.ratio != 0 and quota <= 0 else max(quota, 0)

    def of_usd(self, usd: float) -> int:
        """Return quota for a price in dollars; the group's ratio applies here too."""
        return max(math.ceil(usd * self.quota_per_unit * self.group_ratio), 0)

    def estimate(self, prompt_tokens: int, completion_tokens: int, cushion: int) -> int:
        """Return what a call may cost at most: ``cushion`` is the operator's ``PreConsumedQuota``.

        Completion tokens count without their ratio, as in One API.
        """
        if self.fixed_usd is not None:
            return self.of_usd(self.fixed_usd)
        return max(int((cushion + prompt_tokens + completion_tokens) * self.ratio), 0)

    def _units(self, usage: Usage, kinds: KindRatios) -> float:
        completion = self.completion_ratio
        audio_out = kinds.audio_completion if kinds.audio_completion is not None else completion
        inside = 0 if usage.audio_beside_prompt else usage.audio_prompt_tokens
        write_5m = max(usage.cache_write_tokens - usage.cache_write_1h_tokens, 0)
        text_in = usage.prompt_tokens - usage.cached_tokens - usage.cache_write_tokens
        text_in = max(text_in - inside - usage.image_tokens, 0)
        text_out = usage.completion_tokens - usage.audio_completion_tokens - usage.reasoning_tokens
        text_out = max(text_out, 0)
        units_in = (
            text_in
            + usage.cached_tokens * kinds.cached
            + write_5m * kinds.cache_write
            + usage.cache_write_1h_tokens * kinds.cache_write_1h
            + usage.audio_prompt_tokens * kinds.audio
            + usage.image_tokens * kinds.image
        )
        units_out = (
            text_out * completion
            + usage.reasoning_tokens * completion * kinds.reasoning
            + usage.audio_completion_tokens * kinds.audio * audio_out
        )
        tier = _tier_for(kinds.tiers, usage.prompt_tokens)
        return units_in * tier.input_factor + units_out * tier.output_factor


def _tier_for(tiers: tuple[Tier, ...], prompt_tokens: int) -> Tier:
    passed = [tier for tier in tiers if prompt_tokens > tier.above]
    return max(passed, key=lambda tier: tier.above) if passed else Tier(0)


@dataclass(frozen=True, slots=True)
class PriceList:
    """Every price of one state of the options; built with the snapshot."""

    options: Options
    default_completion: Mapping[str, float] = field(default_factory=dict)

    def price(self, model: str, channel_type: int, group: str) -> Price:
        """Return the price of the actual model on a channel type for a group.

        ``name(type)`` goes before ``name``; an unknown model costs the fallback, an unknown
        group ratio 1; negative ratios count as 0.
        """
        options = self.options
        ratio = _look_up(options.model_ratios, model, channel_type, ("qwen-", "command-"))
        completion = self._completion(model, channel_type)
        return Price(
            model_ratio=max(ratio if ratio is not None else FALLBACK_MODEL_RATIO, 0.0),
            group_ratio=max(options.group_ratios.get(group, 1.0), 0.0),
            completion_ratio=max(completion, 0.0),
            known=ratio is not None,
            kinds=self._kinds(model, channel_type),
            fixed_usd=_look_up(options.model_fixed_prices, model, channel_type),
            image_usd=_look_up(options.model_image_prices, model, channel_type),
            second_usd=_look_up(options.model_second_prices, model, channel_type),
            million_chars_usd=_look_up(options.model_char_prices, model, channel_type),
            quota_per_unit=options.quota_per_unit,
        )

    def _completion(self, model: str, channel_type: int) -> float:
        configured = self.options.completion_ratios
        for name in _names(model, channel_type, ("qwen-",)):
            for table in (configured, self.default_completion):
                if name in table:
                    return table[name]
        return completion_ratio_by_name(_short(model, ("qwen-",)))

    def _kinds(self, model: str, channel_type: int) -> KindRatios | None:
        options = self.options
        tables: dict[str, Mapping[str, float]] = {
            "cached": options.cache_ratios,
            "cache_write": options.cache_write_ratios,
            "cache_write_1h": options.cache_write_1h_ratios,
            "audio": options.audio_ratios,
            "audio_completion": options.audio_completion_ratios,
            "image": options.image_token_ratios,
            "reasoning": options.reasoning_ratios,
        }
        found = {
            kind: ratio
            for kind, table in tables.items()
            if (ratio := _look_up(table, model, channel_type)) is not None
        }
        tiers = _tiers(_look_up(options.long_context_tiers, model, channel_type))
        if not found and not tiers:
            return None
        if "cache_write" in found:
            found.setdefault("cache_write_1h", found["cache_write"])
        return KindRatios(**found, tiers=tiers)


def _tiers(rows: Any) -> tuple[Tier, ...]:
    return tuple(
        Tier(int(row["above"]), float(row.get("input", 1)), float(row.get("output", 1)))
        for row in rows or ()
    )


def _look_up(
    table: Mapping[str, Any], model: str, channel_type: int, internet: tuple[str, ...] = ("qwen-",)
) -> Any:
    for name in _names(model, channel_type, internet):
        if name in table:
            return table[name]
    return None


def _names(model: str, channel_type: int, internet: tuple[str, ...]) -> tuple[str, str]:
    name = _short(model, internet)
    return f"{name}({channel_type})", name


def _short(model: str, internet: tuple[str, ...]) -> str:
    """Cut the suffix that only switches web search on."""
    if model.endswith("-internet") and model.startswith(internet):
        return model.removesuffix("-internet")
    return model
