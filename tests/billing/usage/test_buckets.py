from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, literal_column, select

from oneapi.billing.usage.buckets import DAY_S, Granularity, Piece, pieces
from oneapi.billing.usage.ranges import HOUR_S, Range

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
SPRING = int(datetime(2025, 3, 30, 1, tzinfo=UTC).timestamp())
"""At this second clocks in Berlin were set from two to three."""


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def starts(piece: Piece, *times: int) -> list[int]:
    """Work a time's bucket out as a database does."""
    with create_engine("sqlite://").connect() as connection:
        numbers = [
            connection.scalar(select(piece.number_of(literal_column(str(time))))) for time in times
        ]
    return [piece.start_of(int(number or 0)) for number in numbers]


def only_piece(granularity: Granularity, zone: ZoneInfo, time: int) -> Piece:
    (piece,) = pieces(Range(time, time), granularity, zone)
    return piece


def test_a_range_is_cut_where_clocks_are_changed() -> None:
    cut = list(pieces(Range(SPRING - 5 * DAY_S, SPRING + 90), Granularity.DAY, BERLIN))

    assert [(piece.range, piece.offset_s) for piece in cut] == [
        (Range(SPRING - 5 * DAY_S, SPRING - 1), HOUR_S),
        (Range(SPRING, SPRING + 90), 2 * HOUR_S),
    ]


def test_a_range_without_a_change_stays_whole() -> None:
    wanted = Range(SPRING, SPRING + 100 * DAY_S)

    assert [piece.range for piece in pieces(wanted, Granularity.WEEK, BERLIN)] == [wanted]


def test_a_day_on_which_clocks_change_is_one_day() -> None:
    before, behind = pieces(Range(SPRING - 60, SPRING + 60), Granularity.DAY, BERLIN)

    midnight = at("2025-03-30T00:00+01:00")
    assert starts(before, SPRING - 60) == starts(behind, SPRING + 60) == [midnight]


@pytest.mark.parametrize(
    ("time", "start"),
    [
        ("2025-07-02T23:59:59+02:00", "2025-06-30T00:00+02:00"),
        ("2025-07-06T23:59:59+02:00", "2025-06-30T00:00+02:00"),
        ("2025-07-07T00:00:00+02:00", "2025-07-07T00:00+02:00"),
    ],
)
def test_weeks_begin_on_monday(time: str, start: str) -> None:
    assert starts(only_piece(Granularity.WEEK, BERLIN, at(time)), at(time)) == [at(start)]


def test_days_west_of_greenwich_begin_later() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    time = at("2025-01-05T01:00-08:00")

    assert starts(only_piece(Granularity.DAY, zone, time), time) == [at("2025-01-05T00:00-08:00")]


def test_hours_that_come_twice_are_two() -> None:
    autumn = at("2025-10-26T03:00+02:00")
    before, behind = pieces(Range(autumn - HOUR_S, autumn + 60), Granularity.HOUR, BERLIN)

    assert starts(before, autumn - 60) == [autumn - HOUR_S]
    assert starts(behind, autumn + 60) == [autumn]


def test_a_zone_with_half_an_hour_does_not_fit_into_hours_of_utc() -> None:
    piece = only_piece(Granularity.HOUR, KOLKATA, at("2025-01-01T10:45+05:30"))

    assert not piece.fits_hours
    assert starts(piece, at("2025-01-01T10:45+05:30")) == [at("2025-01-01T10:00+05:30")]
    assert only_piece(Granularity.HOUR, BERLIN, SPRING).fits_hours
