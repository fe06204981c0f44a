"""Adopt a database that One API wrote: add what is missing, change nothing that is there.

Never dropped, renamed, rebuilt or tightened, so One API can open the database again.  Additions
on SQLite go through ``ALTER TABLE``, which keeps each table's definition on its one line.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Integer, String, Table, func, inspect, select
from sqlalchemy.schema import CreateIndex
from sqlalchemy.types import TypeEngine

from oneapi import one_api_ddl
from oneapi.models.ability import Ability
from oneapi.models.channel import Channel
from oneapi.models.log import Log
from oneapi.models.option import Option
from oneapi.models.redemption import Redemption
from oneapi.models.token import Token
from oneapi.models.user import User

MODELS = (User, Token, Channel, Ability, Log, Option, Redemption)
TABLES: tuple[Table, ...] = tuple(
    model.__table__ for model in MODELS if isinstance(model.__table__, Table)
)
LOGS: tuple[Table, ...] = tuple(table for table in TABLES if table.name == Log.__tablename__)
"""All that a database of the logs alone holds."""

_OUR_INDEXES = frozenset(
    {
        "oneapi_logs_user_id",
        "oneapi_logs_created_at",
        "oneapi_logs_type",
        "oneapi_logs_username",
        "idx_tokens_user_id",
    }
)
"""Indexes of the seven tables that One API does not have; later migrations add them."""

_INDEX_ON_KEYS = "idx_channels_key"

_WIDER: Mapping[tuple[str, str], tuple[str, int | None]] = {
    ("channels", "key"): ("text", None),
    ("tokens", "key"): ("char(48)", 48),
    ("tokens", "models"): ("text", None),
}
"""Text columns that old releases made too short: the type they need, and its length."""


def has_any(connection: Connection, tables: Iterable[Table] = TABLES) -> bool:
    """Whether any of One API's tables is there."""
    found = set(inspect(connection).get_table_names())
    return any(table.name in found for table in tables)


def missing_columns(connection: Connection, tables: Iterable[Table] = TABLES) -> list[str]:
    """Return ``table.column`` of everything that is needed and not there."""
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    return [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if table.name not in there
        or column.name not in {found["name"] for found in inspector.get_columns(table.name)}
    ]


def adopt(connection: Connection, tables: Iterable[Table] = TABLES) -> None:
    """Bring One API's tables to the shape of its last version."""
    for statement in statements(connection, tables):
        connection.exec_driver_sql(statement)


def statements(connection: Connection, tables: Iterable[Table] = TABLES) -> Iterator[str]:
    """Yield what an adoption executes; nothing if the tables are as they should be.

    Changes nothing itself.  What is executed meanwhile may be seen by later statements and makes
    no difference to them.
    """
    there = set(inspect(connection).get_table_names())
    definitions = one_api_ddl.columns(connection.dialect.name)
    for table in tables:
        if table.name not in there:
            yield from one_api_ddl.creation(connection, table.name)
            continue
        yield from _widenings(connection, table, definitions[table.name])
        yield from _new_columns(connection, table, definitions[table.name])
        yield from _new_indexes(connection, table, without=_OUR_INDEXES)
        if connection.dialect.name == "postgresql":
            yield from _catching_up(connection, table)


def restore_indexes(connection: Connection, tables: Iterable[Table] = TABLES) -> None:
    """Create our indexes again where One API dropped them (it rebuilds tables on SQLite)."""
    for table in tables:
        for statement in _new_indexes(connection, table, without=frozenset()):
            connection.exec_driver_sql(statement)


def _new_columns(
    connection: Connection, table: Table, definitions: Mapping[str, str]
) -> Iterator[str]:
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for name, definition in definitions.items():
        if name not in there:
            yield _alter(connection, table, f"ADD COLUMN {_quoted(connection, name)} {definition}")


def _new_indexes(connection: Connection, table: Table, *, without: frozenset[str]) -> Iterator[str]:
    there = {index["name"] for index in inspect(connection).get_indexes(table.name)}
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        if index.name not in there and index.name not in without:
            yield str(CreateIndex(index).compile(dialect=connection.dialect))


def _widenings(
    connection: Connection, table: Table, definitions: Mapping[str, str]
) -> Iterator[str]:
    """Make columns as wide as One API's last version has them; SQLite knows no widths."""
    kind = connection.dialect.name
    if kind == "sqlite":
        return
    if kind == "mysql" and _has_index_on_keys(connection, table):
        # One API itself drops this index: MySQL cannot have it on a ``text`` column.
        yield _alter(connection, table, f"DROP INDEX `{_INDEX_ON_KEYS}`")
    for name, wanted in _narrow_columns(connection, table, definitions):
        column = _quoted(connection, name)
        if kind == "mysql":
            yield _alter(connection, table, f"MODIFY COLUMN {column} {wanted}")
            continue
        yield _alter(connection, table, f"ALTER COLUMN {column} TYPE {wanted.split(' ')[0]}")
        # A counter of PostgreSQL keeps the width of the column that it was made for.
        if sequence := _sequence(connection, table, name):
            yield f"ALTER SEQUENCE {sequence} AS bigint"


def _catching_up(connection: Connection, table: Table) -> Iterator[str]:
    """A counter of PostgreSQL does not notice a row whose id was given; One API writes one."""
    if "id" not in table.columns or not (sequence := _sequence(connection, table, "id")):
        return
    there = connection.execute(select(func.max(table.columns["id"]))).scalar() or 0
    counted = connection.exec_driver_sql(f"SELECT last_value FROM {sequence}").scalar() or 0  # noqa: S608
    if there >= counted:
        is_used = "true" if there > 0 else "false"
        yield f"SELECT setval('{sequence}', {max(int(there), 1)}, {is_used})"


def _sequence(connection: Connection, table: Table, column: str) -> str | None:
    named = select(func.pg_get_serial_sequence(_quoted(connection, table.name), column))
    found = connection.execute(named).scalar()
    return None if found is None else str(found)


def _narrow_columns(
    connection: Connection, table: Table, definitions: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield columns that hold less than they should, with the definition they need."""
    for column in inspect(connection).get_columns(table.name):
        name, found = column["name"], column["type"]
        definition = definitions.get(name, "").replace("bigserial", "bigint")
        wider, length = _WIDER.get((table.name, name), ("", None))
        is_short_number = isinstance(found, Integer) and "BIGINT" not in _sql(connection, found)
        if is_short_number and definition.startswith("bigint"):
            yield name, definition
        elif wider and _is_shorter(found, length):
            yield name, wider


def _is_shorter(found: TypeEngine[Any], length: int | None) -> bool:
    there = found.length if isinstance(found, String) else None
    return there is not None and (length is None or there < length)


def _sql(connection: Connection, found: TypeEngine[Any]) -> str:
    return found.compile(connection.dialect).upper()


def _has_index_on_keys(connection: Connection, table: Table) -> bool:
    there = {index["name"] for index in inspect(connection).get_indexes(table.name)}
    return _INDEX_ON_KEYS in there


def _alter(connection: Connection, table: Table, change: str) -> str:
    return f"ALTER TABLE {_quoted(connection, table.name)} {change}"


def _quoted(connection: Connection, name: str) -> str:
    """Quote as One API does, which reads the stored text again on SQLite."""
    quote = '"' if connection.dialect.name == "postgresql" else "`"
    return f"{quote}{name}{quote}"
