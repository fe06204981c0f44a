from typing import Any

import pytest

from oneapi.lib.typed_text import (
    BOOLEAN,
    COMMA_LIST,
    INTEGER,
    JSON,
    NUMBER,
    NUMBER_MAP,
    Kind,
    at_most_characters,
    between,
    one_of,
)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (BOOLEAN, "true", True),
        (BOOLEAN, "false", False),
        (INTEGER, " 12 ", 12),
        (INTEGER, "-5", -5),
        (NUMBER, "0.5", 0.5),
        (NUMBER, "500000", 500000.0),
        (NUMBER_MAP, '{"a": 1, "b": 0.5}', {"a": 1, "b": 0.5}),
        (COMMA_LIST, "a.com, b.com,,", ("a.com", "b.com")),
        (JSON, "[1]", [1]),
    ],
)
def test_each_kind_reads_its_texts(kind: Kind, text: str, value: Any) -> None:
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (BOOLEAN, "True"),
        (BOOLEAN, "1"),
        (INTEGER, "1.5"),
        (INTEGER, ""),
        (INTEGER, "9223372036854775808"),
        (NUMBER, "nan"),
        (NUMBER, "inf"),
        (NUMBER_MAP, "[1]"),
        (NUMBER_MAP, '{"a": "1"}'),
        (NUMBER_MAP, '{"a": true}'),
        (NUMBER_MAP, "{broken"),
        (JSON, ""),
    ],
)
def test_a_text_of_the_wrong_form_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        kind.parse(text)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (BOOLEAN, True, "true"),
        (NUMBER, 500000.0, "500000"),
        (NUMBER, 0.25, "0.25"),
        (NUMBER_MAP, {"a": 1}, '{"a":1}'),
        (COMMA_LIST, ("a", "b"), "a,b"),
    ],
)
def test_values_are_written_as_they_would_be_typed(kind: Kind, value: Any, text: str) -> None:
    assert kind.dump(value) == text


def test_checks_hold_at_their_edges() -> None:
    assert between(0, 10)(0)
    assert between(0, 10)(10)
    assert not between(0, 10)(11)
    assert one_of("a", "b")("b")
    assert not one_of("a", "b")("c")
    assert at_most_characters(2)("中文")
    assert not at_most_characters(2)("abc")
