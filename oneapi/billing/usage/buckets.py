"""Hours, days and weeks of a time zone: which one a time belongs to, in SQL too.  Pure.

A range is cut where the zone's distance from UTC changes, so that within a piece plain arithmetic
tells the bucket on every database.  Weeks begin on Monday.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, literal_column

from oneapi.billing.usage.ranges import HOUR_S, Range

DAY_S: Final = 24 * HOUR_S
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a clock on the wall, of whatever zone


class Granularity(StrEnum):
    """How long a bucket is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


_SIZE_S: Final = {
    Granularity.HOUR: HOUR_S,
    Granularity.DAY: DAY_S,
    Granularity.WEEK: 7 * DAY_S,
}
_SHIFT_S: Final = {Granularity.HOUR: 0, Granularity.DAY: 0, Granularity.WEEK: 3 * DAY_S}
"""The epoch was a Thursday: three days into its week."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A range in which the zone keeps its distance from UTC."""

    range: Range
    offset_s: int
    granularity: Granularity
    zone: tzinfo

    @property
    def fits_hours(self) -> bool:
        """Whether a whole hour of UTC always lies in one bucket."""
        return self.offset_s % HOUR_S == 0

    def number_of(self, time: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the SQL for the number of a time's bucket."""
        # Written out: PostgreSQL takes two parameters for two expressions when it groups.
        moved = time + _number(self.offset_s + _SHIFT_S[self.granularity])
        return moved // _number(_SIZE_S[self.granularity])

    def start_of(self, number: int) -> int:
        """Return when a bucket begins; it may be before the piece does."""
        local_s = number * _SIZE_S[self.granularity] - _SHIFT_S[self.granularity]
        if self.granularity is Granularity.HOUR:
            return local_s - self.offset_s
        midnight = _EPOCH + timedelta(seconds=local_s)
        return int(midnight.replace(tzinfo=self.zone).timestamp())


def pieces(wanted: Range, granularity: Granularity, zone: tzinfo) -> Iterator[Piece]:
    """Cut a range where the zone's clocks are changed."""
    start_s = wanted.start_s
    while start_s <= wanted.end_s:
        offset_s = _offset(start_s, zone)
        end_s = _last_like(start_s, wanted.end_s, zone)
        yield Piece(Range(start_s, end_s), offset_s, granularity, zone)
        start_s = end_s + 1


def _last_like(start_s: int, end_s: int, zone: tzinfo) -> int:
    """Return the last second up to which clocks are not changed."""
    offset_s = _offset(start_s, zone)
    same = start_s
    while same < end_s:
        further = min(same + DAY_S, end_s)
        if _offset(further, zone) != offset_s:
            return _last_before(same, further, zone)
        same = further
    return end_s


def _last_before(same: int, other: int, zone: tzinfo) -> int:
    """Halve until only the change lies between the two."""
    offset_s = _offset(same, zone)
    while other - same > 1:
        middle = (same + other) // 2
        if _offset(middle, zone) == offset_s:
            same = middle
        else:
            other = middle
    return same


def _offset(time_s: int, zone: tzinfo) -> int:
    distance = datetime.fromtimestamp(time_s, UTC).astimezone(zone).utcoffset()
    return int((distance or timedelta()).total_seconds())


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(value), BigInteger)
