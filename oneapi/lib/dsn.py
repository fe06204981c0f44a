"""One API's database addresses, in whatever form, as what SQLAlchemy needs.

MySQL comes in the form of Go's driver, PostgreSQL as a URL, nothing means SQLite; ordinary URLs
are taken too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from oneapi.lib import mysql_dsn, postgresql_dsn

SQLITE, MYSQL, POSTGRESQL = "sqlite", "mysql", "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """An address and how to connect to it."""

    url: URL
    kind: str
    connect_args: Mapping[str, Any] = field(default_factory=dict)
    init_commands: tuple[str, ...] = ()
    """Statements that every new connection runs first."""


def read(dsn: str, *, sqlite_path: str = "one-api.db") -> EngineSpec:
    """Return what the address means.

    Raises:
        ValueError: it cannot be read; the message never repeats it, it holds a password.
    """
    if not dsn:
        return _sqlite(sqlite_path)
    if dsn.startswith("sqlite:///"):
        return _sqlite(dsn.removeprefix("sqlite:///"))
    if dsn.startswith(("postgres://", "postgresql://")):
        url, connect_args = postgresql_dsn.read(dsn)
        return EngineSpec(url=url, kind=POSTGRESQL, connect_args=connect_args)
    found = mysql_dsn.read(dsn)
    return EngineSpec(
        url=found.url,
        kind=MYSQL,
        connect_args=found.connect_args,
        init_commands=found.init_commands,
    )


def sqlite_file(dsn: str, *, sqlite_path: str) -> str:
    """Return the path of the SQLite file, ``""`` when the address names a server."""
    if not dsn:
        return sqlite_path
    return dsn.removeprefix("sqlite:///") if dsn.startswith("sqlite:///") else ""


def _sqlite(path: str) -> EngineSpec:
    if "?" in path:
        raise ValueError("the path of the SQLite file must not contain '?'")
    file = Path(path).absolute()
    if not file.parent.is_dir():
        raise ValueError(f"the folder of the SQLite file does not exist: {file.parent}")
    return EngineSpec(url=URL.create("sqlite", database=str(file)), kind=SQLITE)
