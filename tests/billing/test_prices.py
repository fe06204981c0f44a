"""From usage to quota; the figures are One API's where no option says else."""

import pytest

from oneapi.billing import images
from oneapi.billing.prices import FALLBACK_MODEL_RATIO, Price, PriceList
from oneapi.options import build
from oneapi.providers.catalog import default_ratios
from oneapi.wire.answers import Usage


def price(ratio: float, completion: float = 1.0, group: float = 1.0) -> Price:
    return Price(model_ratio=ratio, group_ratio=group, completion_ratio=completion)


def prices(**options: str) -> PriceList:
    return PriceList(build(options), default_ratios().completion)


@pytest.mark.parametrize(
    ("found", "prompt", "completion", "quota"),
    [
        (price(0.075, 4), 1000, 500, 225),
        (price(0.07), 100, 0, 8),  # 100 x 0.07 is a little more than 7 in doubles
        (price(0), 1000, 1000, 0),
        (price(0.0001), 1, 0, 1),
        (price(2.0), 0, 0, 0),
        (price(2.0, 3, 0.5), 10, 5, 25),
        (price(2.0, 3, 0), 10, 5, 0),
    ],
)
def test_tokens_become_quota(found: Price, prompt: int, completion: int, quota: int) -> None:
    assert found.of(Usage(prompt_tokens=prompt, completion_tokens=completion)) == quota


@pytest.mark.parametrize(
    ("ratio", "prompt", "limit", "quota"),
    [(15, 10, 100, 9150), (0.075, 10, 0, 38), (0, 10, 100, 0)],
)
def test_the_estimate_adds_the_cushion(ratio: float, prompt: int, limit: int, quota: int) -> None:
    assert price(ratio).estimate(prompt, limit, 500) == quota


def test_a_ratio_for_the_type_goes_before_the_plain_one() -> None:
    found = prices(ModelRatio='{"m": 2, "m(33)": 3}')

    assert found.price("m", 33, "default").model_ratio == 3
    assert found.price("m", 1, "default").model_ratio == 2


def test_a_model_without_a_price_costs_the_fallback() -> None:
    found = prices().price("nobody-knows-it", 1, "default")

    assert (found.model_ratio, found.known) == (FALLBACK_MODEL_RATIO, False)


def test_web_search_does_not_change_the_price() -> None:
    found = prices()

    assert found.price("qwen-max-internet", 17, "default") == found.price("qwen-max", 17, "default")


def test_a_stored_negative_ratio_charges_nothing() -> None:
    assert prices().price("openrouter/auto", 20, "default").of(Usage(prompt_tokens=10)) == 0


def test_groups_have_their_own_ratio() -> None:
    found = prices(GroupRatio='{"default": 1, "vip": 0.5}')

    assert found.price("gpt-4", 1, "vip").ratio == 7.5
    assert found.price("gpt-4", 1, "nobody").group_ratio == 1


def test_cached_tokens_cost_what_the_option_says() -> None:
    usage = Usage(prompt_tokens=1000, cached_tokens=800, completion_tokens=0)

    plain = prices(ModelRatio='{"m": 1}').price("m", 1, "default")
    cheap = prices(ModelRatio='{"m": 1}', CacheRatio='{"m": 0.1}').price("m", 1, "default")

    assert (plain.of(usage), cheap.of(usage)) == (1000, 280)


def test_reasoning_and_audio_have_factors_of_their_own() -> None:
    found = prices(
        ModelRatio='{"m": 1}',
        CompletionRatio='{"m": 2}',
        ReasoningRatio='{"m": 1.5}',
        AudioRatio='{"m": 10}',
        AudioCompletionRatio='{"m": 3}',
    ).price("m", 1, "default")

    usage = Usage(
        prompt_tokens=100,
        audio_prompt_tokens=10,
        completion_tokens=100,
        reasoning_tokens=20,
        audio_completion_tokens=10,
    )

    assert found.of(usage) == 90 + 10 * 10 + 70 * 2 + 20 * 2 * 1.5 + 10 * 10 * 3


def test_long_prompts_cost_the_tier() -> None:
    tiers = '{"m": [{"above": 1000, "input": 2, "output": 1.5}]}'
    found = prices(ModelRatio='{"m": 1}', LongContextTiers=tiers).price("m", 1, "default")

    assert found.of(Usage(prompt_tokens=1000, completion_tokens=10)) == 1010
    assert found.of(Usage(prompt_tokens=1001, completion_tokens=10)) == 2002 + 15


def test_a_fixed_price_replaces_the_tokens() -> None:
    found = prices(ModelFixedPrice='{"m": 0.01}', GroupRatio='{"default": 2}')

    assert found.price("m", 1, "default").of(Usage(prompt_tokens=5)) == 10_000


@pytest.mark.parametrize(
    ("model", "ratio", "size", "quality", "count", "quota"),
    [
        ("dall-e-3", 20, "1792x1024", "hd", 1, 60_000),
        ("dall-e-2", 10, "512x512", "", 3, 33_750),
        ("dall-e-3", 20, "1024x1024", "hd", 1, 40_000),
        ("cogview-3-plus", 4.26, "999x1", "", 2, 8_520),
        ("gpt-image-1", 2.5, "1024x1024", "low", 1, 5_500),
        ("gpt-image-1", 2.5, "1536x1024", "high", 2, 250_000),
        ("gpt-image-1", 5.0, "1024x1024", "medium", 1, 42_000),
        ("gpt-image-1-mini", 1.0, "1024x1536", "medium", 1, 7_500),
        ("gpt-image-1.5-2025-12-16", 2.5, "1024x1024", "medium", 1, 17_000),
        ("gpt-image-1", 2.5, "auto", "auto", 1, 83_500),
        ("gpt-image-1", 2.5, "2048x2048", "low", 1, 22_000),
        ("gpt-image-1", 2.5, "16x16", "low", 1, 5_500),
    ],
)
def test_images_cost_by_size_and_quality(  # noqa: PLR0913
    model: str, ratio: float, size: str, quality: str, count: int, quota: int
) -> None:
    each = images.factor(model, size, quality)

    assert images.quota_of(price(ratio), each=each, count=count) == quota
