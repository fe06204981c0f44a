from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oneapi import logbook
from oneapi.billing.usage import series, things
from oneapi.billing.usage.buckets import DAY_S, Granularity
from oneapi.billing.usage.ranges import HOUR_S, Range
from oneapi.billing.usage.series import Point, Wanted
from oneapi.billing.usage.tables import By
from oneapi.errors import Refusal
from oneapi.models.token import Token
from oneapi.resources import db
from tests.billing.usage.figures import FIRST, complete_from, hourly, log

pytestmark = pytest.mark.usefixtures("ledger_db")


def points(
    hours: int = 48,
    *,
    granularity: Granularity = Granularity.DAY,
    zone: tzinfo = UTC,
    by: By | None = None,
    only: tuple[By, int] | None = None,
) -> list[Point]:
    wanted = Range(FIRST, FIRST + hours * HOUR_S - 1)
    with logbook.reading_beside_main() as (session, logs):
        narrow = [] if only is None else [things.only(session, *only)]
        return series.points(
            session,
            logs,
            Wanted(range=wanted, granularity=granularity, zone=zone, by=by, only=narrow),
        )


def told(found: list[Point]) -> list[tuple[Any, ...]]:
    return [(point.time_s - FIRST, point.model_name, point.id, point.sums.quota) for point in found]


def test_sums_and_rows_of_one_day_are_one_point() -> None:
    complete_from(5)
    log(1)
    hourly(6)
    hourly(30, model_name="other")

    assert told(points()) == [(0, "m", 0, 710), (DAY_S, "other", 0, 700)]


def test_hours_are_told_one_by_one() -> None:
    complete_from(5)
    log(1.5)
    hourly(6)

    found = told(points(granularity=Granularity.HOUR))

    assert found == [(HOUR_S, "m", 0, 10), (6 * HOUR_S, "m", 0, 700)]


def test_days_are_those_of_the_zone() -> None:
    complete_from(0)
    hourly(22)
    hourly(23)

    found = told(points(zone=ZoneInfo("Europe/Berlin")))

    assert found == [(-HOUR_S, "m", 0, 700), (DAY_S - HOUR_S, "m", 0, 700)]


def test_days_that_begin_within_an_hour_are_read_from_rows() -> None:
    complete_from(0)
    hourly(18)
    log(18.25)
    log(18.75)

    found = told(points(zone=ZoneInfo("Asia/Kolkata")))

    start = -int(5.5 * HOUR_S)
    assert found == [(start, "m", 0, 10), (start + DAY_S, "m", 0, 10)]


@pytest.mark.parametrize(
    ("by", "columns", "ids"),
    [
        (By.USER, {"user_id": 2}, [1, 2]),
        (By.CHANNEL, {"channel_id": 4}, [1, 4]),
    ],
)
def test_users_and_channels_are_told_apart(by: By, columns: dict[str, int], ids: list[int]) -> None:
    complete_from(5)
    for more in ({}, columns):
        log(1, **more)
        hourly(6, **more)

    found = told(points(by=by))

    assert found == [(0, "m", number, 710) for number in ids]
    assert told(points(by=by, only=(by, ids[1]))) == found[1:]


def test_tokens_are_found_by_owner_and_name_in_rows() -> None:
    with db.transaction() as session:
        session.get_one(Token, 1).name = "one"
        session.get_one(Token, 2).name = "two"
    complete_from(5)
    log(1)
    log(1, token_name="two")
    log(1, token_name="deleted since")
    hourly(6)
    hourly(6, token_id=2)

    found = told(points(by=By.TOKEN))

    assert found == [(0, "m", 0, 10), (0, "m", 1, 710), (0, "m", 2, 710)]
    assert told(points(by=By.TOKEN, only=(By.TOKEN, 2))) == found[2:]
    assert told(points(by=By.TOKEN, only=(By.TOKEN, 99))) == []


def test_names_are_those_of_today() -> None:
    with db.reading() as session:
        assert things.names(session, By.USER, [1, 99]) == {1: "alice"}
        assert things.names(session, By.CHANNEL, [1]) == {1: "c"}


def test_too_many_points_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "MOST_POINTS", 2)
    complete_from(0)
    for hour in range(3):
        hourly(hour)

    assert len(points()) == 1
    with pytest.raises(Refusal) as refused:
        points(granularity=Granularity.HOUR)
    assert refused.value.code == "invalid_parameter"
