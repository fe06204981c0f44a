from typing import Any

import pytest

from oneapi import logbook
from oneapi.billing.usage import totals
from oneapi.billing.usage.ranges import HOUR_S
from oneapi.logbook import LogFilter, Sums
from oneapi.models.log import LogType
from tests.billing.usage.figures import FIRST, complete_from, hourly, log

HOUR = Sums(requests=7, quota=700, prompt_tokens=70, completion_tokens=7)
ROW = Sums(requests=1, quota=10, prompt_tokens=3, completion_tokens=2)
BOTH = Sums(requests=8, quota=710, prompt_tokens=73, completion_tokens=9)

pytestmark = pytest.mark.usefixtures("ledger_db")


def total(**narrow: Any) -> Sums:
    with logbook.reading_beside_main() as (session, logs):
        return totals.of(session, logs, LogFilter(**{"type": LogType.CONSUME, **narrow}))


def test_whole_hours_come_from_the_sums_and_edges_from_rows() -> None:
    complete_from(0)
    hourly(1)
    log(1.5)
    log(2.1)

    assert total(start_s=FIRST, end_s=FIRST + 2 * HOUR_S - 1) == HOUR
    assert total(start_s=FIRST, end_s=FIRST + 2 * HOUR_S + 1800) == BOTH
    assert total() == HOUR


def test_what_is_older_than_the_sums_comes_from_rows() -> None:
    complete_from(2)
    log(1)
    hourly(1)
    hourly(2)

    assert total() == BOTH


def test_without_sums_everything_comes_from_rows() -> None:
    log(1)
    hourly(1)

    assert total() == ROW


def test_sums_are_narrowed_as_rows_are() -> None:
    complete_from(1)
    for columns in ({}, {"user_id": 2}, {"channel_id": 2}, {"model_name": "other"}):
        log(0, **columns)
        hourly(1, **columns)

    assert total(user_id=2) == BOTH
    assert total(channel_id=2) == BOTH
    assert total(model_name="other") == BOTH


def test_a_name_stands_for_whoever_has_it_now() -> None:
    complete_from(0)
    hourly(1)
    log(1, username="former name")

    assert total(username="alice") == HOUR
    assert total(username="Alice") == Sums()


def test_a_name_that_nobody_has_any_more_is_in_rows() -> None:
    complete_from(0)
    hourly(1)
    log(1, username="former name")

    assert total(username="former name") == ROW


def test_names_of_tokens_and_other_types_are_in_rows_only() -> None:
    complete_from(0)
    hourly(1)
    log(1)
    log(1, type=LogType.TOP_UP, quota=5, prompt_tokens=0, completion_tokens=0)

    assert total(token_name="one") == ROW
    assert total(type=LogType.TOP_UP) == Sums(requests=1, quota=5)


def test_nothing_adds_up_to_nothing() -> None:
    complete_from(0)

    assert total() == Sums()
