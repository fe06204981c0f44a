from typing import Any

import gevent
import pytest
from sqlalchemy import func, select

from oneapi import locks, log_cleaning
from oneapi.lib import clock
from oneapi.lib.database import Database
from oneapi.models.log import Log
from oneapi.models.own import UsageHourly
from tests.support.books import eventually

HOUR = 3600


def fill(db: Database, times: Any) -> None:
    with db.transaction() as session:
        session.add_all([Log(type=2, created_at=at) for at in times])


def left(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Log)) or 0


def progress(db: Database) -> Any:
    with db.reading() as session:
        return locks.progress_of(session, log_cleaning.LOCK, now_s=clock.now_s())


def test_few_rows_are_deleted_at_once(db: Database) -> None:
    fill(db, range(100))

    assert log_cleaning.start(target_s=60) == 60
    assert left(db) == 40


def test_many_rows_are_deleted_in_the_background(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_cleaning, "AT_ONCE", 10)
    monkeypatch.setattr(log_cleaning, "_CHUNK", 7)
    fill(db, range(50))

    count = log_cleaning.start(target_s=40)

    assert count == 40
    assert progress(db) == {}
    eventually(lambda: progress(db) is None)
    assert left(db) == 10


def test_one_cleaning_runs_at_a_time(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_cleaning, "AT_ONCE", 10)
    fill(db, range(50))
    assert locks.Run.begin(log_cleaning.LOCK) is not None

    assert log_cleaning.start(target_s=40) == 40
    gevent.idle()

    assert left(db) == 50


def test_a_run_that_lost_its_lock_stops(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_cleaning, "_CHUNK", 10)
    fill(db, range(50))
    run = locks.Run.begin(log_cleaning.LOCK)
    assert run is not None
    run.end()

    assert log_cleaning.clean(target_s=50, run=run) == 10
    assert left(db) == 40


def test_sums_go_with_the_hours_that_are_wholly_gone(db: Database) -> None:
    keys = {"user_id": 1, "token_id": 1, "channel_id": 1, "model_name": "m"}
    with db.transaction() as session:
        session.add_all([UsageHourly(hour=hour * HOUR, **keys) for hour in range(4)])

    log_cleaning.clean(target_s=2 * HOUR + 1)

    with db.reading() as session:
        hours = session.scalars(select(UsageHourly.hour)).all()
        assert hours == [2 * HOUR, 3 * HOUR]
