"""One sum over a range of time: whole hours from the roll-up, the edges from log rows."""

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce

from sqlalchemy import select
from sqlalchemy.orm import Session

from oneapi import logbook
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
from oneapi.logbook import LogFilter, Sums
from oneapi.models.log import LogType
from oneapi.models.user import User


def of(session: Session, logs: Session, narrow: LogFilter) -> Sums:
    """Add up what fits; ``logs`` is a session of the database that holds the log rows.

    Only rows of calls have a roll-up.  It knows users by their ids: a name stands for whoever has
    it now, as long as somebody has.  It knows no names of tokens.
    """
    narrow = _by_id(session, narrow)
    if narrow.type != LogType.CONSUME or narrow.username or narrow.token_name:
        return logbook.sums_of(logs, narrow=narrow)
    only = list(_only(narrow))
    parts = split(Range(narrow.start_s, narrow.end_s), complete_from(session))
    found = [_sum(logs, ROWS, part, only) for part in parts.rows]
    if parts.hours is not None:
        found.append(_sum(session, HOURS, parts.hours, only))
    return reduce(added, found, Sums())


def _by_id(session: Session, narrow: LogFilter) -> LogFilter:
    if not narrow.username or narrow.user_id is not None:
        return narrow
    query = select(User.id, User.username).where(User.username == narrow.username)
    user = session.execute(query).first()
    # MySQL compares without regard to case.
    if user is None or user.username != narrow.username:
        return narrow
    return replace(narrow, username="", user_id=user.id)


def _only(narrow: LogFilter) -> Iterator[Only]:
    if narrow.user_id is not None:
        yield Only(By.USER, narrow.user_id, (narrow.user_id,))
    if narrow.channel_id:
        yield Only(By.CHANNEL, narrow.channel_id, (narrow.channel_id,))
    if narrow.model_name:
        yield Only(By.MODEL, narrow.model_name, (narrow.model_name,))


def _sum(session: Session, source: Source, wanted: Range, only: list[Only]) -> Sums:
    query = select(*source.sums).where(*source.conditions(session, wanted, only))
    return sums_from(session.execute(query).one())
