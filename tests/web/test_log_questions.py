"""Whatever is asked about logs, their table is not read from one end to the other."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from oneapi import log_cleaning, log_paths
from oneapi.billing.usage import fill
from oneapi.lib import clock
from oneapi.lib.database import Database
from oneapi.models.log import Log
from oneapi.models.own import Revision

Question = tuple[str, Any]

FILTERS = (
    "", "type=2", "type=3", "username=alice", "token_name=ci", "model_name=m", "channel=3",
    "type=3&username=root", "username=alice&model_name=m", "type=1&channel=3",
)  # fmt: skip
OWN_FILTERS = ("", "type=1", "token_name=ci", "model_name=m")
TIMES = (
    "",
    "start_timestamp=5000",
    "end_timestamp=9000",
    "start_timestamp=5000&end_timestamp=90000",
)
SCOPES = (
    "all", "user", "channel", "token", "model", "user&id=1", "channel&id=1", "token&id=1",
    "model&id=m",
)  # fmt: skip
ZONES = ("UTC", "Asia/Shanghai", "Asia/Kolkata")

PATHS = (
    *(f"/api/log/{part}{one}&{time}" for part, one, time in product(
        ("?", "?page_size=20&", "stat?", "export?"), FILTERS, TIMES)),
    *(f"/api/log/self{part}{one}&{time}" for part, one, time in product(
        ("?", "?page_size=20&", "/stat?", "/export?"), OWN_FILTERS, TIMES)),
    *(f"/api/log/{part}?keyword={word}" for part, word in product(
        ("search", "self/search"), ("", "3", "words"))),
    "/api/user/dashboard",
    *(f"/api/{part}&start=100000&end=900000&tz={zone}" for part, zone in product(
        ("user/dashboard?granularity=hour", *(f"dashboard?scope={scope}" for scope in SCOPES)),
        ZONES)),
)  # fmt: skip


@pytest.fixture(params=["few", "many"])
def some_rows(
    request: pytest.FixtureRequest, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some rows, that count as many or not."""
    if request.param == "many":
        monkeypatch.setattr(log_paths, "FEW", 0)
    with db.transaction() as session:
        session.add(Revision(name="usage_complete_from", value=0, updated_at=0))
        session.add_all(
            Log(type=2, user_id=1, username="alice", token_name="ci", model_name="m",
                channel_id=3, created_at=7000 + n)
            for n in range(5)
        )  # fmt: skip


@contextmanager
def questions(db: Database) -> Iterator[list[Question]]:
    """Collect what is asked about logs."""
    asked: list[Question] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM logs" in statement:
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def whole_readings(db: Database, asked: Sequence[Question]) -> list[str]:
    """Return the questions for which all rows would be read.

    The end of an unfiltered list is read backwards and stops at the page.
    """
    found = []
    with db.engine.connect() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            scans = any(row[3].startswith("SCAN logs") for row in plan)
            if scans and ("WHERE" in statement or "LIMIT" not in statement):
                found.append(statement)
    return found


def test_no_list_filter_sum_or_dashboard_reads_all_rows(
    some_rows: None, root_client: FlaskClient, db: Database
) -> None:
    with questions(db) as asked:
        for path in PATHS:
            answer = root_client.get(path)
            assert answer.get_data(), path
            assert answer.status_code == 200, path

    assert len(asked) > len(PATHS) // 2
    assert whole_readings(db, asked) == []


def test_no_cleaning_or_filling_reads_all_rows(some_rows: None, db: Database) -> None:
    with db.transaction() as session:
        session.get_one(Revision, "usage_complete_from").value = 360_000

    with questions(db) as asked:
        while fill.step(now_s=clock.now_s()):
            pass
        log_cleaning.clean(target_s=7002)

    assert len(asked) >= 4
    assert whole_readings(db, asked) == []
