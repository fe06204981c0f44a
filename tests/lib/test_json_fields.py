from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.lib.json_fields import optional_boolean, optional_integer, optional_text


@pytest.mark.parametrize("body", [{}, {"x": None}])
def test_null_is_the_same_as_missing(body: dict[str, Any]) -> None:
    assert optional_text(body, "x") is None
    assert optional_integer(body, "x") is None
    assert optional_boolean(body, "x") is None


def test_members_of_the_right_type_pass() -> None:
    assert optional_text({"x": ""}, "x") == ""
    assert optional_integer({"x": -1}, "x") == -1
    assert optional_boolean({"x": False}, "x") is False


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (optional_text, 5),
        (optional_integer, "5"),
        (optional_integer, 1.5),
        (optional_integer, True),
        (optional_integer, 2**63),
        (optional_boolean, "true"),
        (optional_boolean, 1),
    ],
)
def test_a_wrong_type_is_refused_by_name(read: Any, value: Any) -> None:
    with pytest.raises(Refusal) as refused:
        read({"x": value}, "x")

    assert refused.value.code == "invalid_parameter"
    assert refused.value.param == "x"
