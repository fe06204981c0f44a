"""Chat, completions, edits, embeddings, moderations: priced by tokens."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oneapi.billing.prices import Price
from oneapi.errors import Refusal
from oneapi.options import Options
from oneapi.relay.modes.base import Charge, Used
from oneapi.relay.prompt import Prompt
from oneapi.wire import json_edit
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

MODERATION_MODEL = "text-moderation-stable"
"""What a moderation without a model counts as; the name that One API routes it by."""

_MOST_TOKENS = 1_073_741_823
_MOST_CHOICES = 128

_NEEDED: Mapping[RelayMode, str] = {
    RelayMode.COMPLETIONS: "prompt",
    RelayMode.MODERATIONS: "input",
    RelayMode.EDITS: "instruction",
    RelayMode.EMBEDDINGS: "input",
}
_EMPTY: tuple[object, ...] = (None, "", [])


def _refused(text: str, name: str) -> Refusal:
    return Refusal("invalid_text_request", status=400, param=name, text=text)


def _limit(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused("not_a_number", name)
    if not 0 <= value <= _MOST_TOKENS or value != int(value):
        raise _refused("out_of_range", name)
    return int(value)


def _choices(body: Mapping[str, Any]) -> int:
    value = body.get("n")
    if value is None:
        return 1
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if not whole or not 1 <= value <= _MOST_CHOICES:
        raise _refused("out_of_range", "n")
    return int(value)


class TextMode:
    """The text endpoints; one object for all of them."""

    def checked(self, call: RelayCall) -> RelayCall:
        """Check what routing and billing read; every other field is the upstream's business."""
        if call.mode is RelayMode.MODERATIONS and not call.model:
            call = _with_model(call)
        if not call.model:
            raise _refused("model_missing", "model")
        if call.mode is RelayMode.CHAT:
            self._check_messages(call)
        elif (needed := _NEEDED[call.mode]) and call.body.get(needed) in _EMPTY:
            raise _refused("field_missing", needed)
        _limit(call.body, "max_tokens")
        _limit(call.body, "max_completion_tokens")
        _choices(call.body)
        stream = call.body.get("stream")
        if stream is not None and not isinstance(stream, bool):
            raise _refused("not_a_boolean", "stream")
        return call

    @staticmethod
    def _check_messages(call: RelayCall) -> None:
        messages = call.body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise _refused("field_missing", "messages")
        for number, message in enumerate(messages):
            where = f"messages.{number}"
            if not isinstance(message, dict) or not isinstance(message.get("role"), str):
                raise _refused("not_an_object", where)
            _check_content(message.get("content"), where)

    def check_for(self, call: RelayCall, model: str) -> None:
        """Nothing depends on the model."""

    def estimate(self, call: RelayCall, price: Price, prompt: Prompt, options: Options) -> int:
        """Return prompt, limit of the answer and the operator's cushion, times the ratio."""
        limit = max(_limit(call.body, "max_tokens"), _limit(call.body, "max_completion_tokens"))
        completion = limit * _choices(call.body)
        return price.estimate(prompt.bound(), completion, options.pre_consumed_quota)

    def charge(self, call: RelayCall, price: Price, model: str, used: Used) -> Charge:
        """Return the price of the tokens."""
        return Charge(quota=price.of(used.usage), usage=used.usage, estimated=used.estimated)


def _with_model(call: RelayCall) -> RelayCall:
    """Name a model for routing and price; the bytes name none, so the upstream takes its own."""
    bare = call.changed({"model": json_edit.DROP}) if "model" in call.body else call
    return replace(bare, body={**bare.body, "model": MODERATION_MODEL})


def _check_content(content: Any, where: str) -> None:
    """Refuse what could not be read further down: parts that are no objects, URLs that are none."""
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        raise _refused("not_text_or_parts", f"{where}.content")
    for part in content:
        name = f"{where}.content"
        if not isinstance(part, dict):
            raise _refused("not_an_object", name)
        if part.get("type") == "image_url":
            image = part.get("image_url")
            url = image.get("url") if isinstance(image, dict) else image
            if not isinstance(url, str):
                raise _refused("image_without_url", name)
