import pytest

from oneapi.lib.env import Env


def test_an_empty_variable_counts_as_unset() -> None:
    env = Env({"A": "", "B": "  "})

    assert env.text("A", "default") == "default"
    assert env.integer("B", 7) == 7
    assert env.number("B", 0.5) == 0.5
    assert env.maybe_flag("A") is None


def test_an_empty_variable_may_mean_something() -> None:
    env = Env({"A": " ", "B": "x "})

    assert [env.text_or_empty(name, "default") for name in "ABC"] == ["", "x", "default"]
    assert env.read == {"A", "B", "C"}


def test_blanks_around_a_value_do_not_count() -> None:
    assert Env({"A": " value "}).text("A") == "value"
    assert Env({"A": " 12 "}).integer("A", 0) == 12


@pytest.mark.parametrize("value", ["abc", "1.5", "0x10", "1e3"])
def test_what_is_no_whole_number_is_refused_by_name(value: str) -> None:
    with pytest.raises(ValueError, match="PORT must be a whole number"):
        Env({"PORT": value}).integer("PORT", 3000)


def test_a_number_below_the_least_is_refused_by_name() -> None:
    assert Env({"N": "1"}).integer("N", 5, least=1) == 1
    with pytest.raises(ValueError, match="N must be at least 1, not 0"):
        Env({"N": "0"}).integer("N", 5, least=1)


def test_what_is_no_number_is_refused_by_name() -> None:
    assert Env({"RATE": "0.8"}).number("RATE", 1.0) == 0.8
    with pytest.raises(ValueError, match="RATE must be a number"):
        Env({"RATE": "much"}).number("RATE", 1.0)


@pytest.mark.parametrize(
    ("value", "is_on"),
    [
        ("true", True),
        ("True", False),
        ("TRUE", False),
        ("false", False),
        ("1", False),
        ("yes", False),
        ("", False),
    ],
)
def test_only_true_switches_on(value: str, is_on: object) -> None:
    assert Env({"A": value}).flag("A") is is_on


@pytest.mark.parametrize(
    ("value", "is_on"), [("true", True), ("True", True), ("TRUE", True), ("1", False), ("", False)]
)
def test_some_switches_take_true_in_any_case(value: str, is_on: object) -> None:
    assert Env({"A": value}).flag_in_any_case("A") is is_on


def test_a_choice_is_one_of_those_offered() -> None:
    assert Env({}).one_of("A", "text", ("text", "json")) == "text"
    with pytest.raises(ValueError, match="A must be one of text, json, not 'xml'"):
        Env({"A": "xml"}).one_of("A", "text", ("text", "json"))


def test_every_name_that_is_asked_for_is_noted() -> None:
    env = Env({})

    env.text("A")
    env.integer("B", 0)
    env.flag("C")

    assert env.read == {"A", "B", "C"}
