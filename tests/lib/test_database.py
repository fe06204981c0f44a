"""Transactions on SQLite, MariaDB and PostgreSQL, also while the database is busy or away."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gevent
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy import exc as sa_exc

from oneapi.errors import DatabaseUnavailable
from oneapi.lib import database as database_module
from oneapi.lib import dsn
from oneapi.lib.database import (
    Database,
    DbapiConnection,
    PoolLimits,
    SqliteTuning,
    engine_options,
    prepare_engine,
)
from tests.support import servers
from tests.support.fickle_line import FickleLine, fickle_line

TUNING = SqliteTuning(busy_timeout_ms=20, synchronous="NORMAL")


def open_database(spec: dsn.EngineSpec, limits: PoolLimits | None = None) -> Database:
    engine = create_engine(spec.url, **engine_options(spec, limits or PoolLimits()))
    prepare_engine(engine, spec, TUNING)
    database = Database("test")
    database.bind(engine)
    database.tune_ledger(TUNING)
    return database


@pytest.fixture(params=servers.KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty table ``notes`` in a new database."""
    settings = servers.settings_on(request.param, tmp_path)
    opened = open_database(dsn.read(settings.sql_dsn, sqlite_path=settings.sqlite_path))
    with opened.transaction() as session:
        session.execute(text("CREATE TABLE notes (id integer PRIMARY KEY)"))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


@pytest.fixture
def on_sqlite(file: Path) -> Iterator[Database]:
    opened = open_database(dsn.read("", sqlite_path=str(file)))
    with opened.transaction() as session:
        session.execute(text("CREATE TABLE notes (id integer PRIMARY KEY)"))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def locked(file: Path, on_sqlite: Database) -> Iterator[sqlite3.Connection]:
    """The write lock of the file, held by somebody else."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def add(database: Database, number: int) -> None:
    with database.transaction() as session:
        session.execute(text("INSERT INTO notes (id) VALUES (:number)"), {"number": number})


def add_plainly(connection: DbapiConnection) -> str:
    connection.cursor().execute("INSERT INTO notes (id) VALUES (1)")
    return "done"


def add_and_fail(connection: DbapiConnection) -> None:
    add_plainly(connection)
    raise KeyError("a bug")


def notes(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT id FROM notes ORDER BY id")))


def test_what_is_used_before_it_is_bound_is_a_bug() -> None:
    with (
        pytest.raises(RuntimeError, match="'main' is used before it was bound"),
        Database("main").transaction(),
    ):
        pass


def test_a_transaction_is_committed_at_its_end(database: Database) -> None:
    add(database, 1)

    assert notes(database) == [1]


def test_an_exception_rolls_back(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            session.execute(text("INSERT INTO notes (id) VALUES (1)"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert notes(database) == []


def test_the_ledgers_transaction_is_committed_and_returns_its_result(database: Database) -> None:
    assert database.ledger_transaction(add_plainly) == "done"

    assert notes(database) == [1]


def test_a_bug_in_the_ledgers_transaction_writes_nothing_and_comes_as_it_is(
    database: Database,
) -> None:
    with pytest.raises(KeyError, match="a bug"):
        database.ledger_transaction(add_and_fail)

    assert notes(database) == []
    assert database.ledger_transaction(add_plainly) == "done"


def test_many_writers_of_one_process_all_get_through(database: Database) -> None:
    writers = [gevent.spawn(add, database, number) for number in range(20)]

    gevent.joinall(writers, raise_error=True)

    assert notes(database) == list(range(20))


def test_sqlite_is_set_up_as_asked(on_sqlite: Database) -> None:
    with on_sqlite.reading() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "synchronous": 1, "busy_timeout": 20}


def test_a_slow_statement_on_sqlite_stops_nobody_else(on_sqlite: Database) -> None:
    count = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000)"
        " SELECT max(i) FROM n"
    )

    def count_slowly() -> Any:
        with on_sqlite.reading() as session:
            return session.scalar(text(count))

    slow = gevent.spawn(count_slowly)
    turns = 0
    while not slow.ready():
        gevent.sleep(0.001)
        turns += 1

    assert slow.get() == 2_000_000
    assert turns > 5


def test_readers_do_not_wait_for_a_writer_of_another_process(
    on_sqlite: Database, locked: sqlite3.Connection
) -> None:
    assert notes(on_sqlite) == []


def test_writers_wait_until_another_process_has_written(
    on_sqlite: Database, locked: sqlite3.Connection
) -> None:
    writers = [gevent.spawn(add, on_sqlite, number) for number in range(2, 22)]
    ledger = gevent.spawn(on_sqlite.ledger_transaction, add_plainly)
    gevent.sleep(0.1)

    assert not any(writer.ready() for writer in writers)
    locked.rollback()
    gevent.joinall(writers, raise_error=True)
    ledger.get()

    assert notes(on_sqlite) == list(range(1, 22))


def test_a_file_that_stays_locked_is_unavailable(
    on_sqlite: Database, locked: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_PATIENCE_S", 0.05)

    with pytest.raises(DatabaseUnavailable):
        add(on_sqlite, 1)
    with pytest.raises(DatabaseUnavailable):
        on_sqlite.ledger_transaction(add_plainly)

    locked.rollback()
    assert on_sqlite.ledger_transaction(add_plainly) == "done"


def test_another_file_can_be_bound(on_sqlite: Database, tmp_path: Path) -> None:
    on_sqlite.ledger_transaction(add_plainly)
    other = open_database(dsn.read("", sqlite_path=str(tmp_path / "other.db")))
    with other.transaction() as session:
        session.execute(text("CREATE TABLE notes (id integer PRIMARY KEY)"))

    on_sqlite.bind(other.engine)

    assert on_sqlite.ledger_transaction(add_plainly) == "done"
    assert notes(other) == [1]


@pytest.fixture(params=[dsn.MYSQL, dsn.POSTGRESQL])
def line(request: pytest.FixtureRequest) -> Iterator[tuple[FickleLine, Database]]:
    """A database behind a line that misbehaves on demand, and the line."""
    address = servers.new_database(request.param)
    found = re.search(r"127\.0\.0\.1:(\d+)", address)
    assert found is not None
    with fickle_line(int(found[1])) as between:
        behind = address.replace(found[0], f"127.0.0.1:{between.port}")
        opened = open_database(dsn.read(behind))
        with opened.transaction() as session:
            session.execute(text("CREATE TABLE notes (id integer PRIMARY KEY)"))
        yield between, opened
        opened.engine.dispose()


def test_a_server_that_is_away_is_unavailable_and_comes_back(
    line: tuple[FickleLine, Database],
) -> None:
    between, database = line
    between.cut()

    with pytest.raises(DatabaseUnavailable):
        add(database, 1)
    with pytest.raises(DatabaseUnavailable):
        notes(database)
    with pytest.raises(DatabaseUnavailable):
        database.ledger_transaction(add_plainly)

    between.mend()
    assert database.ledger_transaction(add_plainly) == "done"
    assert notes(database) == [1]


def test_a_server_that_stops_answering_does_not_keep_the_ledger_for_ever(
    line: tuple[FickleLine, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LEDGER_PATIENCE_S", 0.1)
    between, database = line
    between.fall_silent()

    with pytest.raises(DatabaseUnavailable):
        database.ledger_transaction(add_plainly)

    between.speak()
    monkeypatch.undo()
    assert database.ledger_transaction(add_plainly) == "done"


def test_a_server_that_stops_answering_keeps_nobody_for_ever(
    line: tuple[FickleLine, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    between, database = line
    assert notes(database) == []
    between.fall_silent()

    with monkeypatch.context() as short:
        short.setattr(database_module, "PATIENCE_S", 0.1)
        with pytest.raises(DatabaseUnavailable):
            notes(database)
        with pytest.raises(DatabaseUnavailable):
            add(database, 1)
    with pytest.raises(DatabaseUnavailable), database.reading(within_s=0.1) as session:
        session.execute(text("SELECT 1"))

    between.speak()
    assert notes(database) == []
    add(database, 2)
    assert notes(database) == [2]


def test_a_limit_that_somebody_else_set_stays_his(
    line: tuple[FickleLine, Database],
) -> None:
    between, database = line
    between.fall_silent()
    mine = gevent.Timeout(0.1)

    with pytest.raises(gevent.Timeout) as fired, mine:
        notes(database)

    assert fired.value is mine


def test_each_new_connection_runs_the_commands_of_its_address() -> None:
    address = servers.new_database(dsn.MYSQL)
    opened = open_database(dsn.read(f"{address}?time_zone=%27%2B03%3A00%27"))

    with opened.reading() as session:
        assert session.scalar(text("SELECT @@session.time_zone")) == "+03:00"
    opened.engine.dispose()


@pytest.mark.parametrize(("kept", "more", "most"), [(0, 2, 2), (0, 0, 1), (1, 1, 2), (2, 0, 2)])
def test_a_pool_that_should_keep_nothing_is_still_bounded(
    kept: int, more: int, most: int, file: Path
) -> None:
    limits = PoolLimits(size=kept, max_overflow=more, timeout_s=0)
    opened = open_database(dsn.read("", sqlite_path=str(file)), limits)

    with ExitStack() as held:
        for _ in range(most):
            held.enter_context(opened.engine.connect())
        with pytest.raises(sa_exc.TimeoutError):
            opened.engine.connect()
    opened.engine.dispose()


@pytest.mark.parametrize(("lifetime_s", "recycle"), [(60, 60), (0, -1), (-5, -1)])
def test_the_pool_follows_the_limits(lifetime_s: int, recycle: int) -> None:
    spec = dsn.read("postgres://u@localhost/d")

    options = engine_options(spec, PoolLimits(size=3, max_overflow=4, recycle_s=lifetime_s))

    assert (options["pool_size"], options["max_overflow"]) == (3, 4)
    assert (options["pool_recycle"], options["pool_pre_ping"]) == (recycle, True)
