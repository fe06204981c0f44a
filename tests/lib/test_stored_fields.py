from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from oneapi.lib.stored_fields import specs_of, stored, stored_off, stored_on
from oneapi.lib.typed_text import INTEGER, NUMBER_MAP, TEXT, not_negative


@dataclass(frozen=True, kw_only=True)
class Kitchen:
    """A class with fields that are stored somewhere."""

    stove: bool = stored_off("StoveEnabled", public="stove")
    light: bool = stored_on("LightEnabled")
    plates: int = stored("Plates", INTEGER, 6, not_negative)
    code: str = stored("DoorCode", TEXT, "1234", secret=True)
    prices: Mapping[str, float] = stored("Prices", NUMBER_MAP, lambda: {"tea": 1}, completed=True)
    shown: str = stored("Shown", TEXT, "effective", shown="")


SPECS = specs_of(Kitchen)


def test_fields_have_their_defaults() -> None:
    kitchen = Kitchen()

    assert (kitchen.stove, kitchen.light, kitchen.plates) == (False, True, 6)
    assert kitchen.prices == {"tea": 1}


def test_specifications_know_their_field() -> None:
    assert SPECS["Plates"].name == "plates"
    assert SPECS["StoveEnabled"].public == "stove"


def test_values_are_read_and_checked() -> None:
    assert SPECS["Plates"].read("4") == 4
    with pytest.raises(ValueError, match="allowed"):
        SPECS["Plates"].read("-4")


def test_a_stored_map_is_completed() -> None:
    assert SPECS["Prices"].read('{"cake": 3}') == {"tea": 1, "cake": 3}


def test_what_is_shown_may_differ_from_what_is_in_force() -> None:
    assert SPECS["Plates"].default_text() == "6"
    assert SPECS["Shown"].default_text() == ""


def test_secrets_are_left_out_of_the_text_form() -> None:
    assert "1234" not in repr(Kitchen())
