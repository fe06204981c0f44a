"""What images cost: limits and size factors by model.  Pure.

A charge is ``int(ratio x factor x 1000)`` per image, as One API does, by its tables.  OpenAI's
newer models report tokens and are charged by them; where an upstream drops that report, their
factors bring out the price list of single images.  Sources: One API's image tables; OpenAI's image
guide for sizes, its price list for images.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from oneapi.billing.prices import Price

MOST_IMAGES = 10


@dataclass(frozen=True, slots=True)
class ImageRule:
    """What one image model takes."""

    sizes: Mapping[str, float] = field(default_factory=dict)
    """Size to price factor; empty takes any size at factor 1."""

    most: int = MOST_IMAGES
    prompt_characters: int | None = None


def _plain(*sizes: str) -> dict[str, float]:
    return dict.fromkeys(sizes, 1.0)


_DIFFUSION = ImageRule(_plain("512x1024", "1024x768", "1024x1024", "576x1024", "1024x576"), 4, 4000)
_RULES: Mapping[str, ImageRule] = {
    "dall-e-2": ImageRule({"256x256": 1.0, "512x512": 1.125, "1024x1024": 1.25}, MOST_IMAGES, 1000),
    "dall-e-3": ImageRule({"1024x1024": 1.0, "1024x1792": 2.0, "1792x1024": 2.0}, 1, 4000),
    "ali-stable-diffusion-xl": _DIFFUSION,
    "ali-stable-diffusion-v1.5": _DIFFUSION,
    "wanx-v1": ImageRule(_plain("1024x1024", "720x1280", "1280x720"), 4, 4000),
    "step-1x-medium": ImageRule(
        _plain("256x256", "512x512", "768x768", "1024x1024", "1280x800", "800x1280"), 1, 4000
    ),
    "cogview-3": ImageRule({}, 1, 833),
}
_ANY = ImageRule()

RENAMED: Mapping[str, str] = {
    "ali-stable-diffusion-xl": "stable-diffusion-xl",
    "ali-stable-diffusion-v1.5": "stable-diffusion-v1.5",
}
"""Names that only exist here; the upstream knows the other."""


def rule_of(model: str) -> ImageRule:
    """Return the limits of a model (its name after mapping)."""
    return _RULES.get(model, _ANY)


def factor(model: str, size: str, quality: str) -> float:
    """Return the price factor of one image; ``hd`` counts for DALL-E 3 alone."""
    for beginning, prices in _GPT_IMAGES:
        if model.startswith(beginning):
            return _factor_by_list(prices, size, quality)
    found = rule_of(model).sizes.get(size, 1.0)
    if model == "dall-e-3" and quality == "hd":
        found *= 2.0 if size == "1024x1024" else 1.5
    return found


@dataclass(frozen=True, slots=True)
class _ListPrices:
    """Dollars of one image by quality: a square one, and one half as long again."""

    ratio: float
    """The model's default ratio, which the factor stands on."""

    low: tuple[float, float]
    medium: tuple[float, float]
    high: tuple[float, float]


_OF_1_5 = _ListPrices(2.5, (0.009, 0.013), (0.034, 0.05), (0.133, 0.2))
_GPT_IMAGES = (
    ("gpt-image-1-mini", _ListPrices(1.0, (0.005, 0.006), (0.011, 0.015), (0.036, 0.052))),
    ("gpt-image-1.5", _OF_1_5),
    ("gpt-image-1", _ListPrices(2.5, (0.011, 0.016), (0.042, 0.063), (0.167, 0.25))),
    ("gpt-image-", _OF_1_5),
    ("chatgpt-image-", _OF_1_5),
)
"""By the beginning of the name, the first that fits; newer models cost about what 1.5 does."""

_OBLONG = frozenset({"1024x1536", "1536x1024"})
_SQUARE_PIXELS = 1024 * 1024
_SIZE = re.compile("([0-9]{1,5})x([0-9]{1,5})")


def _factor_by_list(prices: _ListPrices, size: str, quality: str) -> float:
    """Return the factor; what the client leaves to the model counts as the dearest."""
    known = {"low": prices.low, "medium": prices.medium}
    square, oblong = known.get(quality, prices.high)
    usd = oblong if size in _OBLONG else square * _squares(size)
    return usd * 500 / prices.ratio


def _squares(size: str) -> float:
    """Return the area in squares of 1024 x 1024, at least one; ``auto`` is one."""
    found = _SIZE.fullmatch(size)
    return max(int(found[1]) * int(found[2]) / _SQUARE_PIXELS, 1.0) if found else 1.0


def quota_of(price: Price, *, each: float, count: int) -> int:
    """Return the quota for ``count`` images of one factor; a price per image goes first."""
    if price.fixed_usd is not None:
        return price.of_usd(price.fixed_usd)
    if price.image_usd is not None:
        return price.of_usd(price.image_usd * count)
    return max(int(price.ratio * each * 1000), 0) * count
