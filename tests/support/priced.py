"""Prices, calls and used amounts as the tests of modes need them."""

from typing import Any

from oneapi.billing.prices import Price
from oneapi.options import Options
from oneapi.relay.modes.base import Used
from oneapi.relay.prompt import Prompt
from oneapi.wire.answers import Usage
from oneapi.wire.calls import RelayCall
from oneapi.wire.forms import Form, FormFile
from oneapi.wire.modes import RelayMode

OPTIONS = Options()


def price(ratio: float = 1.0, *, group: float = 1.0, completion: float = 1.0, **flat: Any) -> Price:
    return Price(model_ratio=ratio, group_ratio=group, completion_ratio=completion, **flat)


def call_of(mode: RelayMode, **body: Any) -> RelayCall:
    return RelayCall(mode=mode, body=body)


def form_call(mode: RelayMode, *files: str, **fields: str) -> RelayCall:
    """Return a call whose body is a form with files of these names."""
    uploads = tuple(FormFile(name, "a.bin", "application/octet-stream", b"x") for name in files)
    return RelayCall(mode=mode, body=fields, form=Form(tuple(fields.items()), uploads))


def prompt_of(call: RelayCall, model: str = "gpt-4o-mini") -> Prompt:
    return Prompt(call, model, OPTIONS)


def used(prompt: int = 0, completion: int = 0, **more: Any) -> Used:
    usage = Usage(prompt_tokens=prompt, completion_tokens=completion)
    return Used(usage=usage, **more)
