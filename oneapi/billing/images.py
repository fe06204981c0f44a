"""What images cost: limits and size factors by model.  Pure.

A charge is ``int(ratio x factor x 1000)`` per image, as One API does; its tables, except that
DALL-E 2 keeps One API's factors on the ratio of the price list.  Sources: One API's image
tables; OpenAI's image guide for sizes.
"""

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
    found = rule_of(model).sizes.get(size, 1.0)
    if model == "dall-e-3" and quality == "hd":
        found *= 2.0 if size == "1024x1024" else 1.5
    return found


def quota_of(price: Price, *, each: float, count: int) -> int:
    """Return the quota for ``count`` images of one factor; a price per image goes first."""
    if price.fixed_usd is not None:
        return price.of_usd(price.fixed_usd)
    if price.image_usd is not None:
        return price.of_usd(price.image_usd * count)
    return max(int(price.ratio * each * 1000), 0) * count
