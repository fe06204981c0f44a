from typing import Any

import gevent
import pytest
from sqlalchemy import create_engine, delete, select

from oneapi import logbook, resources
from oneapi.lib.database import Database
from oneapi.lib.paging import Page
from oneapi.logbook import DAY_S, Entry, LogFilter, Sums
from oneapi.models.base import Base
from oneapi.models.log import Log, LogType
from oneapi.models.own import ChannelExtra
from oneapi.options import Options
from tests.support.books import eventually

DAY = 20_000
MIDNIGHT = DAY * DAY_S


def add(db: Database, **columns: Any) -> int:
    values = {"type": LogType.CONSUME, "created_at": MIDNIGHT, "content": "", **columns}
    with db.transaction() as session:
        row = Log(**values)
        session.add(row)
        session.flush()
        return row.id


def listed(db: Database, **narrow: Any) -> list[int]:
    with db.reading() as session:
        found = logbook.page_of(session, narrow=LogFilter(**narrow), page=Page())
        return [row.id for row in found.rows]


def walked(db: Database, narrow: LogFilter) -> list[int]:
    rows: list[Log] = []
    with db.reading() as session:
        while more := logbook.after(
            session, narrow=narrow, last=rows[-1] if rows else None, at_most=2
        ):
            rows += more
        return [row.id for row in rows]


def searched(db: Database, keyword: str, user_id: int | None = None) -> list[int]:
    with db.reading() as session:
        return [row.id for row in logbook.search(session, keyword=keyword, user_id=user_id)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(), "$0.003000"),
        (Options(quota_per_unit=1000.0), "$1.500000"),
        (Options(display_in_currency_enabled=False), "1500 units of quota"),
    ],
)
def test_an_amount_is_said_as_the_options_want(options: Options, said: str) -> None:
    assert logbook.amount(1500, options, "en") == said


def test_a_row_is_written_with_the_transaction(db: Database) -> None:
    entry = Entry(
        type=LogType.TOP_UP, created_at=5, content="order 4711", user_id=2, username="a", quota=9
    )

    with db.transaction() as session:
        logbook.write(session, entry)

    with db.reading() as session:
        row = session.scalars(select(Log)).one()
        assert (row.type, row.created_at, row.content) == (1, 5, "order 4711")
        assert (row.user_id, row.username, row.quota) == (2, "a", 9)
        assert (row.request_id, row.token_name, row.is_stream) == ("", "", False)


def test_a_row_goes_when_its_transaction_fails(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail(db)

    assert listed(db) == []


def write_and_fail(db: Database) -> None:
    with db.transaction() as session:
        logbook.write(session, Entry(type=LogType.MANAGE, created_at=5, content="x"))
        raise ZeroDivisionError


@pytest.fixture
def elsewhere(db: Database, tmp_path: Any) -> Any:
    """Logs in a database of their own."""
    engine = create_engine(f"sqlite:///{tmp_path}/logs.db")
    Base.metadata.create_all(engine, [Log.__table__])  # type: ignore[list-item]
    resources.log_db.bind(engine)
    yield resources.log_db
    resources.log_db.bind(db.engine)
    engine.dispose()


def test_a_row_follows_the_commit_into_another_database(db: Database, elsewhere: Database) -> None:
    with db.transaction() as session:
        logbook.write(session, Entry(type=LogType.MANAGE, created_at=5, content="first"))
        with session.begin_nested():
            session.add(ChannelExtra(channel_id=1))
        logbook.write(session, Entry(type=LogType.MANAGE, created_at=5, content="second"))
        assert listed(elsewhere) == []

    eventually(lambda: listed(elsewhere) == [2, 1])
    assert listed(db) == []


def test_a_row_of_a_failed_transaction_follows_nowhere(db: Database, elsewhere: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail(db)
    gevent.idle()

    assert listed(elsewhere) == []


def test_a_row_that_cannot_be_written_elsewhere_undoes_nothing(
    db: Database, elsewhere: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with elsewhere.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE logs")

    with db.transaction() as session:
        session.add(ChannelExtra(channel_id=1))
        logbook.write(session, Entry(type=LogType.MANAGE, created_at=5, content="who did it"))

    eventually(lambda: bool(caplog.records))
    assert caplog.records[-1].__dict__["contents"] == ["who did it"]
    with db.transaction() as session:
        assert session.execute(delete(ChannelExtra)).rowcount == 1  # type: ignore[attr-defined]


def test_a_list_can_be_narrowed(db: Database) -> None:
    first = add(db, user_id=1, username="al", model_name="m1", token_name="t", channel_id=7)
    second = add(db, user_id=2, username="alice", model_name="m1", created_at=MIDNIGHT + 10)
    third = add(db, user_id=1, type=LogType.MANAGE, created_at=MIDNIGHT + 20)

    assert listed(db) == [third, second, first]
    assert listed(db, username="al") == [first]
    assert listed(db, model_name="m1") == [second, first]
    assert listed(db, token_name="t") == [first]
    assert listed(db, channel_id=7) == [first]
    assert listed(db, type=3) == [third]
    assert listed(db, user_id=1) == [third, first]
    assert listed(db, start_s=MIDNIGHT + 10, end_s=MIDNIGHT + 20) == [third, second]
    assert listed(db, start_s=MIDNIGHT + 11, end_s=MIDNIGHT + 19) == []


def test_nobody_is_not_everybody(db: Database) -> None:
    add(db, user_id=1)

    assert listed(db, user_id=0) == []


def test_a_number_is_searched_as_a_type_and_a_text_in_contents(db: Database) -> None:
    first = add(db, type=LogType.TOP_UP, content="2 codes", user_id=1)
    second = add(db, type=LogType.CONSUME, content="50% off", user_id=2)

    assert searched(db, "2") == [second]
    assert searched(db, "2 c") == [first]
    assert searched(db, "50%") == [second]
    assert searched(db, "5_%") == []
    assert searched(db, "50%", user_id=1) == []
    assert searched(db, "9" * 30) == []


def test_a_search_shows_the_newest_hundred(db: Database) -> None:
    with db.transaction() as session:
        session.add_all([Log(type=2, content="x", created_at=n) for n in range(120)])

    found = searched(db, "x")

    assert len(found) == 100
    assert found == sorted(found, reverse=True)


def test_all_rows_can_be_walked_through(db: Database) -> None:
    ids = [add(db, user_id=n % 2) for n in range(7)]

    assert walked(db, LogFilter(user_id=0)) == ids[::2][::-1]


def test_the_rows_of_a_range_are_walked_through_by_time(db: Database) -> None:
    times = (10, 20, 30, 20, 20, 10)
    ids = [add(db, created_at=time_s) for time_s in times]
    add(db, created_at=31)

    by_time = [ids[n] for n in (2, 4, 3, 1, 5, 0)]
    assert walked(db, LogFilter(start_s=10, end_s=30)) == by_time
    assert listed(db, start_s=10, end_s=30) == by_time


def test_rows_are_added_up(db: Database) -> None:
    add(db, quota=5, prompt_tokens=3, completion_tokens=2, model_name="a")
    add(db, quota=7, prompt_tokens=None, completion_tokens=1, model_name="b")
    add(db, quota=100, type=LogType.TOP_UP)

    with db.reading() as session:
        calls = logbook.sums_of(session, narrow=LogFilter(type=LogType.CONSUME))
        none = logbook.sums_of(session, narrow=LogFilter(model_name="c"))

    assert calls == Sums(requests=2, quota=12, prompt_tokens=3, completion_tokens=3)
    assert none == Sums()


def test_usage_is_added_up_by_utc_day_and_model(db: Database) -> None:
    add(db, user_id=1, model_name="b", quota=1)
    add(db, user_id=1, model_name="a", quota=2, created_at=MIDNIGHT + DAY_S - 1)
    add(db, user_id=1, model_name="a", quota=3, created_at=MIDNIGHT)
    add(db, user_id=1, model_name="a", quota=4, created_at=MIDNIGHT - 1)
    add(db, user_id=1, model_name="a", quota=99, created_at=MIDNIGHT + DAY_S)
    add(db, user_id=2, model_name="a", quota=99)
    add(db, user_id=1, model_name="a", quota=99, type=LogType.SYSTEM)

    with db.reading() as session:
        days = logbook.by_day_and_model(
            session, user_id=1, start_s=MIDNIGHT - DAY_S, end_s=MIDNIGHT + DAY_S - 1
        )

    assert [(day.day_s, day.model_name, day.sums.quota, day.sums.requests) for day in days] == [
        (MIDNIGHT - DAY_S, "a", 4, 1),
        (MIDNIGHT, "a", 5, 2),
        (MIDNIGHT, "b", 1, 1),
    ]


def test_old_rows_are_deleted_in_parts_oldest_first(db: Database) -> None:
    kept = add(db, created_at=100)
    for at in (3, 1, 2):
        add(db, created_at=at)

    with db.transaction() as session:
        assert logbook.count_before(session, target_s=100) == 3
        assert logbook.delete_before(session, target_s=100, at_most=2) == 2
        assert set(session.scalars(select(Log.created_at))) == {100, 3}
        assert logbook.delete_before(session, target_s=100, at_most=2) == 1
        assert logbook.delete_before(session, target_s=100, at_most=2) == 0

    assert listed(db) == [kept]


def test_contents_are_looked_for_among_the_newest_rows(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logbook, "SEARCHED_ROWS", 3)
    ids = [add(db, content="order", user_id=n % 2) for n in range(8)]

    assert searched(db, "order") == ids[:4:-1]
    assert searched(db, "order", user_id=0) == [ids[6], ids[4], ids[2]]
