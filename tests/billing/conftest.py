"""The ledger's tests run on every database that we promise."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import gevent
import pytest
from sqlalchemy import Engine, create_engine, delete
from sqlalchemy.orm import Session

from oneapi import resources, startup
from oneapi.billing.keeper import Keeper
from oneapi.billing.late_logs import LateLogs
from oneapi.billing.writer import Writer, writer
from oneapi.lib import dsn
from oneapi.lib.database import PoolLimits, SqliteTuning, engine_options, prepare_engine
from oneapi.models.base import Base
from oneapi.models.channel import Channel
from oneapi.models.token import Token
from oneapi.models.user import User
from oneapi.settings import Settings
from tests.support import servers


@pytest.fixture(params=servers.KINDS)
def ledger_db(
    request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path
) -> Iterator[str]:
    """Bind an empty database of one kind, with user 1, his tokens 1 and 2, and channel 1."""
    kind: str = request.param
    settings = Settings(
        sql_dsn="" if kind == dsn.SQLITE else _database_of(kind),
        sqlite_path=str(tmp_path / "one-api.db"),
        data_dir=str(tmp_path),
        node_name="node-1",
        batch_update_interval_s=3600,
    )
    if kind == dsn.SQLITE:
        shutil.copy(empty_database, settings.sqlite_path)
    bind_database(settings)
    with resources.db.transaction() as session:
        _fill(session)
    with _writers_end():
        yield kind
    resources.db.engine.dispose()
    resources.bind_settings(Settings())


@contextmanager
def _writers_end() -> Iterator[None]:
    """End what a test's own writers still try: they would go on in the next test's database."""
    started: list[gevent.Greenlet[..., Any]] = []
    gevent.Greenlet.add_spawn_callback(started.append)
    try:
        yield
    finally:
        gevent.Greenlet.remove_spawn_callback(started.append)
        owners = {
            found: getattr(getattr(found, "_run", None), "__self__", None) for found in started
        }
        of_the_process = (writer, writer._keeper, writer._late_logs)
        gevent.killall(
            [
                found
                for found, owner in owners.items()
                if isinstance(owner, (Writer, Keeper, LateLogs)) and owner not in of_the_process
            ]
        )


def bind_database(settings: Settings) -> None:
    """Make this the database of the process, log rows included."""
    resources.bind_settings(settings)
    engine = engine_of(settings)
    resources.db.bind(engine)
    resources.log_db.bind(engine)
    resources.db.tune_ledger(SqliteTuning(synchronous="NORMAL"))


def engine_of(settings: Settings) -> Engine:
    """Return an engine as a worker has it."""
    spec = dsn.read(settings.sql_dsn, sqlite_path=settings.sqlite_path)
    engine = create_engine(spec.url, **engine_options(spec, PoolLimits()))
    prepare_engine(engine, spec, SqliteTuning(synchronous="NORMAL"))
    return engine


@cache
def _database_of(kind: str) -> str:
    """One database a kind and run; each test empties it."""
    address = servers.new_database(kind)
    startup.prepare(Settings(sql_dsn=address))
    return address


def _fill(session: Session) -> None:
    for table in Base.metadata.sorted_tables:
        session.execute(delete(table))
    session.add(User(id=1, username="alice", password="", quota=1000, aff_code="a"))
    session.add(Token(id=1, user_id=1, key="one", remain_quota=500, unlimited_quota=False))
    session.add(Token(id=2, user_id=1, key="two", remain_quota=0, unlimited_quota=True))
    session.add(Channel(id=1, type=1, key="k", name="c", used_quota=0))
