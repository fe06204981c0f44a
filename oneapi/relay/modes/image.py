"""Image generation, edits and variations: priced per image, or by tokens where reported."""

import re
from typing import Any

from oneapi.billing import images
from oneapi.billing.prices import Price
from oneapi.errors import Refusal
from oneapi.options import Options
from oneapi.relay.modes.base import Charge, Used
from oneapi.relay.prompt import Prompt
from oneapi.wire.answers import Usage
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

DEFAULT_MODEL = "dall-e-2"
DEFAULT_SIZE = "1024x1024"

_FORM_NUMBER = re.compile("[0-9]{1,9}")

_NEED_A_PICTURE = frozenset({RelayMode.IMAGE_EDITS, RelayMode.IMAGE_VARIATIONS})


def _has_picture(call: RelayCall) -> bool:
    """Whether there is something to change: a file, or in JSON a reference to one."""
    if call.form is not None:
        return any(file.name.partition("[")[0] == "image" for file in call.form.files)
    return bool(call.body.get("image") or call.body.get("images"))


def _count(call: RelayCall) -> int:
    value: Any = call.body.get("n")
    if value in (None, ""):
        return 1
    if isinstance(value, str) and _FORM_NUMBER.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal("n_not_within_range", status=400, param="n")
    return value


def _size(call: RelayCall) -> str:
    return str(call.body.get("size") or DEFAULT_SIZE)


class ImageMode:
    """The image endpoints."""

    def checked(self, call: RelayCall) -> RelayCall:
        """Fill in the model and check that there is something to draw."""
        if not call.model:
            if call.form is not None:
                call = _with_form_model(call)
            else:
                call = call.changed({"model": DEFAULT_MODEL})
        if call.mode is not RelayMode.IMAGE_VARIATIONS and not call.body.get("prompt"):
            raise Refusal("prompt_missing", status=400, param="prompt")
        if call.mode in _NEED_A_PICTURE and not _has_picture(call):
            raise Refusal("file_missing", status=400, param="image")
        if not isinstance(call.body.get("prompt", ""), str):
            raise Refusal("invalid_image_request", status=400, param="prompt")
        if not 1 <= _count(call) <= images.MOST_IMAGES:
            raise Refusal("n_not_within_range", status=400, param="n")
        return call

    def check_for(self, call: RelayCall, model: str) -> None:
        """Check size, number and length against the model's table."""
        rule = images.rule_of(model)
        if rule.sizes and _size(call) not in rule.sizes:
            raise Refusal("size_not_supported", status=400, param="size")
        limit = rule.prompt_characters
        if limit is not None and len(str(call.body.get("prompt", ""))) > limit:
            raise Refusal("prompt_too_long", status=400, param="prompt")
        if _count(call) > rule.most:
            raise Refusal("n_not_within_range", status=400, param="n")

    def estimate(self, call: RelayCall, price: Price, prompt: Prompt, options: Options) -> int:
        """Return the price of all images that were asked for."""
        return images.quota_of(price, each=self._factor(call, prompt.model), count=_count(call))

    def charge(self, call: RelayCall, price: Price, model: str, used: Used) -> Charge:
        """Return the price by tokens where the upstream counted them, else per delivered image."""
        flat = price.fixed_usd is not None or price.image_usd is not None
        if not (used.usage.is_empty or used.estimated or flat):
            return Charge(quota=price.of(used.usage), usage=used.usage)
        count = used.images if used.images is not None else _count(call)
        quota = images.quota_of(price, each=self._factor(call, model), count=count)
        return Charge(quota=quota, usage=used.usage if not used.estimated else Usage())

    @staticmethod
    def _factor(call: RelayCall, model: str) -> float:
        return images.factor(model, _size(call), str(call.body.get("quality") or ""))


def _with_form_model(call: RelayCall) -> RelayCall:
    if call.form is None:
        return call
    form = call.form.with_field("model", DEFAULT_MODEL)
    return call.with_form(form)
