"""Typed members of a JSON body: a missing member and null are the same, a wrong type is refused."""

from collections.abc import Mapping
from typing import Any

from oneapi.errors import Refusal

_LARGEST = 2**63 - 1


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    """Return a text member.

    Raises:
        Refusal: ``invalid_parameter``, naming the member.
    """
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal("invalid_parameter", param=name)
    return value


def optional_integer(body: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number of 64 bits.

    Raises:
        Refusal: ``invalid_parameter``, naming the member.
    """
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
        raise Refusal("invalid_parameter", param=name)
    return value


def optional_boolean(body: Mapping[str, Any], name: str) -> bool | None:
    """Return a boolean member.

    Raises:
        Refusal: ``invalid_parameter``, naming the member.
    """
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refusal("invalid_parameter", param=name)
    return value
