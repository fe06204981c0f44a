import pytest

from oneapi.notify.amounts import shown
from oneapi.options import Options


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        (500_000, "$1.00"),
        (5_000, "$0.01"),
        (1_000, "$0.002"),
        (1, "$0.000002"),
        (0, "$0.00"),
        (-1_000, "-$0.002"),
        (-750_000, "-$1.50"),
    ],
)
def test_money_has_cents_and_small_amounts_are_not_nothing(quota: int, text: str) -> None:
    assert shown(quota, Options()) == text


def test_the_display_currency_is_the_administrators() -> None:
    options = Options(currency_symbol="¥", currency_rate=7.0)

    assert shown(500_000, options) == "¥7.00"


@pytest.mark.parametrize(
    ("quota", "text"),
    [(9_999, "9999"), (10_000, "10.0k"), (2_500_000, "2.5M"), (3 * 10**9, "3.0B"), (-5, "-5")],
)
def test_units_are_short_when_no_currency_is_shown(quota: int, text: str) -> None:
    assert shown(quota, Options(display_in_currency_enabled=False)) == text
