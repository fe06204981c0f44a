from collections.abc import Callable
from typing import Any

import gevent
import pytest
from sqlalchemy import create_engine, delete, event, select
from sqlalchemy.orm import Session

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
    walked: list[int] = []

    with db.reading() as session:
        while rows := logbook.after(
            session,
            narrow=LogFilter(user_id=0),
            below_id=walked[-1] if walked else 0,
            at_most=2,
        ):
            walked += [row.id for row in rows]

    assert walked == ids[::2][::-1]


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


OF_ONE_USER = LogFilter(user_id=5)


@pytest.mark.parametrize(
    "ask",
    [
        lambda session: logbook.page_of(session, narrow=OF_ONE_USER, page=Page()),
        lambda session: logbook.search(session, keyword="2", user_id=5),
        lambda session: logbook.after(session, narrow=OF_ONE_USER, below_id=9, at_most=9),
        lambda session: logbook.sums_of(session, narrow=LogFilter(start_s=5, end_s=9)),
        lambda session: logbook.sums_of(session, narrow=LogFilter(model_name="m")),
        lambda session: logbook.page_of(session, narrow=LogFilter(channel_id=3), page=Page()),
        lambda session: logbook.page_of(session, narrow=LogFilter(token_name="ci"), page=Page()),
        lambda session: logbook.by_day_and_model(session, user_id=5, start_s=5, end_s=9),
        lambda session: logbook.count_before(session, target_s=5),
        lambda session: logbook.delete_before(session, target_s=5, at_most=9),
    ],
)
def test_no_question_reads_the_whole_table(db: Database, ask: Callable[[Session], object]) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    with db.transaction() as session:
        ask(session)
    event.remove(db.engine, "before_cursor_execute", note)

    questions = [(text, values) for text, values in asked if "FROM logs" in text]
    with db.engine.connect() as connection:
        for statement, parameters in questions:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row[3] for row in plan]
            assert not [step for step in steps if step.startswith("SCAN logs")], statement
    assert questions
