"""Log rows in a database of their own: charged in one, written in the other, each once."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from oneapi import resources, startup
from oneapi.billing import writer as writer_module
from oneapi.billing.entries import Closing, Payer
from oneapi.billing.ledger_sql import LOG_COLUMNS
from oneapi.billing.spill import KeptClosing, KeptLog, SpillFile
from oneapi.billing.writer import Writer
from oneapi.lib import database, dsn
from oneapi.models.log import Log
from oneapi.settings import Settings
from tests.billing.books import log_of, read_books
from tests.billing.conftest import engine_of
from tests.support import servers
from tests.support.books import eventually
from tests.support.fickle_line import Commit, FickleLine, fickle_line

_PORT = re.compile(r"127\.0\.0\.1:(\d+)")


@pytest.fixture(params=[dsn.MYSQL, dsn.POSTGRESQL])
def log_line(ledger_db: str, request: pytest.FixtureRequest) -> Iterator[FickleLine]:
    """Bind an empty log database behind a line that misbehaves on demand."""
    address = _log_database(request.param)
    found = _PORT.search(address)
    assert found is not None
    with fickle_line(int(found[1])) as between:
        behind = _PORT.sub(f"127.0.0.1:{between.port}", address)
        engine = engine_of(Settings(sql_dsn=behind))
        resources.log_db.bind(engine)
        with resources.log_db.transaction() as session:
            session.execute(delete(Log))
        yield between
        # A row still on its way would end in the next test's database.
        eventually(lambda: not kept_files(), within_s=10)
        engine.dispose()


@pytest.fixture
def soon_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rows that cannot be written go to the file at once; for broken lines only."""
    monkeypatch.setattr(writer_module, "SPILL_AFTER_S", 0.15)


@cache
def _log_database(kind: str) -> str:
    """One database a kind and run; each test empties it."""
    address = servers.new_database(kind)
    startup.prepare(Settings(sql_dsn=address))
    return address


def settle(request_id: str, quota: int) -> Closing:
    return Closing(
        request_id=request_id,
        payer=Payer(1, 1),
        reserved=False,
        quota=quota,
        counts_as_request=True,
        log={**log_of(quota), "request_id": request_id},
        now_s=100,
    )


def late_rows() -> tuple[int, int]:
    """Return the number of rows in the log database, and their sum."""
    with Session(resources.log_db.engine) as session:
        found = session.execute(select(func.count(), func.coalesce(func.sum(Log.quota), 0))).one()
        return found[0], int(found[1] or 0)


def kept_files() -> list[Path]:
    return list(Path(resources.settings.data_dir).glob("oneapi-spill-*"))


def test_the_row_is_there_when_the_settlement_returns(log_line: FickleLine) -> None:
    Writer().close(settle("a", 40))

    assert late_rows() == (1, 40)
    assert (read_books().quota, read_books().rows, read_books().hourly) == (960, 0, 40)


def test_a_closing_that_had_no_effect_writes_no_row(log_line: FickleLine) -> None:
    closing = Closing(
        request_id="a", payer=Payer(1, 1), reserved=True, quota=5, log=log_of(5), now_s=100
    )

    Writer().close(closing)

    assert late_rows() == (0, 0)


@pytest.mark.usefixtures("soon_kept")
def test_without_the_log_database_the_charge_stands_and_the_row_follows(
    log_line: FickleLine,
) -> None:
    writer = Writer()
    log_line.cut()

    for number in range(3):
        writer.close(settle(f"r{number}", 10))
    assert read_books().quota == 970
    log_line.mend()

    eventually(lambda: not kept_files(), within_s=10)
    assert late_rows() == (3, 30)


@pytest.mark.usefixtures("soon_kept")
@pytest.mark.parametrize("fate", [Commit.IS_LOST, Commit.LOSES_ITS_ANSWER])
def test_a_commit_that_breaks_writes_each_row_once(log_line: FickleLine, fate: Commit) -> None:
    writer = Writer()

    log_line.next_commit = fate
    writer.close(settle("a", 40))

    eventually(lambda: not kept_files(), within_s=10)
    eventually(lambda: late_rows() == (1, 40))


@pytest.mark.usefixtures("soon_kept")
def test_a_commit_that_arrives_late_writes_each_row_once(
    log_line: FickleLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LEDGER_PATIENCE_S", 0.5)
    writer = Writer()

    log_line.next_commit = Commit.IS_HELD
    for request_id in ("a", "b"):
        writer.close(settle(request_id, 40))
    # The second connection looks for the row, and gives up; a third one tries again.
    eventually(lambda: log_line.connections >= 3, within_s=10)
    log_line.release()

    eventually(lambda: not kept_files(), within_s=10)
    assert late_rows() == (2, 80)


def test_a_row_that_a_former_process_sent_is_waited_for(
    log_line: FickleLine, tmp_path: Path
) -> None:
    """Its transaction is open when the next process begins to replay, and arrives then."""
    with Session(resources.log_db.engine) as former:
        row = {**log_of(7), "request_id": "sent"}
        sent = Log(**{name: row[name] for name in row if name in LOG_COLUMNS})
        former.add(sent)
        former.flush()
        left = SpillFile.create(tmp_path)
        left.append(KeptLog(row, sent.id))
        left.let_go()
        before = log_line.connections

        Writer().recover()
        eventually(lambda: log_line.connections > before, within_s=10)
        former.commit()

    eventually(lambda: not kept_files(), within_s=10)
    assert late_rows() == (1, 7)


def test_kept_rows_are_written_once(log_line: FickleLine, tmp_path: Path) -> None:
    Writer().close(settle("there", 5))
    left = SpillFile.create(tmp_path)
    for request_id, quota in (("there", 5), ("new", 7)):
        left.append(KeptLog({**log_of(quota), "request_id": request_id}))
    left.append(KeptClosing(settle("charge", 9)))
    left.let_go()

    Writer().recover()

    eventually(lambda: not kept_files(), within_s=10)
    assert late_rows() == (3, 21)
    assert read_books().quota == 1000 - 5 - 9
