"""Engines and transactions, the same for SQLite, MySQL and PostgreSQL, fit for gevent.

SQLite is C code that would stop every greenlet while it works, so its statements run in native
threads; the drivers of the other two cooperate by themselves.  On SQLite all writers of a
process take turns (one greenlet lock, ``BEGIN IMMEDIATE``): without it the waiting ones would
fill the native threads and the holder of the write lock would find none for its COMMIT.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import gevent
from gevent.lock import BoundedSemaphore
from sqlalchemy import Connection, Engine, event
from sqlalchemy import exc as sa_exc
from sqlalchemy.orm import Session

from oneapi.errors import DatabaseUnavailable
from oneapi.lib.dsn import EngineSpec
from oneapi.lib.threads import LEDGER, SQLITE

_T = TypeVar("_T")

BUSY_PATIENCE_S = 30
"""How long a SQLite writer of another process is waited for before the caller gets 503."""

_BUSY_PAUSE_S = 0.01
_EVERY_CHARACTER = "utf8mb4"
LEDGER_PATIENCE_S = 30
"""How long a server may take for one transaction of the ledger; one that has stopped answering
would keep it waiting for ever."""

PATIENCE_S = 60.0
"""The same for every other transaction."""

CALL_PATIENCE_S = 10.0
"""The same for the few rows that a relayed call reads before it does anything."""


class CommitUncertain(Exception):
    """The connection broke during COMMIT: the transaction may or may not be there."""


class DbapiConnection(Protocol):
    """The part of a driver's connection that prepared statements need."""

    def cursor(self) -> Any: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SqliteTuning:
    """Pragmas of every SQLite connection."""

    busy_timeout_ms: int = 3000
    synchronous: str = "FULL"


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many connections one worker keeps and opens."""

    size: int = 10
    max_overflow: int = 10
    recycle_s: int = 60
    timeout_s: int = 30


class NativeCursor(sqlite3.Cursor):
    """A cursor whose work happens in a native thread."""

    def execute(self, *args: Any) -> "NativeCursor":
        SQLITE.run(super().execute, *args)
        return self

    def executemany(self, *args: Any) -> "NativeCursor":
        SQLITE.run(super().executemany, *args)
        return self

    def fetchone(self) -> Any:
        return SQLITE.run(super().fetchone)

    def fetchmany(self, *args: Any, **kwargs: Any) -> list[Any]:
        return SQLITE.run(super().fetchmany, *args, **kwargs)

    def fetchall(self) -> list[Any]:
        return SQLITE.run(super().fetchall)


class NativeConnection(sqlite3.Connection):
    """A connection for the control plane: SQLAlchemy stays in the greenlet, SQLite does not."""

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or NativeCursor)

    def commit(self) -> None:
        SQLITE.run(super().commit)

    def rollback(self) -> None:
        SQLITE.run(super().rollback)


def engine_options(spec: EngineSpec, limits: PoolLimits) -> dict[str, Any]:
    """Return the keyword arguments of ``create_engine`` for this address."""
    connect_args: dict[str, Any] = dict(spec.connect_args)
    # SQLAlchemy takes a size of 0 for "no limit at all"; a pool with a limit keeps one at least.
    kept = max(limits.size, 1)
    options: dict[str, Any] = {
        "pool_size": kept,
        "max_overflow": max(limits.size + limits.max_overflow - kept, 0),
        "pool_recycle": limits.recycle_s if limits.recycle_s > 0 else -1,
        "pool_timeout": limits.timeout_s,
        "pool_pre_ping": spec.kind != "sqlite",
        "connect_args": connect_args,
    }
    if spec.kind == "sqlite":
        connect_args |= {
            "factory": NativeConnection,
            "check_same_thread": False,
            "isolation_level": None,
        }
    if spec.kind == "mysql":
        # As PostgreSQL by itself.  At MySQL's own level whoever looks for a row that is missing
        # locks the gap where it would be, and two who then add theirs wait for each other.
        options["isolation_level"] = "READ COMMITTED"
    return options


def prepare_engine(engine: Engine, spec: EngineSpec, tuning: SqliteTuning) -> None:
    """Attach what every new connection and transaction of this engine needs."""

    def on_connect(connection: DbapiConnection, _record: object) -> None:
        cursor = connection.cursor()
        for command in (*_pragmas(spec, tuning), *spec.init_commands):
            cursor.execute(command)
        cursor.close()

    event.listen(engine, "connect", on_connect)
    if spec.kind == "sqlite":
        event.listen(engine, "begin", _begin_sqlite)


def charset_of_new_tables(connection: Connection) -> str | None:
    """Return the character set that a new table has to name; ``None`` where the default will do.

    Only MySQL has such defaults: ``latin1`` on old servers and on MariaDB, which takes no Chinese,
    or ``utf8mb3``, which takes no emoji.
    """
    if connection.dialect.name != "mysql":
        return None
    default = connection.exec_driver_sql("SELECT @@character_set_database").scalar()
    return None if default == _EVERY_CHARACTER else _EVERY_CHARACTER


def _pragmas(spec: EngineSpec, tuning: SqliteTuning) -> tuple[str, ...]:
    if spec.kind != "sqlite":
        return ()
    return (
        f"PRAGMA busy_timeout={int(tuning.busy_timeout_ms)}",
        "PRAGMA journal_mode=WAL",
        f"PRAGMA synchronous={'NORMAL' if tuning.synchronous == 'NORMAL' else 'FULL'}",
    )


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("one_api_write"):
        connection.exec_driver_sql("BEGIN")
        return
    give_up = time.monotonic() + BUSY_PATIENCE_S
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except sa_exc.OperationalError as error:
            if not _is_busy(error.orig) or time.monotonic() > give_up:
                raise
            time.sleep(_BUSY_PAUSE_S)
        else:
            return


def _is_busy(error: BaseException | None) -> bool:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


_WRITE_TURN = BoundedSemaphore(1)
"""One SQLite writer at a time in this process, whatever engine it uses."""


class Database:
    """One database of the process: short transactions, and the ledger's way in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._engine: Engine | None = None
        self._reader: Engine | None = None
        self._writer: Engine | None = None
        self._ledger = _SqliteLedger()

    def bind(self, engine: Engine) -> None:
        """Use this engine from now on (the factory, or a test)."""
        self._engine = engine
        self._reader = engine
        self._writer = engine.execution_options(one_api_write=True)
        self._ledger.forget()

    @property
    def engine(self) -> Engine:
        """The engine; an error when nothing was bound yet."""
        if self._engine is None:
            raise RuntimeError(f"database {self.name!r} is used before it was bound")
        return self._engine

    @property
    def kind(self) -> str:
        """``sqlite``, ``mysql`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One write transaction: committed at the end, rolled back by an exception.

        Raises:
            DatabaseUnavailable: the database did not answer, or stayed busy.
        """
        with (
            self._limited(PATIENCE_S),
            self._turn(),
            _mapped_errors(),
            Session(self._writer) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading(self, *, within_s: float | None = None) -> Iterator[Session]:
        """One consistent read; nothing is written.

        ``within_s`` is how long a server may take, ``PATIENCE_S`` unless told otherwise.

        Raises:
            DatabaseUnavailable: the database did not answer, or not in time.
        """
        with (
            self._limited(PATIENCE_S if within_s is None else within_s),
            _mapped_errors(),
            Session(self._reader) as session,
            session.begin(),
        ):
            yield session

    def ledger_transaction(self, work: Callable[[DbapiConnection], _T]) -> _T:
        """Run plain statements in one transaction of their own.

        On SQLite ``work`` runs in a native thread: it must be a plain function of values.

        Raises:
            DatabaseUnavailable: nothing was written.
            CommitUncertain: the result of the commit is unknown.
        """
        if self.kind != "sqlite":
            return self._server_transaction(work)
        give_up = time.monotonic() + BUSY_PATIENCE_S
        with _WRITE_TURN:
            while True:
                done = LEDGER.run(self._ledger.run, self._sqlite_path(), work)
                if done is not None:
                    return done[0]
                if time.monotonic() > give_up:
                    raise DatabaseUnavailable("another process keeps the database locked")
                time.sleep(_BUSY_PAUSE_S)

    def _server_transaction(self, work: Callable[[DbapiConnection], _T]) -> _T:
        with self._limited(LEDGER_PATIENCE_S), self._raw_connection() as connection:
            return self._guarded(work, connection)

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """Limit work on a server; SQLite is a file and has limits of its own.

        A connection that the limit interrupts is not used again: SQLAlchemy drops it, as after
        every exception that is none of the driver's.
        """
        if self.kind == "sqlite":
            yield
            return
        limit = gevent.Timeout(seconds)
        try:
            with limit:
                yield
        except (gevent.Timeout, sa_exc.DBAPIError) as error:
            fired = _interruption(error)
            if fired is limit:
                raise DatabaseUnavailable("the database did not answer in time") from error
            if fired is not None:
                raise fired from error
            raise

    @contextmanager
    def _raw_connection(self) -> Iterator[Any]:
        """Take a connection from the pool; one that an exception leaves is not used again."""
        # Below SQLAlchemy's own calls the driver's errors come as they are.
        away = (self.engine.dialect.loaded_dbapi.Error, sa_exc.SQLAlchemyError, OSError)
        try:
            connection = self.engine.raw_connection()
        except away as error:
            raise DatabaseUnavailable(str(error)) from error
        try:
            yield connection
        except BaseException:
            connection.invalidate()
            raise
        finally:
            connection.close()

    def _guarded(self, work: Callable[[DbapiConnection], _T], connection: Any) -> _T:
        dbapi = self.engine.dialect.loaded_dbapi
        away = (dbapi.OperationalError, dbapi.InterfaceError, dbapi.InternalError, OSError)
        try:
            if self.kind == "mysql":
                # Its default level locks the gaps between keys, and workers that insert
                # neighbours then wait for each other in a circle.
                connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            result = work(connection)
        except away as error:
            raise DatabaseUnavailable(str(error)) from error
        try:
            connection.commit()
        except (dbapi.Error, OSError, gevent.Timeout) as error:
            raise CommitUncertain(str(error)) from error
        return result

    def _sqlite_path(self) -> "SqlitePath":
        url = self.engine.url
        return SqlitePath(url.database or ":memory:", dict(self._ledger_pragmas))

    _ledger_pragmas: Mapping[str, str] = {}

    def tune_ledger(self, tuning: SqliteTuning) -> None:
        """Say how the ledger's own SQLite connection is set up."""
        self._ledger_pragmas = {
            "busy_timeout": str(int(tuning.busy_timeout_ms)),
            "synchronous": "NORMAL" if tuning.synchronous == "NORMAL" else "FULL",
        }

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self.kind != "sqlite":
            yield
            return
        with _WRITE_TURN:
            yield


@dataclass(frozen=True, slots=True)
class SqlitePath:
    """A SQLite file and the pragmas of the ledger's connection to it."""

    path: str
    pragmas: Mapping[str, str] = field(default_factory=dict)


class _SqliteLedger:
    """The ledger's own connection; touched only by the one thread of ``LEDGER``."""

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | None = None

    def forget(self) -> None:
        """Open a new connection for the next transaction (another file was bound)."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def run(self, target: SqlitePath, work: Callable[[DbapiConnection], _T]) -> tuple[_T] | None:
        """Return the result in a tuple; ``None`` when another process has the write lock."""
        try:
            connection = self._open(target)
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                return None
            self.forget()
            raise DatabaseUnavailable(str(error)) from error
        try:
            result = work(connection)
            connection.commit()
        except sqlite3.OperationalError as error:
            self.forget()
            raise DatabaseUnavailable(str(error)) from error
        except BaseException:
            connection.rollback()
            raise
        return (result,)

    def _open(self, target: SqlitePath) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(
                target.path, isolation_level=None, check_same_thread=False
            )
            for name, value in target.pragmas.items():
                self._connection.execute(f"PRAGMA {name}={value}")
        return self._connection


def _interruption(error: BaseException) -> gevent.Timeout | None:
    """Return the limit that broke off what the driver was doing, if one did.

    It may stand behind an error: psycopg's look whether a connection is alive cannot tidy up after
    itself when it is interrupted, and says so.
    """
    found: BaseException | None = error
    while found is not None and not isinstance(found, gevent.Timeout):
        found = found.__context__
    return found


@contextmanager
def _mapped_errors() -> Iterator[None]:
    """Turn "the database is away or busy" into our own exception; leave bugs as they are."""
    try:
        yield
    except (sa_exc.OperationalError, sa_exc.InterfaceError, sa_exc.TimeoutError) as error:
        raise DatabaseUnavailable(str(error)) from error
    except sa_exc.DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable(str(error)) from error
        raise
