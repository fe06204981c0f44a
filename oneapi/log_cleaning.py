"""Deletes old rows of ``logs`` in chunks, so that nothing waits long for the table.

The hours of the usage sums that are wholly gone go too: sums mean rows that exist.
"""

from functools import partial

from sqlalchemy import delete

from oneapi import locks, logbook
from oneapi.models.own import UsageHourly
from oneapi.resources import db, log_db

LOCK = "clean_logs"
AT_ONCE = 10_000
"""As many rows are deleted while the caller waits; more of them in the background."""

_CHUNK = 2000
_HOUR_S = 3600


def clean(*, target_s: int, run: locks.Run | None = None) -> int:
    """Delete every row that is older than a time; return how many there were."""
    done = 0
    while True:
        with log_db.transaction() as session:
            deleted = logbook.delete_before(session, target_s=target_s, at_most=_CHUNK)
        done += deleted
        if deleted < _CHUNK:
            break
        if run is not None and not run.tell({"done": done}):
            return done
    _forget_hours(target_s)
    return done


def start(*, target_s: int) -> int:
    """Delete rows at once or, if they are many, in the background; return how many there are.

    A second run is not begun while one is under way.
    """
    with log_db.reading() as session:
        count = logbook.count_before(session, target_s=target_s)
    if count <= AT_ONCE:
        return clean(target_s=target_s)
    run = locks.Run.begin(LOCK)
    if run is not None:
        run.start(partial(_clean_in_background, target_s))
    return count


def _clean_in_background(target_s: int, run: locks.Run) -> None:
    clean(target_s=target_s, run=run)


def _forget_hours(target_s: int) -> None:
    with db.transaction() as session:
        session.execute(delete(UsageHourly).where(UsageHourly.hour <= target_s - _HOUR_S))
