import json

import pytest

from oneapi.options import SPECS, OptionChange
from oneapi.web import option_changes


def change(key: str, before: str, after: str) -> OptionChange:
    return OptionChange(spec=SPECS[key], before=before, after=after)


def test_a_long_text_is_cut() -> None:
    told = option_changes.details(change("Notice", "a" * 10_000, "b" * 10_000))

    assert told == {"option": "Notice", "before": "a" * 500, "after": "b" * 500}


def test_of_many_changed_prices_the_first_are_told() -> None:
    prices = {f"model-{number:03}": 1.0 for number in range(70)}
    told = option_changes.details(change("ModelRatio", "{}", json.dumps(prices)))

    assert told is not None
    assert list(told["after"]) == sorted(prices)[:50]
    assert told["more"] == 20


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [
        ("RetryTimes", "3", " 3"),
        ("GroupRatio", '{"a": 1, "b": 2}', '{"b": 2.0,\n"a": 1}'),
        ("SMTPToken", "same", "same"),
    ],
)
def test_another_way_to_write_the_same_is_no_change(key: str, before: str, after: str) -> None:
    assert option_changes.details(change(key, before, after)) is None


def test_what_nobody_can_read_is_told_as_it_stands() -> None:
    told = option_changes.details(change("GroupRatio", "{broken", '{"a": 1}'))

    assert told == {"option": "GroupRatio", "before": "{broken", "after": '{"a": 1}'}
