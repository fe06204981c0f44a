"""The statements with which One API's last version creates its tables, by kind of database.

One statement a line.  They are executed as they stand: on SQLite, One API reads the stored text of
its tables with patterns, and does not start on one that was written differently.  Only on MySQL a
character set may follow.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from oneapi.lib.database import charset_of_new_tables

_FOLDER = Path(__file__).resolve().parent.parent / "migrations" / "ddl"
_CREATE = re.compile(r'CREATE TABLE [`"](\w+)[`"] \((.*)\);?$')
_INDEX = re.compile(r'CREATE (?:UNIQUE )?INDEX .*? ON [`"](\w+)[`"]')
_COLUMN = re.compile(r'[`"](\w+)[`"] (.+)')
_BETWEEN_MEMBERS = re.compile(r",(?![^(]*\))")
"""A comma outside of brackets; nothing in these statements has brackets inside brackets."""


def create(connection: Connection, table_name: str) -> None:
    """Create one table and its indexes."""
    for statement in creation(connection, table_name):
        connection.exec_driver_sql(statement)


def creation(connection: Connection, table_name: str) -> list[str]:
    """Return what creates one table and its indexes in this database."""
    charset = charset_of_new_tables(connection)
    options = f" DEFAULT CHARSET={charset}" if charset else ""
    return [line + options for line in statements(connection.dialect.name, table_name)]


def statements(kind: str, table_name: str) -> list[str]:
    """Return what creates one table and its indexes."""
    return [line for line in _lines(kind) if _table_of(line) == table_name]


@cache
def columns(kind: str) -> Mapping[str, Mapping[str, str]]:
    """Return each table's columns in order, and how each is defined."""
    found = (_CREATE.match(line) for line in _lines(kind))
    return {create[1]: dict(_members(create[2])) for create in found if create}


def _members(body: str) -> Iterator[tuple[str, str]]:
    for member in _BETWEEN_MEMBERS.split(body):
        if column := _COLUMN.fullmatch(member):
            yield column[1], column[2]


def _table_of(line: str) -> str:
    found = _CREATE.match(line) or _INDEX.match(line)
    return found[1] if found else ""


@cache
def _lines(kind: str) -> tuple[str, ...]:
    text = (_FOLDER / f"{kind}.sql").read_text(encoding="utf-8")
    return tuple(line.rstrip(";") for line in text.splitlines() if line)
