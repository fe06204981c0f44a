"""Before the first request: schema, root account, and a report of what is on.

Runs once per node, in a process of its own, before the workers are forked.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from oneapi import addresses, bootstrap, data_checks, schema, start_report
from oneapi.accounts.login import DEFAULT_ROOT_PASSWORD
from oneapi.billing import sweeper
from oneapi.errors import SettingsError
from oneapi.lib import clock, dsn
from oneapi.lib.database import SqliteTuning, prepare_engine
from oneapi.lib.dsn import EngineSpec
from oneapi.schema import Schema, Upgrade
from oneapi.settings import Settings
from oneapi.start_report import StartReport

_TRIES = 3
_PAUSE_S = 0.05


def prepare(settings: Settings) -> StartReport:
    """Make the node ready to serve.

    Raises:
        SettingsError: something cannot be used; the message names the variable or what is missing.
    """
    _check_folder(settings)
    return (
        start_report.of_node(settings)
        + migrate(settings)
        + _release_own_reservations(settings)
        + start_report.of_redis(settings)
        + start_report.of_jobs(settings)
        + start_report.of_environment(settings, os.environ)
    )


def migrate(settings: Settings) -> StartReport:
    """Bring the databases to the current schema and make the first root; a slave waits for it.

    Raises:
        SettingsError: a database cannot be reached or lacks what is needed.
    """
    logs = addresses.log_database(settings)
    with _database_errors():
        report = _bring_up_main(settings)
        return report if logs is None else report + _bring_up_logs(logs, settings)


def preview(settings: Settings) -> list[str]:
    """Say what ``migrate`` would do to the databases, line by line; nothing is changed.

    Raises:
        SettingsError: a database cannot be reached.
    """
    main, logs = addresses.database(settings), addresses.log_database(settings)
    with _database_errors():
        lines = _preview("database", main, logs_only=False)
        return lines if logs is None else lines + _preview("log database", logs, logs_only=True)


def main_engine(settings: Settings) -> Engine:
    """Return a short-lived engine of the main database."""
    return short_lived_engine(addresses.database(settings), settings)


def log_engine(settings: Settings) -> Engine:
    """Return a short-lived engine of the database that holds the logs."""
    logs = addresses.log_database(settings) or addresses.database(settings)
    return short_lived_engine(logs, settings)


def reading(engine: Engine) -> Engine:
    """Return the engine for work that only reads: on SQLite it waits for no writer."""
    return engine.execution_options(one_api_write=False)


def spec_of(address: str, settings: Settings) -> EngineSpec:
    """Read a database address.

    Raises:
        SettingsError: it cannot be read.
    """
    return addresses.database(replace(settings, sql_dsn=address))


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


def _bring_up_main(settings: Settings) -> StartReport:
    spec = addresses.database(settings)
    engine = short_lived_engine(spec, settings)
    whole = Schema(engine)
    report = StartReport()
    if settings.is_slave:
        whole.wait()
        done = Upgrade("as a master prepared it")
    else:
        with schema.lock(engine, spec):
            done = _upgraded(whole, spec)
            report += _make_first_root(engine, settings)
    _verify("database", whole)
    report = start_report.of_database("database", spec, schema=done.text) + report
    if spec.kind == dsn.SQLITE:
        with reading(engine).connect() as connection:
            report += start_report.of_sqlite(connection, spec)
    return report + _about_rows(engine, is_new=done.is_adoption)


def _bring_up_logs(spec: EngineSpec, settings: Settings) -> StartReport:
    engine = short_lived_engine(spec, settings)
    logs = Schema(engine, logs_only=True)
    if settings.is_slave:
        logs.wait()
        done = Upgrade("as a master prepared it")
    else:
        with schema.lock(engine, spec):
            done = _upgraded(logs, spec)
    _verify("log database", logs)
    return start_report.of_database("log database", spec, schema=done.text)


def _preview(name: str, spec: EngineSpec, *, logs_only: bool) -> list[str]:
    engine = _looking_engine(spec)
    coming = Schema(engine, logs_only=logs_only).preview()
    report = start_report.of_database(name, spec, schema=coming.text)
    return [*report.lines(), *(f"  {step}" for step in coming.steps)]


def _looking_engine(spec: EngineSpec) -> Engine:
    """Return an engine that cannot even make a file, or turn one into SQLite's WAL mode."""
    if spec.kind != dsn.SQLITE:
        return create_engine(spec.url, connect_args=dict(spec.connect_args), poolclass=NullPool)
    path = Path(str(spec.url.database)).absolute()
    if not path.exists():
        return create_engine("sqlite://", poolclass=NullPool)
    only_reading = f"{path.as_uri()}?mode=ro"
    return create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(only_reading, uri=True), poolclass=NullPool
    )


def _upgraded(wanted: Schema, spec: EngineSpec) -> Upgrade:
    done = wanted.upgrade()
    if spec.kind == dsn.SQLITE:
        wanted.restore_indexes()
    return done


def _verify(name: str, wanted: Schema) -> None:
    if shortcomings := wanted.shortcomings():
        raise SettingsError(f"the {name} lacks {', '.join(shortcomings)}")


def _make_first_root(engine: Engine, settings: Settings) -> StartReport:
    with Session(engine) as session, session.begin():
        if not bootstrap.make_first_root(session, settings, now_s=clock.now_s()):
            return StartReport()
    name, password = bootstrap.ROOT_NAME, DEFAULT_ROOT_PASSWORD
    return start_report.facts(f"first start: made user {name!r} with password {password!r}")


def _about_rows(engine: Engine, *, is_new: bool) -> StartReport:
    with Session(reading(engine)) as session:
        report = start_report.warnings(data_checks.at_start(session))
        if is_new:
            counted = data_checks.counts(session, session)
            found = ", ".join(f"{number} {name}" for name, number in counted.items())
            report += start_report.facts(f"found {found}")
    return report


def _release_own_reservations(settings: Settings) -> StartReport:
    """Give back what former workers of this node have left behind.

    Other nodes work on the same rows, and a database that finds both sides waiting for each other
    ends one of them: that one tries again, which is harmless whatever became of the first time.
    """
    engine = main_engine(settings)
    with _database_errors():
        for _ in range(_TRIES - 1):
            with suppress(OperationalError):
                return _release(engine, settings.node_name)
            time.sleep(_PAUSE_S)
        return _release(engine, settings.node_name)


def _release(engine: Engine, owner: str) -> StartReport:
    with Session(engine) as session, session.begin():
        released = sweeper.release_owned_by(session, owner)
    if not released:
        return StartReport()
    return start_report.facts(f"{released} abandoned reservations were given back")


def _check_folder(settings: Settings) -> None:
    folder = Path(settings.data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"DATA_DIR cannot be made: {error}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"DATA_DIR cannot be written: {folder.absolute()}")


@contextmanager
def _database_errors() -> Iterator[None]:
    """Say in one line what a database refused; statements and values stay out of it."""
    try:
        yield
    except DBAPIError as error:
        raise SettingsError(f"the database cannot be used: {error.orig}") from error
    except SQLAlchemyError as error:
        raise SettingsError(f"the database cannot be used: {error}") from error
