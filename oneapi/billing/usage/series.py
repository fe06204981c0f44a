"""What was used, bucket by bucket and model by model, told apart by user, channel or token."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from oneapi.billing.usage import things
from oneapi.billing.usage.buckets import Granularity, Piece, pieces
from oneapi.billing.usage.ranges import Range, split
from oneapi.billing.usage.tables import (
    HOURS,
    ROWS,
    By,
    Only,
    Source,
    added,
    complete_from,
    sums_from,
)
from oneapi.errors import Refusal
from oneapi.logbook import Sums

MOST_POINTS: Final = 50_000
"""An answer with more of them is refused: it would fill the worker's memory."""

_Place = tuple[int, str, int]
"""Where figures belong: time, model, id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to tell; without ``by`` only the models are told apart."""

    range: Range
    granularity: Granularity
    zone: tzinfo
    by: By | None = None
    only: Sequence[Only] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one model was used for in one bucket, which begins at ``time_s``."""

    time_s: int
    model_name: str
    id: int
    """The user, channel or token; 0 for one that nobody knows, or if nobody asked."""

    sums: Sums


def points(session: Session, logs: Session, wanted: Wanted) -> list[Point]:
    """Return the points, ordered by time, model and id.

    ``logs`` is a session of the database that holds the log rows.

    Raises:
        Refusal: ``invalid_parameter``, there are too many.
    """
    found: dict[_Place, Sums] = {}
    for place, sums in _read(session, logs, wanted):
        found[place] = added(found.get(place, Sums()), sums)
        if len(found) > MOST_POINTS:
            raise Refusal("invalid_parameter", param="granularity")
    return [
        Point(time_s=place[0], model_name=place[1], id=place[2], sums=found[place])
        for place in sorted(found)
    ]


def _read(session: Session, logs: Session, wanted: Wanted) -> Iterator[tuple[_Place, Sums]]:
    known_from = complete_from(session)
    for piece in pieces(wanted.range, wanted.granularity, wanted.zone):
        parts = split(piece.range, known_from if piece.fits_hours else None)
        found = [group for part in parts.rows for group in _groups(logs, ROWS, part, piece, wanted)]
        if wanted.by is By.TOKEN:
            found = _with_token_ids(session, found)
        if parts.hours is not None:
            found += _groups(session, HOURS, parts.hours, piece, wanted)
        for group in found:
            number = int(group.key[0] or 0) if group.key else 0
            yield (piece.start_of(group.bucket), group.model, number), group.sums


@dataclass(frozen=True, slots=True)
class _Group:
    bucket: int
    model: str
    key: tuple[Any, ...]
    sums: Sums


def _groups(
    session: Session, source: Source, part: Range, piece: Piece, wanted: Wanted
) -> list[_Group]:
    keys = () if wanted.by is None else source.keys[wanted.by]
    (model,) = source.keys[By.MODEL]
    bucket = piece.number_of(source.time.expression)
    query = (
        select(bucket, model, *keys, *source.sums)
        .where(*source.conditions(session, part, wanted.only))
        .group_by(bucket, model, *keys)
        .limit(MOST_POINTS + 1)
    )
    first_sum = 2 + len(keys)
    return [
        _Group(int(row[0]), row[1] or "", tuple(row[2:first_sum]), sums_from(row[first_sum:]))
        for row in session.execute(query)
    ]


def _with_token_ids(session: Session, found: Sequence[_Group]) -> list[_Group]:
    """Put ids in the place of owner and name, by which log rows know a token."""
    ids = things.token_ids(session, {group.key[0] or 0 for group in found})
    return [
        replace(group, key=(ids.get((group.key[0] or 0, group.key[1] or ""), 0),))
        for group in found
    ]
