"""Which part of a range is read from the sums of whole hours, and which from log rows.  Pure.

The roll-up ``oneapi_usage_hourly`` is complete from some hour on; what is older, and what is no
whole hour at either end, only the log rows tell.
"""

from dataclasses import dataclass
from typing import Final

HOUR_S: Final = 3600
_OPEN: Final = 0


@dataclass(frozen=True, slots=True)
class Range:
    """Seconds from ``start_s`` to ``end_s``, both included; an end of 0 is open."""

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Parts:
    """A range, taken apart."""

    hours: Range | None
    """Whole hours that the roll-up knows."""

    rows: tuple[Range, ...]
    """What is left for the log rows."""


def split(wanted: Range, complete_from: int | None) -> Parts:
    """Take a range apart; ``complete_from`` is the first hour of a complete roll-up, if any is."""
    if complete_from is None:
        return Parts(None, (wanted,))
    first = max(hour_from(wanted.start_s), complete_from)
    edges = [Range(wanted.start_s, first - 1)] if wanted.start_s < first else []
    if wanted.end_s == _OPEN:
        return Parts(Range(first, _OPEN), tuple(edges))
    behind = hour_of(wanted.end_s + 1)
    if behind <= first:
        return Parts(None, (wanted,))
    if behind <= wanted.end_s:
        edges.append(Range(behind, wanted.end_s))
    return Parts(Range(first, behind - 1), tuple(edges))


def hour_of(time_s: int) -> int:
    """Return when the hour of a time began."""
    return time_s // HOUR_S * HOUR_S


def hour_from(time_s: int) -> int:
    """Return the first hour that begins at a time or behind it."""
    return -(-time_s // HOUR_S) * HOUR_S
