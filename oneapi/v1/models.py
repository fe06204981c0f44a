"""``/v1/models``: what a token can reach, in OpenAI's form."""

from typing import Any

from oneapi import snapshot
from oneapi.accounts.access import Caller
from oneapi.errors import Refusal
from oneapi.providers.catalog import model_catalog
from oneapi.wire.model_objects import model_object


def available(caller: Caller) -> list[dict[str, Any]]:
    """Return the models of live channels in the caller's group that the token allows.

    Models of the catalog come first and in its order, then the others by name.
    """
    names = {name for name in snapshot.current().models_of(caller.group) if caller.may_use(name)}
    known = [(name, owner) for name, owner in model_catalog() if name in names]
    first_owner = dict(reversed(known))
    listed = [model_object(name, first_owner[name]) for name in dict.fromkeys(n for n, _ in known)]
    return listed + [model_object(name, None) for name in sorted(names - set(first_owner))]


def one(caller: Caller, name: str) -> dict[str, Any]:
    """Return one available model.

    Raises:
        Refusal: 404 ``model_not_found``.
    """
    found = next((model for model in available(caller) if model["id"] == name), None)
    if found is None:
        raise Refusal(
            "model_not_found",
            status=404,
            error_type="invalid_request_error",
            param="model",
            model=name,
        )
    return found
