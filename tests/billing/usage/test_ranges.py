import pytest

from oneapi.billing.usage.ranges import HOUR_S, Parts, Range, hour_from, hour_of, split

TEN = 10 * HOUR_S
TWELVE = 12 * HOUR_S


def test_whole_hours_need_no_rows() -> None:
    assert split(Range(TEN, TWELVE - 1), 0) == Parts(Range(TEN, TWELVE - 1), ())


def test_both_edges_are_read_from_rows() -> None:
    assert split(Range(TEN - 5, TWELVE + 5), 0) == Parts(
        Range(TEN, TWELVE - 1), (Range(TEN - 5, TEN - 1), Range(TWELVE, TWELVE + 5))
    )


def test_an_open_end_takes_the_running_hour_too() -> None:
    assert split(Range(TEN + 1, 0), 0) == Parts(
        Range(TEN + HOUR_S, 0), (Range(TEN + 1, TEN + HOUR_S - 1),)
    )
    assert split(Range(0, 0), 0) == Parts(Range(0, 0), ())


def test_what_is_older_than_the_sums_is_read_from_rows() -> None:
    assert split(Range(0, 0), TEN) == Parts(Range(TEN, 0), (Range(0, TEN - 1),))
    assert split(Range(TEN, TWELVE - 1), TWELVE) == Parts(None, (Range(TEN, TWELVE - 1),))


@pytest.mark.parametrize("wanted", [Range(TEN, TEN), Range(TEN + 1, TEN + HOUR_S), Range(0, 7)])
def test_less_than_an_hour_is_read_from_rows(wanted: Range) -> None:
    assert split(wanted, 0) == Parts(None, (wanted,))


def test_without_sums_everything_is_read_from_rows() -> None:
    assert split(Range(0, 0), None) == Parts(None, (Range(0, 0),))


def test_hours_begin_where_clocks_in_utc_say() -> None:
    assert (hour_of(TEN), hour_of(TEN + 1), hour_of(TEN - 1)) == (TEN, TEN, TEN - HOUR_S)
    assert (hour_from(TEN), hour_from(TEN + 1)) == (TEN, TEN + HOUR_S)
