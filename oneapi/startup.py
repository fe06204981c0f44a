"""Before the first request: schema, root account, session secret, and a report of what is on.

Runs once per node, in a process of its own, before the workers are forked.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from oneapi import adoption
from oneapi.billing import sweeper
from oneapi.errors import SettingsError
from oneapi.lib import clock, dsn, keys, passwords
from oneapi.lib.database import SqliteTuning, prepare_engine
from oneapi.lib.dsn import EngineSpec
from oneapi.models.log import Log
from oneapi.models.token import NEVER, Token
from oneapi.models.user import Role, User
from oneapi.settings import VERSION, Settings

ROOT_NAME = "root"
ROOT_PASSWORD = "123456"  # noqa: S105 - One API's; the UI insists on another one
ROOT_QUOTA = 500_000_000_000_000
SLAVE_WAITS_S = 60
_LOCK_NAME = "oneapi_schema"
_LOCK_NUMBER = 7_066_849
_SECRET_FILE = ".oneapi-session-secret"  # noqa: S105 - a file name
_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


@dataclass(slots=True)
class StartReport:
    """What is on, and why something is off."""

    facts: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the report, warnings last."""
        return [*self.facts, *(f"WARNING: {warning}" for warning in self.warnings)]


def prepare(settings: Settings) -> StartReport:
    """Bring the database to the current schema and make the first root.

    Raises:
        SettingsError: the database cannot be reached or lacks what is needed.
    """
    report = StartReport([f"One API {VERSION}, node {settings.node_name} ({settings.node_type})"])
    spec = spec_of(settings.sql_dsn, settings)
    try:
        _prepare_main(settings, spec, report)
        if settings.log_sql_dsn:
            _prepare_logs(settings, spec_of(settings.log_sql_dsn, settings), report)
    except SQLAlchemyError as error:
        raise SettingsError(f"the database cannot be used: {error}") from error
    session_secret(settings)
    _report_rest(settings, report)
    return report


def spec_of(address: str, settings: Settings) -> EngineSpec:
    """Read a database address.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        return dsn.read(address, sqlite_path=settings.sqlite_path)
    except ValueError as error:
        raise SettingsError(f"SQL_DSN: {error}") from error


def session_secret(settings: Settings) -> str:
    """Return what signs the sign-in cookie: from the environment, else made once and kept."""
    if settings.session_secret:
        return settings.session_secret
    path = Path(settings.data_dir) / _SECRET_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
    return path.read_text().strip()


def _prepare_main(settings: Settings, spec: EngineSpec, report: StartReport) -> None:
    engine = short_lived_engine(spec, settings)
    if settings.is_slave:
        _wait_for_schema(engine)
    else:
        with schema_lock(engine, spec):
            upgrade(engine)
            with engine.begin() as connection:
                if spec.kind == dsn.SQLITE:
                    adoption.restore_indexes(connection)
                _bootstrap(connection, settings, report)
                released = sweeper.release_owned_by(Session(connection), settings.node_name)
                if released:
                    report.facts.append(f"{released} abandoned reservations were given back")
    with engine.connect() as connection:
        missing = adoption.missing_columns(connection)
        if missing:
            raise SettingsError(f"the database lacks {', '.join(missing)}")
        _report_database(connection, spec, report)


def _prepare_logs(settings: Settings, spec: EngineSpec, report: StartReport) -> None:
    engine = short_lived_engine(spec, settings)
    if not settings.is_slave:
        with schema_lock(engine, spec):
            upgrade(engine, logs_only=True)
    with engine.connect() as connection:
        missing = adoption.missing_columns(
            connection, [table for table in adoption.TABLES if table.name == Log.__tablename__]
        )
    if missing:
        raise SettingsError(f"the log database lacks {', '.join(missing)}")
    report.facts.append(f"log database: {spec.kind} at {_address(spec)}")


def short_lived_engine(spec: EngineSpec, settings: Settings) -> Engine:
    """Return an engine of our own without a pool, for work outside of serving."""
    connect_args = dict(spec.connect_args)
    if spec.kind == dsn.SQLITE:
        connect_args |= {"isolation_level": None, "check_same_thread": False}
    engine = create_engine(spec.url, connect_args=connect_args, poolclass=NullPool)
    prepare_engine(engine, spec, tuning_of(settings))
    return engine.execution_options(one_api_write=True) if spec.kind == dsn.SQLITE else engine


def tuning_of(settings: Settings) -> SqliteTuning:
    """Return the pragmas that the environment asks for."""
    return SqliteTuning(settings.sqlite_busy_timeout_ms, settings.sqlite_synchronous)


def upgrade(engine: Engine, *, logs_only: bool = False) -> None:
    """Create, adopt or upgrade the schema, whichever the database needs."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["logs_only"] = logs_only
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        known = "alembic_version" in inspect(connection).get_table_names()
        if not known and adoption.has_any(connection) and not logs_only:
            adoption.adopt(connection)
            command.stamp(config, "0001")
        command.upgrade(config, "head")


@contextmanager
def schema_lock(engine: Engine, spec: EngineSpec) -> Iterator[None]:
    """Let one node at a time change the schema."""
    if spec.kind == dsn.SQLITE:
        with Path(f"{spec.url.database}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    if spec.kind == dsn.MYSQL:
        take, give = "SELECT GET_LOCK(:name, 60)", "SELECT RELEASE_LOCK(:name)"
    else:
        take, give = "SELECT pg_advisory_lock(:number)", "SELECT pg_advisory_unlock(:number)"
    values = {"name": _LOCK_NAME} if spec.kind == dsn.MYSQL else {"number": _LOCK_NUMBER}
    with engine.connect() as connection:
        connection.execute(text(take), values)
        try:
            yield
        finally:
            connection.execute(text(give), values)


def _wait_for_schema(engine: Engine) -> None:
    """A slave changes nothing; it waits until a master has."""
    give_up = time.monotonic() + SLAVE_WAITS_S
    while True:
        with engine.connect() as connection:
            missing = adoption.missing_columns(connection)
        if not missing:
            return
        if time.monotonic() > give_up:
            raise SettingsError(f"no master has prepared the database: {', '.join(missing)}")
        time.sleep(1)


def _bootstrap(connection: Connection, settings: Settings, report: StartReport) -> None:
    session = Session(connection)
    if session.scalar(select(func.count()).select_from(User)):
        return
    root = User(
        username=ROOT_NAME,
        password=passwords.hashed(ROOT_PASSWORD),
        role=Role.ROOT,
        display_name="Root User",
        access_token=_initial_access_token(settings),
        quota=ROOT_QUOTA,
        aff_code="",
    )
    session.add(root)
    session.flush()
    key = _initial_token(settings)
    if key:
        session.add(_root_token(root.id, key))
    session.flush()
    report.facts.append(f"first start: user {ROOT_NAME!r} with password {ROOT_PASSWORD!r} was made")


def _root_token(user_id: int, key: str) -> Token:
    now_s = clock.now_s()
    return Token(
        id=1,
        user_id=user_id,
        key=key,
        name="Initial Root Token",
        created_time=now_s,
        accessed_time=now_s,
        expired_time=NEVER,
        remain_quota=ROOT_QUOTA,
        unlimited_quota=True,
    )


def _initial_access_token(settings: Settings) -> str:
    token = settings.initial_root_access_token
    if len(token) > 32:
        raise SettingsError("INITIAL_ROOT_ACCESS_TOKEN is longer than 32 characters")
    return token or keys.new_access_token()


def _initial_token(settings: Settings) -> str:
    key = settings.initial_root_token.removeprefix("sk-")
    if len(key) > 48:
        raise SettingsError("INITIAL_ROOT_TOKEN is longer than 48 characters")
    if "-" in key:
        raise SettingsError("INITIAL_ROOT_TOKEN must not contain '-'")
    return key


def _report_database(connection: Connection, spec: EngineSpec, report: StartReport) -> None:
    report.facts.append(f"database: {spec.kind} at {_address(spec)}")
    if spec.kind == dsn.SQLITE:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
        report.facts.append("SQLite: " + ", ".join(f"{k}={v}" for k, v in pragmas.items()))
        if pragmas["journal_mode"] != "wal":
            report.warnings.append("SQLite cannot use WAL here; writers will block readers")
    root = connection.execute(
        select(User.password).where(User.role == Role.ROOT).order_by(User.id).limit(1)
    ).scalar()
    if root is None:
        report.warnings.append("there is no root user")
    elif passwords.verify(ROOT_PASSWORD, root):
        report.warnings.append(f"user {ROOT_NAME!r} still has the default password: change it")


def _address(spec: EngineSpec) -> str:
    return spec.url.render_as_string(hide_password=True)


def _report_rest(settings: Settings, report: StartReport) -> None:
    report.facts.append(f"listening on port {settings.port} with {settings.workers} worker(s)")
    if settings.redis_conn_string:
        report.facts.append("Redis: on")
    else:
        report.facts.append(
            "Redis: off (REDIS_CONN_STRING is not set); rate limits count per worker"
        )
    jobs = "none (slave)" if settings.is_slave else "reservations, snapshot"
    report.facts.append(f"periodic jobs on this node: {jobs}")
    if settings.is_slave and not settings.sql_dsn:
        report.warnings.append("a slave on SQLite shares nothing with its master")
    platform = next((name for name in ("DYNO", "RENDER") if name in os.environ), "")
    if platform and not settings.sql_dsn:
        report.warnings.append("files do not last on this platform: set SQL_DSN")
    if platform and not settings.session_secret:
        report.warnings.append("set SESSION_SECRET, or everybody is signed out at each start")
