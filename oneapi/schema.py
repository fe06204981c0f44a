"""The schema of a database: created, adopted or upgraded by one node while the others wait."""

import fcntl
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, Table, inspect, text
from sqlalchemy.exc import OperationalError

from oneapi import adoption
from oneapi.errors import SettingsError
from oneapi.lib import dsn
from oneapi.lib.dsn import EngineSpec

LOCK_WAIT_S = 600
"""How long another node may take; an index on a large table of logs needs minutes."""

SLAVE_WAIT_S = 60
VERSIONS = "alembic_version"
LOG_VERSIONS = "oneapi_logs_version"
"""The logs' own database counts its versions apart: it may be somebody's main one, too."""

_BASELINE = "0001"
_LOOK_S = 0.25
_LOCK_NUMBER = 7_066_849
"""Means nothing, but has to stay: nodes of different versions take the same lock."""

_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done to a schema, in words."""

    text: str
    is_adoption: bool = False
    """Whether another program had made the tables."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an upgrade would do, and how."""

    text: str
    steps: tuple[str, ...] = ()
    """Statements on One API's tables, then the versions that follow."""


class Schema:
    """What a database should hold: everything, or the logs alone."""

    def __init__(self, engine: Engine, *, logs_only: bool = False) -> None:
        self._engine = engine
        self._logs_only = logs_only
        self.tables: Sequence[Table] = adoption.LOGS if logs_only else adoption.TABLES
        self.versions = LOG_VERSIONS if logs_only else VERSIONS

    def upgrade(self) -> Upgrade:
        """Create, adopt or upgrade, whichever is needed, and say what was done.

        One transaction, except on MySQL, which commits each change; a start that broke off
        there is continued by the next one, as an adoption.

        Raises:
            SettingsError: a migration could not be applied.
        """
        try:
            with self._engine.begin() as connection:
                return self._upgrade(connection)
        except CommandError as error:
            raise SettingsError(f"the schema cannot be upgraded: {error}") from error

    def preview(self) -> Preview:
        """Say what ``upgrade`` would do; nothing is changed."""
        with self._engine.connect() as connection:
            before = self._version(connection)
            if before is not None and before not in _versions():
                return Preview(f"version {before}, of a newer release: it stays as it is")
            if before == _newest():
                return Preview(f"version {before}: nothing is to be done")
            if before is not None:
                return Preview(f"version {before}, to be upgraded", _steps_after(before))
            if not adoption.has_any(connection, self.tables):
                return Preview("empty, to be created", _steps_after(None))
            changes = adoption.statements(connection, self.tables)
            steps = (*changes, *_steps_after(_BASELINE))
        return Preview("of One API, to be adopted", steps)

    def shortcomings(self) -> list[str]:
        """Name the columns and the version that are missing; nothing if all is there."""
        with self._engine.connect() as connection:
            missing = adoption.missing_columns(connection, self.tables)
            version = self._version(connection)
        if version in _versions() and version != _newest():
            missing.append(f"version {_newest()} (it has {version})")
        return missing

    def wait(self, *, patience_s: float = SLAVE_WAIT_S) -> None:
        """Wait until a master has prepared the database.

        Raises:
            SettingsError: none has, in this time.
        """
        give_up = time.monotonic() + patience_s
        while shortcomings := self._shortcomings_or_absence():
            if time.monotonic() > give_up:
                raise SettingsError(
                    f"no master has prepared the database; it lacks {', '.join(shortcomings)}"
                )
            time.sleep(_LOOK_S)

    def restore_indexes(self) -> None:
        """Create our indexes again: One API drops them when it rebuilds tables on SQLite."""
        with self._engine.begin() as connection:
            adoption.restore_indexes(connection, self.tables)

    def _shortcomings_or_absence(self) -> list[str]:
        try:
            return self.shortcomings()
        except OperationalError:
            return ["a server that answers"]

    def _upgrade(self, connection: Connection) -> Upgrade:
        before = self._version(connection)
        if before is not None and before not in _versions():
            return Upgrade(f"version {before}, of a newer release")
        if before == _newest():
            return Upgrade(f"version {before}")
        is_foreign = before is None and adoption.has_any(connection, self.tables)
        config = self._config(connection)
        if is_foreign:
            adoption.adopt(connection, self.tables)
            command.stamp(config, _newest() if self._is_complete(connection) else _BASELINE)
        command.upgrade(config, "head")
        done = "adopted from One API" if is_foreign else "created" if before is None else "upgraded"
        return Upgrade(f"{done}, version {_newest()}", is_adoption=is_foreign)

    def _is_complete(self, connection: Connection) -> bool:
        """Whether the logs have our additions already, being in somebody's main database."""
        if not self._logs_only or adoption.missing_columns(connection, self.tables):
            return False
        adoption.restore_indexes(connection, self.tables)
        return True

    def _version(self, connection: Connection) -> str | None:
        if not inspect(connection).has_table(self.versions):
            return None
        found = connection.execute(text(f"SELECT version_num FROM {self.versions}"))  # noqa: S608
        version = found.scalar()
        return None if version is None else str(version)

    def _config(self, connection: Connection) -> Config:
        config = _scripts()
        config.attributes.update(
            connection=connection, logs_only=self._logs_only, version_table=self.versions
        )
        return config


@contextmanager
def lock(engine: Engine, spec: EngineSpec, *, patience_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Let one node at a time change the schema.

    Raises:
        SettingsError: another node held the lock all this time.
    """
    holders = {dsn.SQLITE: _file_lock, dsn.MYSQL: _mysql_lock, dsn.POSTGRESQL: _postgresql_lock}
    with holders[spec.kind](engine, spec, patience_s):
        yield


@contextmanager
def _file_lock(_engine: Engine, spec: EngineSpec, patience_s: float) -> Iterator[None]:
    with Path(f"{spec.url.database}.lock").open("w") as file:
        _until(lambda: _locked(file.fileno()), patience_s)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _mysql_lock(engine: Engine, spec: EngineSpec, patience_s: float) -> Iterator[None]:
    # The name is known to the whole server, and at most 64 characters long.
    name = {"name": "oneapi-" + hashlib.sha256(str(spec.url.database).encode()).hexdigest()[:32]}
    with engine.connect() as connection:
        take = text("SELECT GET_LOCK(:name, 0)")
        _until(lambda: bool(connection.execute(take, name).scalar()), patience_s)
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)


@contextmanager
def _postgresql_lock(engine: Engine, _spec: EngineSpec, patience_s: float) -> Iterator[None]:
    # Held by an open transaction, so it also works behind a pooler that shares connections.
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        take = text("SELECT pg_try_advisory_xact_lock(:number)")
        number = {"number": _LOCK_NUMBER}
        _until(lambda: bool(connection.execute(take, number).scalar()), patience_s)
        yield


def _until(is_taken: Callable[[], bool], patience_s: float) -> None:
    give_up = time.monotonic() + patience_s
    while not is_taken():
        if time.monotonic() > give_up:
            raise SettingsError("another node has been changing the database for too long")
        time.sleep(_LOOK_S)


def _scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _versions() -> frozenset[str]:
    directory = ScriptDirectory.from_config(_scripts())
    return frozenset(script.revision for script in directory.walk_revisions())


def _steps_after(version: str | None) -> tuple[str, ...]:
    """Name what the versions after this one bring."""
    scripts = ScriptDirectory.from_config(_scripts()).walk_revisions("base", "head")
    coming: list[str] = []
    for script in scripts:
        if script.revision == version:
            break
        coming.append(f"version {script.revision}: {script.doc}")
    return tuple(reversed(coming))


def _newest() -> str:
    return str(ScriptDirectory.from_config(_scripts()).get_current_head())
