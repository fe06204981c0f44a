"""Group commit on real databases, also while they are away or lose a commit.

What time-outs decide is shortened; how long something takes is never asked.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import gevent
import pytest
from msgspec import structs

from oneapi import resources
from oneapi.billing import writer as writer_module
from oneapi.billing.entries import Closing, Payer, Reserve, Shortage
from oneapi.billing.spill import KeptClosing, SpillFile
from oneapi.billing.writer import Writer
from oneapi.errors import DatabaseUnavailable
from oneapi.lib import database, dsn
from tests.billing.books import log_of, read_books
from tests.billing.conftest import bind_database
from tests.support.books import eventually
from tests.support.fickle_line import Commit, FickleLine, fickle_line

PAYER = Payer(1, 1)
_PORT = re.compile(r"127\.0\.0\.1:(\d+)")
SERVERS = pytest.mark.parametrize("ledger_db", [dsn.MYSQL, dsn.POSTGRESQL], indirect=True)
ON_SQLITE = pytest.mark.parametrize("ledger_db", [dsn.SQLITE], indirect=True)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "SPILL_AFTER_S", 0.15)
    monkeypatch.setattr(database, "LEDGER_PATIENCE_S", 0.6)


@pytest.fixture
def line(ledger_db: str) -> Iterator[FickleLine]:
    """Bind the same database again, behind a line that misbehaves on demand."""
    direct = resources.settings
    found = _PORT.search(direct.sql_dsn)
    assert found is not None
    with fickle_line(int(found[1])) as between:
        address = _PORT.sub(f"127.0.0.1:{between.port}", direct.sql_dsn)
        engine = resources.db.engine
        bind_database(replace(direct, sql_dsn=address))
        yield between
        between.mend()
        between.speak()
        resources.db.engine.dispose()
        resources.db.bind(engine)
        resources.log_db.bind(engine)


@contextmanager
def locked_by_another_process() -> Iterator[None]:
    """Hold SQLite's write lock on a connection that is not the program's."""
    connection = sqlite3.connect(resources.settings.sqlite_path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


def reserve(request_id: str, amount: int, payer: Payer = PAYER) -> Reserve:
    return Reserve(request_id=request_id, payer=payer, amount=amount, owner="node-1", now_s=100)


def settle(request_id: str, quota: int, *, reserved: bool = True) -> Closing:
    return Closing(
        request_id=request_id,
        payer=PAYER,
        reserved=reserved,
        quota=quota,
        counts_as_request=True,
        channel_id=1,
        log={**log_of(quota), "request_id": request_id},
        now_s=100,
    )


def kept_files() -> list[Path]:
    return list(Path(resources.settings.data_dir).glob("oneapi-spill-*"))


def assert_charged_once(quota: int, *, calls: int = 1) -> None:
    books = read_books()
    assert (books.quota, books.used, books.logged, books.hourly) == (1000 - quota, *[quota] * 3)
    assert (books.rows, books.requests, books.reserved_rows) == (calls, calls, 0)


@pytest.mark.usefixtures("ledger_db")
def test_a_settlement_is_durable_when_it_returns() -> None:
    writer = Writer()
    assert writer.reserve(reserve("a", 300)) is None

    writer.close(settle("a", 120))

    assert_charged_once(120)
    assert writer.open.held_of(("user", 1)) == 0


@pytest.mark.usefixtures("ledger_db")
def test_calls_that_come_together_are_all_written() -> None:
    writer = Writer()

    def call(number: int) -> Shortage | None:
        shortage = writer.reserve(reserve(f"r{number}", 4))
        if shortage is None:
            writer.close(settle(f"r{number}", 2))
        return shortage

    calls = [gevent.spawn(call, number) for number in range(100)]
    gevent.joinall(calls, raise_error=True)

    assert [found.value for found in calls] == [None] * 100
    assert_charged_once(200, calls=100)


@pytest.mark.usefixtures("ledger_db")
def test_what_is_short_is_reported_and_holds_nothing() -> None:
    writer = Writer()

    assert writer.reserve(reserve("a", 501)) == Shortage("token", 500)

    assert read_books().quota == 1000
    assert writer.open.held_of(("user", 1)) == 0


@pytest.mark.usefixtures("ledger_db")
def test_a_neighbour_that_is_refused_for_its_token_refuses_nobody() -> None:
    writer = Writer()
    unlimited = Payer(1, 2, token_limited=False)

    calls = [
        gevent.spawn(writer.reserve, reserve("a", 900)),
        gevent.spawn(writer.reserve, reserve("b", 900, unlimited)),
    ]
    gevent.joinall(calls, raise_error=True)

    assert [found.value for found in calls] == [Shortage("token", 500), None]


@pytest.mark.usefixtures("ledger_db")
def test_a_call_that_goes_while_it_reserves_holds_nothing() -> None:
    writer = Writer()
    calls = [gevent.spawn(writer.reserve, reserve(f"r{number}", 5)) for number in range(40)]

    gevent.sleep(0)
    for number, call in enumerate(calls):
        if number % 2:
            call.kill()
    gevent.joinall(calls)

    eventually(lambda: read_books().reserved_rows == 20)
    assert read_books().quota == 1000 - 20 * 5


@pytest.mark.usefixtures("ledger_db")
def test_a_row_that_the_database_refuses_hurts_only_itself() -> None:
    writer = Writer()
    bad = structs.replace(
        settle("bad", 7, reserved=False), log={**log_of(7), "created_at": "never"}
    )
    wishes = [settle("a", 1, reserved=False), bad, settle("b", 2, reserved=False)]

    gevent.joinall([gevent.spawn(writer.close, wish) for wish in wishes], raise_error=True)

    books = read_books()
    assert (books.quota, books.requests) == (1000 - 10, 3)
    assert (books.rows, books.logged) == (2, 3)


@pytest.mark.usefixtures("ledger_db")
def test_listeners_hear_of_each_closing() -> None:
    writer, heard = Writer(), []
    writer.on_closed(lambda closing: heard.append(closing.request_id))

    writer.close(settle("a", 1, reserved=False))

    assert heard == ["a"]


@pytest.mark.usefixtures("ledger_db")
def test_counters_may_be_written_later_balances_never() -> None:
    resources.bind_settings(replace(resources.settings, batch_update_enabled=True))
    writer = Writer()
    for number in range(3):
        writer.close(settle(f"r{number}", 10, reserved=False))
    eventually(lambda: read_books().requests == 1)

    books = read_books()
    assert (books.quota, books.used, books.channel_used, books.rows) == (970, 10, 10, 3)

    writer.drain(5)

    assert_charged_once(30, calls=3)
    assert read_books().channel_used == 30


@ON_SQLITE
def test_a_settlement_goes_on_without_a_locked_database(ledger_db: str) -> None:
    writer = Writer()
    writer.reserve(reserve("a", 300))

    with locked_by_another_process():
        writer.close(settle("a", 120))
        assert read_books().rows == 0
        assert len(kept_files()) == 1

    eventually(lambda: not kept_files())
    assert_charged_once(120)


@ON_SQLITE
def test_a_full_disk_makes_a_settlement_wait_for_the_database(ledger_db: str) -> None:
    nowhere = str(Path(resources.settings.data_dir) / "gone")
    resources.bind_settings(replace(resources.settings, data_dir=nowhere))
    writer = Writer()

    with locked_by_another_process():
        call = gevent.spawn(writer.close, settle("a", 30, reserved=False))
        gevent.sleep(0.3)
        assert not call.ready()
    call.get(timeout=10)

    assert_charged_once(30)


@ON_SQLITE
def test_a_worker_that_ends_without_a_database_leaves_everything_in_the_file(
    ledger_db: str,
) -> None:
    resources.bind_settings(replace(resources.settings, batch_update_enabled=True))
    writer = Writer()
    for number in range(3):
        writer.close(settle(f"r{number}", 10, reserved=False))
    with locked_by_another_process():
        calls = [
            gevent.spawn(writer.close, settle(f"s{number}", 5, reserved=False))
            for number in range(3)
        ]
        gevent.sleep(0)
        writer.drain(0.05)
        gevent.joinall(calls, raise_error=True)
        kept = "".join(file.read_text() for file in kept_files())

    assert set(re.findall(r'"request_id": "(s\d)"', kept)) == {"s0", "s1", "s2"}
    assert '"users"' in kept
    eventually(lambda: not kept_files(), within_s=10)
    assert read_books().quota == 1000 - 45


def test_a_new_worker_writes_what_a_dead_one_left(ledger_db: str, tmp_path: Path) -> None:
    Writer().reserve(reserve("a", 300))
    left = SpillFile.create(tmp_path)
    for closing in (settle("a", 40), settle("b", 40, reserved=False)):
        left.append(KeptClosing(closing))
    left.let_go()

    Writer().recover()

    eventually(lambda: not kept_files())
    assert_charged_once(80, calls=2)


def test_a_second_replay_finds_it_done(ledger_db: str, tmp_path: Path) -> None:
    for _ in range(2):
        left = SpillFile.create(tmp_path)
        left.append(KeptClosing(settle("b", 40, reserved=False)))
        left.let_go()
        Writer().recover()
        eventually(lambda: not kept_files())

    assert_charged_once(40)


def test_what_came_with_its_batch_after_all_is_not_written_again(
    ledger_db: str, tmp_path: Path
) -> None:
    Writer().close(settle("b", 40, reserved=False))
    with resources.db.reading() as session:
        (batch_id,) = session.connection().exec_driver_sql("SELECT id FROM oneapi_batches").one()
    left = SpillFile.create(tmp_path)
    left.append(KeptClosing(settle("b", 40, reserved=False), batch_id))
    left.let_go()

    Writer().recover()

    eventually(lambda: not kept_files())
    assert_charged_once(40)


@SERVERS
def test_without_a_database_a_reservation_is_refused_at_once(line: FickleLine) -> None:
    writer = Writer()
    line.cut()

    with pytest.raises(DatabaseUnavailable):
        writer.reserve(reserve("a", 300))

    line.mend()
    assert writer.reserve(reserve("b", 300)) is None
    assert read_books().quota == 700


@SERVERS
@pytest.mark.parametrize("how", ["cut", "fall_silent"])
def test_a_settlement_goes_on_without_a_server(line: FickleLine, how: str) -> None:
    writer = Writer()
    writer.reserve(reserve("a", 300))

    getattr(line, how)()
    writer.close(settle("a", 120))
    writer.close(settle("b", 30, reserved=False))
    assert kept_files()
    line.mend()
    line.speak()

    eventually(lambda: not kept_files(), within_s=10)
    assert_charged_once(150, calls=2)


@SERVERS
@pytest.mark.parametrize("fate", [Commit.IS_LOST, Commit.LOSES_ITS_ANSWER])
def test_a_commit_that_breaks_happens_once(line: FickleLine, fate: Commit) -> None:
    writer = Writer()

    line.next_commit = fate
    assert writer.reserve(reserve("a", 300)) is None
    line.next_commit = fate
    writer.close(settle("a", 120))
    line.next_commit = fate
    writer.close(settle("b", 30, reserved=False))

    eventually(lambda: not kept_files())
    eventually(lambda: read_books().requests == 2)
    assert_charged_once(150, calls=2)


@SERVERS
def test_a_commit_that_arrives_late_happens_once(line: FickleLine) -> None:
    writer = Writer()
    writer.close(settle("before", 1, reserved=False))

    line.next_commit = Commit.IS_LATE
    writer.close(settle("b", 30, reserved=False))
    gevent.sleep(database.LEDGER_PATIENCE_S)
    line.speak()

    eventually(lambda: not kept_files(), within_s=10)
    assert_charged_once(31, calls=2)


@SERVERS
def test_a_reservation_that_arrives_late_is_given_back(line: FickleLine) -> None:
    writer = Writer()
    writer.close(settle("before", 1, reserved=False))

    line.next_commit = Commit.IS_LATE
    with pytest.raises(DatabaseUnavailable):
        writer.reserve(reserve("a", 300))
    line.speak()
    assert writer.reserve(reserve("b", 10)) is None

    eventually(lambda: read_books().quota == 1000 - 1 - 10)
    assert read_books().reserved_rows == 1
