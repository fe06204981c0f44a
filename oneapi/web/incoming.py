"""Reads what a management request sends: JSON bodies, ids in paths, filters in queries."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from oneapi.errors import Refusal

MIB = 1024 * 1024

_LARGEST_ID = 2**63 - 1


def json_object(*, limit_bytes: int = MIB) -> dict[str, Any]:
    """Return the body, a JSON object whatever content type it claims.

    Raises:
        Refusal: ``invalid_parameter`` for anything else, ``body_too_large``.
    """
    request.max_content_length = limit_bytes
    try:
        raw = request.get_data(cache=True, parse_form_data=False)
    except RequestEntityTooLarge as error:
        raise Refusal("body_too_large", limit_mib=limit_bytes // MIB) from error
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal("invalid_parameter") from error
    if not isinstance(body, dict):
        raise Refusal("invalid_parameter")
    return body


def row_id(text: str) -> int:
    """Return the id that a path names.

    Raises:
        Refusal: ``id_missing`` for 0, ``invalid_parameter`` for what is no id.
    """
    number = _whole_number(text)
    if number is None:
        raise Refusal("invalid_parameter", param="id")
    if number == 0:
        raise Refusal("id_missing")
    return number


def keyword() -> str:
    """Return the search word; empty when none was sent."""
    return request.args.get("keyword", "")


def number_filter(name: str, allowed: Iterable[int] | None = None) -> int | None:
    """Return a number that narrows a list; ``None`` when it is not sent or empty.

    Raises:
        Refusal: ``invalid_parameter`` for anything but one of the allowed numbers.
    """
    text = request.args.get(name, "")
    if not text:
        return None
    number = _whole_number(text)
    if number is None or (allowed is not None and number not in set(allowed)):
        raise Refusal("invalid_parameter", param=name)
    return number


def _whole_number(text: str) -> int | None:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        return None
    number = int(text) if len(digits) < 20 else _LARGEST_ID + 1
    return number if abs(number) <= _LARGEST_ID else None


def ids_of(body: Mapping[str, Any], *, at_most: int) -> list[int]:
    """Return the ``ids`` of a body that changes several rows at once.

    Raises:
        Refusal: ``invalid_parameter``, no list of numbers or too many of them.
    """
    ids = body.get("ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= at_most:
        raise Refusal("invalid_parameter", param="ids")
    if not all(type(number) is int and abs(number) <= _LARGEST_ID for number in ids):
        raise Refusal("invalid_parameter", param="ids")
    return ids
