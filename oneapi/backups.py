"""Copies of a SQLite database, made and put back while it may be in use.

Both directions go through SQLite's own backup, which copies what is committed, page by page, and
never half a transaction.  A server's database is copied by the server's own tools.
"""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from oneapi import addresses
from oneapi.errors import SettingsError
from oneapi.lib import dsn
from oneapi.settings import Settings

_FOLDER = "backups"
_TOOLS = {
    dsn.MYSQL: "mysqldump --single-transaction {name} > copy.sql, mysql {name} < copy.sql",
    dsn.POSTGRESQL: "pg_dump -Fc -f copy.dump {name}, pg_restore --clean -d {name} copy.dump",
}
_BUSY_S = 30.0


def path_now(settings: Settings, *, now_s: int, note: str = "") -> Path:
    """Return where a copy that is made now is kept."""
    moment = datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%d-%H%M%S")
    return Path(settings.data_dir) / _FOLDER / f"one-api-{moment}{note}.db"


def make(settings: Settings, target: Path) -> None:
    """Copy the database into a new file that only its owner can read.

    Raises:
        SettingsError: there is no such database, the file exists, or it cannot be written.
    """
    source = _database(settings)
    if not source.exists():
        raise SettingsError(f"there is no database at {source}")
    if target.exists():
        raise SettingsError(f"{target} exists already")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # It holds every key of every provider.
        os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        _copy(source, unfinished)
        _check(unfinished)
        unfinished.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise SettingsError(f"the copy could not be made: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def put_back(settings: Settings, copy: Path, *, kept: Path) -> None:
    """Replace what the database holds by a copy; what it held goes to ``kept`` first.

    Raises:
        SettingsError: the copy is no sound database of this program, or something could not be
            written; the database is as it was then.
    """
    target = _database(settings)
    try:
        _check(copy)
        if target.exists():
            make(settings, kept)
        _copy(copy, target)
        with closing(_opened(target)) as database:
            _raise_revision(database, _revision_of(kept))
    except (OSError, sqlite3.Error) as error:
        raise SettingsError(f"the copy could not be put back: {error}") from error


def _database(settings: Settings) -> Path:
    spec = addresses.database(settings)
    if spec.kind != dsn.SQLITE:
        tools = _TOOLS[spec.kind].format(name=spec.url.database)
        raise SettingsError(f"use the tools of the database server: {tools}")
    return Path(str(spec.url.database))


def _copy(source: Path, target: Path) -> None:
    with closing(_opened(source)) as reading, closing(_opened(target)) as writing:
        reading.backup(writing)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)


def _check(path: Path) -> None:
    """Refuse what is no sound database with our tables.

    Raises:
        SettingsError: it is not.
    """
    if not path.is_file():
        raise SettingsError(f"there is no file {path}")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError as error:
        raise SettingsError(f"{path} is no SQLite database: {error}") from error
    if found != "ok":
        raise SettingsError(f"{path} is damaged: {found}")
    if not tables >= {"users", "tokens", "channels"}:
        raise SettingsError(f"{path} is no database of One API")


def _revision_of(path: Path) -> int:
    if not path.exists():
        return 0
    with closing(_opened(path)) as database:
        return _revision(database)


def _revision(database: sqlite3.Connection) -> int:
    found = None
    if _is_adopted(database):
        query = "SELECT value FROM oneapi_revision WHERE name='config'"
        found = database.execute(query).fetchone()
    return 0 if found is None else int(found[0])


def _raise_revision(database: sqlite3.Connection, seen: int) -> None:
    """Move the revision to where no worker has been, so that all of them read everything anew."""
    if not _is_adopted(database):
        return
    beyond = max(seen, _revision(database)) + 1
    database.execute(
        "INSERT INTO oneapi_revision (name, value) VALUES ('config', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [beyond],
    )


def _is_adopted(database: sqlite3.Connection) -> bool:
    named = "SELECT 1 FROM sqlite_master WHERE name='oneapi_revision'"
    return database.execute(named).fetchone() is not None
