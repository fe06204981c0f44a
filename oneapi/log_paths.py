"""By which index a question about ``logs`` is answered, where the database cannot know.

SQLite keeps no statistics.  Asked for one hour of a model that half of all calls use, it reads
every row of that model; asked for a year of somebody who made three calls, every row of the year.
So rows are counted first, which an index tells in a millisecond because counting stops at a limit,
and the columns whose index would lead astray are hidden in expressions.  MySQL and PostgreSQL
choose by their statistics; there conditions stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, String, Text, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from oneapi.models.log import Log

FEW: Final = 20_000
"""So many rows are read one by one in a moment, wherever in the table they lie."""

_Column = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows are asked for; a time of 0 is open, both ends are included."""

    equal: Mapping[_Column, Any] = field(default_factory=dict)
    start_s: int = 0
    end_s: int = 0

    @property
    def has_time(self) -> bool:
        """Whether an end of the range is given."""
        return bool(self.start_s or self.end_s)


def conditions(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return what a row has to fulfil, written so that the best index is used."""
    hidden = _hidden(session, wanted)
    found = [
        (_behind(column) if column in hidden else column) == value
        for column, value in wanted.equal.items()
    ]
    time = _behind(Log.created_at) if Log.created_at in hidden else Log.created_at
    if wanted.start_s:
        found.append(time >= wanted.start_s)
    if wanted.end_s:
        found.append(time <= wanted.end_s)
    return found


def newest_first(wanted: Wanted) -> tuple[ColumnElement[Any], ...]:
    """Return the order of a list: by id, of a range by the time that is asked for."""
    by_time = (Log.created_at.desc(), Log.id.desc())
    return by_time if wanted.has_time else (Log.id.desc(),)


def _hidden(session: Session, wanted: Wanted) -> Sequence[_Column]:
    """Return the columns whose indexes must not be used."""
    columns = list(wanted.equal)
    if session.get_bind().dialect.name != "sqlite" or not columns:
        return ()
    counted = {column: _count(session, column, wanted.equal[column]) for column in columns}
    fewest = min(columns, key=lambda column: counted[column])
    if counted[fewest] <= FEW:
        return [*(column for column in columns if column is not fewest), Log.created_at]
    # All are many: in a range they are found on the way, without one by whatever comes.
    return columns if wanted.has_time else ()


def _count(session: Session, column: _Column, value: Any) -> int:
    some = select(literal_column("1")).where(column == value).limit(FEW + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _behind(column: _Column) -> ColumnElement[Any]:
    """Return an expression that is the column's value and that no index knows."""
    if isinstance(column.type, String | Text):
        return column.concat("")
    return column + literal_column("0")
