"""Amounts of quota for people, as the admin UI shows them."""

from oneapi.options import Options

_STEPS = ((10**9, 10**9, "B"), (10**6, 10**6, "M"), (10_000, 1_000, "k"))
"""From which amount on, in units of what, called what."""

_SMALLEST_CENT = 0.01


def shown(quota: int, options: Options) -> str:
    """Say an amount in the display currency with cents, or in short quota units.

    Less than a cent gets up to six decimals, so that it does not look like nothing.
    """
    if not options.display_in_currency_enabled:
        return _in_units(quota)
    money = quota / options.quota_per_unit * options.currency_rate
    digits = f"{abs(money):.2f}"
    if 0 < abs(money) < _SMALLEST_CENT:
        digits = f"{abs(money):.6f}".rstrip("0").rstrip(".")
    sign = "-" if money < 0 and digits.strip("0.") else ""
    return f"{sign}{options.currency_symbol}{digits}"


def _in_units(quota: int) -> str:
    for least, unit, letter in _STEPS:
        if abs(quota) >= least:
            return f"{quota / unit:.1f}{letter}"
    return str(quota)
