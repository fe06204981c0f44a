"""Adds up what calls used, from the sums of hours or from log rows: one query for either.

Both tables are asked in the same way, so a figure does not depend on where it was read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from oneapi.billing.usage_parts import Range
from oneapi.logbook import LogFilter, Sums
from oneapi.models.log import Log, LogType
from oneapi.models.own import Revision, UsageHourly

COMPLETE_FROM: Final = "usage_complete_from"
"""Row of ``oneapi_revision``: the hour from which on the sums of hours are complete."""


class By(StrEnum):
    """What figures may be told apart by, beside the model."""

    USER = "user"
    CHANNEL = "channel"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Source:
    """One of the two tables, under the same names."""

    time: InstrumentedAttribute[Any]
    model: InstrumentedAttribute[Any]
    user: InstrumentedAttribute[Any]
    keys: Mapping[By, tuple[InstrumentedAttribute[Any], ...]]
    """The columns that name a thing; log rows know a token by its owner and name."""

    sums: tuple[ColumnElement[Any], ...]
    """Requests, quota, prompt and completion tokens."""

    fixed: tuple[ColumnElement[bool], ...] = ()
    """What holds for every row that counts."""


def _sum(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


HOURS: Final = Source(
    time=UsageHourly.hour,
    model=UsageHourly.model_name,
    user=UsageHourly.user_id,
    keys={
        By.USER: (UsageHourly.user_id,),
        By.CHANNEL: (UsageHourly.channel_id,),
        By.TOKEN: (UsageHourly.token_id,),
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
    model=Log.model_name,
    user=Log.user_id,
    keys={
        By.USER: (Log.user_id,),
        By.CHANNEL: (Log.channel_id,),
        By.TOKEN: (Log.user_id, Log.token_name),
    },
    sums=(
        func.count(),
        _sum(Log.quota),
        _sum(Log.prompt_tokens),
        _sum(Log.completion_tokens),
    ),
    fixed=(Log.type == LogType.CONSUME,),
)


def complete_from(session: Session) -> int | None:
    """Return from which hour on the sums of hours are complete; ``None`` if none are."""
    query = select(Revision.value).where(Revision.name == COMPLETE_FROM)
    return session.scalar(query)
