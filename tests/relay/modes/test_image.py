from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.relay.modes.image import ImageMode
from oneapi.wire.modes import RelayMode
from tests.support.priced import OPTIONS, call_of, form_call, price, prompt_of, used

MODE = ImageMode()
PRICE = price(20.0)


def cat(**body: Any) -> Any:
    return call_of(RelayMode.IMAGES, prompt="a cat", **body)


def test_a_call_without_a_model_means_dall_e_2() -> None:
    assert MODE.checked(cat()).model == "dall-e-2"
    assert MODE.checked(form_call(RelayMode.IMAGE_EDITS, "image", prompt="x")).model == "dall-e-2"


@pytest.mark.parametrize("mode", [RelayMode.IMAGE_EDITS, RelayMode.IMAGE_VARIATIONS])
def test_what_changes_a_picture_needs_one(mode: RelayMode) -> None:
    with pytest.raises(Refusal) as refusal:
        MODE.checked(form_call(mode, "mask", prompt="x"))

    assert (refusal.value.code, refusal.value.param) == ("file_missing", "image")


@pytest.mark.parametrize("name", ["image", "image[]"])
def test_one_picture_or_several(name: str) -> None:
    call = form_call(RelayMode.IMAGE_EDITS, name, prompt="x", n="2")

    assert MODE.checked(call).model == "dall-e-2"


@pytest.mark.parametrize("count", [0, -1, 11, 1.5, True, "x", [], {}, "1" * 5000, "\u0663"])
def test_the_number_is_between_one_and_ten(count: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        MODE.checked(cat(n=count))

    assert refusal.value.code == "n_not_within_range"


@pytest.mark.parametrize("count", [None, "", 2, 2.0, "2"])
def test_a_whole_number_may_be_written_in_any_way(count: Any) -> None:
    assert MODE.checked(cat(n=count))


@pytest.mark.parametrize(
    ("model", "body", "code"),
    [
        ("dall-e-3", {"n": 2}, "n_not_within_range"),
        ("dall-e-3", {"size": "256x256"}, "size_not_supported"),
        ("wanx-v1", {"n": 5}, "n_not_within_range"),
        ("cogview-3", {"prompt": "x" * 834}, "prompt_too_long"),
    ],
)
def test_each_model_has_its_limits(model: str, body: Any, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        MODE.check_for(call_of(RelayMode.IMAGES, **{"prompt": "x", **body}), model)

    assert refusal.value.code == code


def test_lengths_are_characters_and_not_bytes() -> None:
    MODE.check_for(call_of(RelayMode.IMAGES, prompt="猫" * 1000), "dall-e-2")


def test_a_model_without_a_table_takes_any_size() -> None:
    MODE.check_for(cat(size="123x456", n=10), "cogview-3-plus")


@pytest.mark.parametrize(
    ("model", "body", "quota"),
    [
        ("dall-e-3", {}, 20_000),
        ("dall-e-3", {"quality": "hd"}, 40_000),
        ("dall-e-3", {"quality": "hd", "size": "1792x1024"}, 60_000),
        ("dall-e-2", {"n": 3, "size": "512x512"}, 67_500),
    ],
)
def test_the_estimate_is_the_price_of_what_was_asked_for(model: str, body: Any, quota: int) -> None:
    call = cat(**body)

    assert MODE.estimate(call, PRICE, prompt_of(call, model), OPTIONS) == quota


def test_only_delivered_images_are_charged() -> None:
    charge = MODE.charge(cat(n=4), PRICE, "cogview-3-plus", used(estimated=True, images=2))

    assert charge.quota == 40_000


def test_tokens_go_before_the_price_of_an_image() -> None:
    charge = MODE.charge(cat(), PRICE, "gpt-image-1", used(10, 5, images=1))

    assert (charge.quota, charge.usage.prompt_tokens) == (300, 10)


def test_a_flat_price_goes_before_tokens() -> None:
    flat = price(20.0, image_usd=0.01)

    charge = MODE.charge(cat(n=2), flat, "gpt-image-1", used(10, 5, images=2))

    assert charge.quota == 10_000


def test_an_estimated_prompt_is_no_usage() -> None:
    charge = MODE.charge(cat(), PRICE, "dall-e-3", used(4, 0, estimated=True, images=1))

    assert (charge.quota, charge.usage.prompt_tokens) == (20_000, 0)
