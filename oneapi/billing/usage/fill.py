"""Fills the sums of hours from log rows that were written without them, newest hours first.

Those are the rows of the time before this program took the database over.  Hours that ended a
while ago are made anew from their rows, so a part that was summed up already counts once.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import gevent
from sqlalchemy import BigInteger, delete, insert, literal_column, select, update

from oneapi.billing.usage import things
from oneapi.billing.usage.ranges import HOUR_S, Range, hour_of
from oneapi.billing.usage.tables import COMPLETE_FROM, ROWS, added, sums_from
from oneapi.lib.rows import get_or_add
from oneapi.logbook import Sums
from oneapi.models.log import Log, LogType
from oneapi.models.own import Revision, UsageHourly
from oneapi.resources import db, log_db

_STEP_S: Final = 6 * HOUR_S
_QUIET_S: Final = HOUR_S
"""How long ago an hour must have ended: its last calls may still be written."""

_PAUSE_S: Final = 0.2
_ALL: Final = 0
"""The hour from which on nothing is missing."""

_KEYS: Final = ("hour", "user_id", "token_id", "channel_id", "model_name")
_LONGEST_NAME: Final = 191
_Key = tuple[int, int, int, int, str]


def fill(*, now_s: int, for_s: float) -> None:
    """Go on where the last time ended, for about so many seconds."""
    give_up = time.monotonic() + for_s
    while step(now_s=now_s) and time.monotonic() < give_up:
        gevent.sleep(_PAUSE_S)


def step(*, now_s: int) -> bool:
    """Sum up some hours; say whether there may be more to do now."""
    known_from = _known_from(now_s)
    if known_from == _ALL:
        return False
    newest_s = _newest_row_before(known_from)
    if newest_s is None:
        _write(known_from, None, {})
        return False
    behind = hour_of(newest_s) + HOUR_S
    if behind + _QUIET_S > now_s:
        return False
    hours = Range(max(behind - _STEP_S, _ALL), behind - 1)
    return _write(known_from, hours, _sums_of(hours))


def _known_from(now_s: int) -> int:
    """Return from which hour on the sums are complete: at first, from the next one."""
    with db.transaction() as session:
        fresh = Revision(name=COMPLETE_FROM, value=hour_of(now_s) + HOUR_S, updated_at=now_s)
        return get_or_add(session, fresh).value


def _newest_row_before(hour: int) -> int | None:
    query = select(Log.created_at).where(Log.type == LogType.CONSUME, Log.created_at < hour)
    with log_db.reading() as session:
        return session.scalar(query.order_by(Log.created_at.desc()).limit(1))


def _sums_of(hours: Range) -> dict[_Key, Sums]:
    hour = Log.created_at // literal_column(str(HOUR_S), BigInteger)
    keys = (hour, Log.user_id, Log.token_name, Log.channel_id, Log.model_name)
    query = select(*keys, *ROWS.sums).group_by(*keys)
    with log_db.reading() as session:
        fitting = ROWS.conditions(session, hours, ())
        found = session.execute(query.where(*fitting)).all()
    with db.reading() as session:
        token_ids = things.token_ids(session, {row[1] or 0 for row in found})
    sums: dict[_Key, Sums] = {}
    for number, user_id, token_name, channel_id, model, *figures in found:
        token_id = token_ids.get((user_id or 0, token_name or ""), 0)
        key = (
            int(number) * HOUR_S,
            user_id or 0,
            token_id,
            channel_id or 0,
            (model or "")[:_LONGEST_NAME],
        )
        sums[key] = added(sums.get(key, Sums()), sums_from(figures))
    return sums


def _write(known_from: int, hours: Range | None, sums: Mapping[_Key, Sums]) -> bool:
    """Put the sums of these hours in the place of what was there; without hours nothing is older.

    Returns ``False`` if somebody else has done so meanwhile.
    """
    first = _ALL if hours is None else hours.start_s
    moved = update(Revision).where(Revision.name == COMPLETE_FROM, Revision.value == known_from)
    rows = [
        dict(zip(_KEYS, key, strict=True)) | asdict(figures)
        for key, figures in sorted(sums.items(), key=lambda item: item[0])
    ]
    with db.transaction() as session:
        found = session.execute(moved.values(value=first))
        if not found.rowcount:  # type: ignore[attr-defined]  # an UPDATE has one
            return False
        if hours is not None:
            within = UsageHourly.hour.between(hours.start_s, hours.end_s)
            session.execute(delete(UsageHourly).where(within))
        if rows:
            session.execute(insert(UsageHourly), rows)
    return True
