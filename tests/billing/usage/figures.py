"""Calls of the past, and their figures; hours count from one in February 2025."""

from typing import Any

from oneapi.billing.usage.ranges import HOUR_S
from oneapi.billing.usage.tables import COMPLETE_FROM
from oneapi.models.log import Log, LogType
from oneapi.models.own import Revision, UsageHourly
from oneapi.resources import db, log_db

FIRST = 483_000 * HOUR_S
"""2025-02-06 00:00 UTC, a Thursday."""


def log(hour: float, **columns: Any) -> None:
    """Add the row of a call that cost 10 and used 3 and 2 tokens, unless told otherwise."""
    values = {
        "type": LogType.CONSUME,
        "created_at": FIRST + int(hour * HOUR_S),
        "user_id": 1,
        "username": "alice",
        "token_name": "one",
        "channel_id": 1,
        "model_name": "m",
        "quota": 10,
        "prompt_tokens": 3,
        "completion_tokens": 2,
        **columns,
    }
    with log_db.transaction() as session:
        session.add(Log(**values))


def hourly(hour: int, **columns: Any) -> None:
    """Add a sum of an hour; its numbers tell it from rows."""
    values = {
        "hour": FIRST + hour * HOUR_S,
        "user_id": 1,
        "token_id": 1,
        "channel_id": 1,
        "model_name": "m",
        "requests": 7,
        "quota": 700,
        "prompt_tokens": 70,
        "completion_tokens": 7,
        **columns,
    }
    with db.transaction() as session:
        session.add(UsageHourly(**values))


def complete_from(hour: int) -> None:
    """Say that sums are complete from an hour on."""
    with db.transaction() as session:
        session.merge(Revision(name=COMPLETE_FROM, value=FIRST + hour * HOUR_S, updated_at=0))
