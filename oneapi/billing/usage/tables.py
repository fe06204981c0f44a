"""The two tables that tell what calls used, asked in the same way.

``oneapi_usage_hourly`` holds sums of hours and is written with every settlement; ``logs`` holds a
row per call.  A figure must not depend on where it was read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from oneapi import log_paths
from oneapi.billing.usage.ranges import Range
from oneapi.logbook import Sums
from oneapi.models.log import Log, LogType
from oneapi.models.own import Revision, UsageHourly

COMPLETE_FROM: Final = "usage_complete_from"
"""Row of ``oneapi_revision``: the hour from which on the sums of hours are complete."""


class By(StrEnum):
    """What figures are told apart by."""

    USER = "user"
    CHANNEL = "channel"
    TOKEN = "token"  # noqa: S105 - a word, no secret
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Only:
    """The one thing that counts: what identifies it in the sums, and in log rows."""

    by: By
    id: int | str
    in_rows: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One of the tables, its columns under common names."""

    time: InstrumentedAttribute[Any]
    keys: Mapping[By, tuple[InstrumentedAttribute[Any], ...]]
    """What identifies a thing; log rows know a token by its owner and its name."""

    sums: tuple[ColumnElement[Any], ...]
    """Requests, quota, prompt and completion tokens."""

    fixed: Mapping[InstrumentedAttribute[Any], Any] = field(default_factory=dict)
    """What every row that counts has in these columns."""

    def conditions(
        self, session: Session, wanted: Range, only: Iterable[Only]
    ) -> list[ColumnElement[bool]]:
        """Return what a row has to fulfil."""
        equal: dict[InstrumentedAttribute[Any], Any] = dict(self.fixed)
        for one in only:
            values = one.in_rows if self is ROWS else (one.id,)
            equal |= zip(self.keys[one.by], values, strict=True)
        if self is ROWS:
            asked = log_paths.Wanted(equal=equal, start_s=wanted.start_s, end_s=wanted.end_s)
            return log_paths.conditions(session, asked)
        found = [column == value for column, value in equal.items()]
        found.append(self.time >= wanted.start_s)
        return [*found, self.time <= wanted.end_s] if wanted.end_s else found


def _sum(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


HOURS: Final = Source(
    time=UsageHourly.hour,
    keys={
        By.USER: (UsageHourly.user_id,),
        By.CHANNEL: (UsageHourly.channel_id,),
        By.TOKEN: (UsageHourly.token_id,),
        By.MODEL: (UsageHourly.model_name,),
    },
    sums=(
        _sum(UsageHourly.requests),
        _sum(UsageHourly.quota),
        _sum(UsageHourly.prompt_tokens),
        _sum(UsageHourly.completion_tokens),
    ),
)

ROWS: Final = Source(
    time=Log.created_at,
    keys={
        By.USER: (Log.user_id,),
        By.CHANNEL: (Log.channel_id,),
        By.TOKEN: (Log.user_id, Log.token_name),
        By.MODEL: (Log.model_name,),
    },
    sums=(func.count(), _sum(Log.quota), _sum(Log.prompt_tokens), _sum(Log.completion_tokens)),
    fixed={Log.type: LogType.CONSUME},
)


def complete_from(session: Session) -> int | None:
    """Return from which hour on the sums of hours are complete; ``None`` if none are."""
    return session.scalar(select(Revision.value).where(Revision.name == COMPLETE_FROM))


def sums_from(figures: Sequence[Any]) -> Sums:
    """Make plain integers of what databases return for ``Source.sums`` (MySQL: decimals)."""
    requests, quota, prompt_tokens, completion_tokens = (int(figure) for figure in figures)
    return Sums(
        requests=requests,
        quota=quota,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


def added(first: Sums, second: Sums) -> Sums:
    """Add two sums."""
    return Sums(
        requests=first.requests + second.requests,
        quota=first.quota + second.quota,
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        completion_tokens=first.completion_tokens + second.completion_tokens,
    )
