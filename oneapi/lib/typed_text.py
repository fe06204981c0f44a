"""Values that are stored as text, with a type: how each kind is read and written.

A kind knows nothing of what its values mean.  Reading is strict: a text of the wrong form raises
``ValueError`` with a short reason.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

Check = Callable[[Any], bool]


class WrongForm(ValueError):
    """A text does not say a value of its kind."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one type of value is read from text and written back."""

    name: str
    parse: Callable[[str], Any]
    dump: Callable[[Any], str]


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise WrongForm("must be true or false")
    return text == "true"


def _integer(text: str) -> int:
    number = int(text.strip())
    if not -(2**63) <= number < 2**63:
        raise WrongForm("does not fit into 64 bits")
    return number


def _number(text: str) -> float:
    number = float(text.strip())
    if not math.isfinite(number):
        raise WrongForm("must be finite")
    return number


def _number_map(text: str) -> Mapping[str, float]:
    tree = _json(text)
    if not isinstance(tree, dict):
        raise WrongForm("must be a JSON object")
    for name, value in tree.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongForm(f"the value of {name!r} must be a number")
    return tree


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise WrongForm(f"is not JSON: {error}") from error


def _comma_list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _dump_number(number: float) -> str:
    """Write whole numbers without a fraction, as they were typed."""
    return str(int(number)) if number == int(number) else repr(number)


def _dump_json(tree: Any) -> str:
    return orjson.dumps(tree).decode()


TEXT = Kind("text", str, str)
BOOLEAN = Kind("boolean", _boolean, lambda value: "true" if value else "false")
INTEGER = Kind("integer", _integer, str)
NUMBER = Kind("number", _number, _dump_number)
NUMBER_MAP = Kind("object of numbers", _number_map, _dump_json)
JSON = Kind("JSON", _json, _dump_json)
COMMA_LIST = Kind("comma list", _comma_list, ",".join)


def anything(_value: Any) -> bool:
    """Let every value pass."""
    return True


def above_zero(value: float) -> bool:
    """Let positive numbers pass."""
    return value > 0


def not_negative(value: float) -> bool:
    """Let 0 and positive numbers pass."""
    return value >= 0


def between(low: float, high: float) -> Check:
    """Let numbers from ``low`` to ``high`` pass, both included."""
    return lambda value: bool(low <= value <= high)


def one_of(*allowed: str) -> Check:
    """Let the named words pass."""
    return lambda value: value in allowed


def at_most_characters(length: int) -> Check:
    """Let texts of this length pass."""
    return lambda value: len(value) <= length
