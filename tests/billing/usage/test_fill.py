from typing import Any

import pytest
from sqlalchemy import select

from oneapi.billing.usage import fill, tables
from oneapi.billing.usage.ranges import HOUR_S
from oneapi.models.own import UsageHourly
from oneapi.models.token import Token
from oneapi.resources import db
from tests.billing.usage.figures import FIRST, hourly, log

pytestmark = pytest.mark.usefixtures("ledger_db")


def filled(now_hour: float) -> bool:
    return fill.step(now_s=FIRST + int(now_hour * HOUR_S))


def complete_from() -> int | None:
    """Return the hour from which on sums are complete; ``None`` means all are."""
    with db.reading() as session:
        found = tables.complete_from(session)
    return None if not found else (found - FIRST) // HOUR_S


def sums() -> list[tuple[Any, ...]]:
    with db.reading() as session:
        rows = session.scalars(select(UsageHourly).order_by(UsageHourly.hour, UsageHourly.token_id))
        return [
            ((row.hour - FIRST) // HOUR_S, row.token_id, row.requests, row.quota) for row in rows
        ]


def test_a_new_database_is_complete_at_once() -> None:
    assert not filled(0)
    assert complete_from() is None
    assert not filled(1)


def test_the_newest_hours_come_first() -> None:
    for hour in (0.5, 1.5, 19.5, 20.2, 20.7):
        log(hour)

    assert filled(30)
    assert complete_from() == 15
    assert sums() == [(19, 0, 1, 10), (20, 0, 2, 20)]
    assert filled(30)
    assert complete_from() == -4
    assert not filled(30)
    assert complete_from() is None
    assert [row[0] for row in sums()] == [0, 1, 19, 20]


def test_an_hour_that_ended_a_moment_ago_waits() -> None:
    log(20.5)

    assert not filled(20.9)
    assert complete_from() == 21
    assert not filled(21.9)
    assert sums() == []
    assert filled(22)
    assert sums() == [(20, 0, 1, 10)]


def test_what_was_summed_up_already_counts_once() -> None:
    with db.transaction() as session:
        session.get_one(Token, 1).name = "one"
    hourly(20, requests=1, quota=10)
    log(20.2)
    log(20.7)

    filled(20.9)
    filled(30)

    assert sums() == [(20, 1, 2, 20)]


def test_sums_behind_the_filled_hours_stay() -> None:
    log(3)
    hourly(21)

    filled(20.9)
    filled(30)

    assert sums() == [(3, 0, 1, 10), (21, 1, 7, 700)]


def test_rows_of_other_types_are_no_usage() -> None:
    log(3, type=1)

    assert not filled(30)
    assert complete_from() is None


def test_a_run_goes_on_until_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "_PAUSE_S", 0)
    for hour in (0, 10, 20):
        log(hour)

    fill.fill(now_s=FIRST + 30 * HOUR_S, for_s=60)

    assert complete_from() is None
    assert [row[0] for row in sums()] == [0, 10, 20]
