"""Adopt a database that One API wrote: add what is missing, change nothing that is there.

Never dropped, renamed, rebuilt or tightened, so One API can open the database again.  Additions
on SQLite go through ``ALTER TABLE``, which keeps each table's definition on its one line.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Column, Connection, Index, Table, inspect
from sqlalchemy.schema import CreateColumn, CreateIndex

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
_OURS = {"logs": {"other"}}
"""Columns of the seven tables that One API does not have; a later migration adds them."""

_OUR_INDEXES = frozenset({"oneapi_logs_user_id", "oneapi_logs_created_at", "idx_tokens_user_id"})
_DDL = Path(__file__).resolve().parent.parent / "migrations" / "ddl"


def has_any(connection: Connection) -> bool:
    """Whether any of One API's tables is there."""
    found = set(inspect(connection).get_table_names())
    return any(table.name in found for table in TABLES)


def missing_columns(connection: Connection, tables: Iterable[Table] = TABLES) -> list[str]:
    """Return ``table.column`` of everything that is needed and not there."""
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    found = {
        f"{table.name}.{column['name']}"
        for table in tables
        if table.name in names
        for column in inspector.get_columns(table.name)
    }
    wanted = [f"{table.name}.{column.name}" for table in tables for column in table.columns]
    return [name for name in wanted if name not in found]


def adopt(connection: Connection) -> None:
    """Bring One API's tables to the shape of its last version."""
    names = set(inspect(connection).get_table_names())
    for table in TABLES:
        if table.name not in names:
            _create(connection, table)
    if connection.dialect.name == "mysql":
        _widen_mysql(connection)
    if connection.dialect.name == "postgresql":
        _widen_postgresql(connection)
    for name in missing_columns(connection):
        table_name, column_name = name.split(".")
        if column_name not in _OURS.get(table_name, set()):
            _add_column(connection, table_name, column_name)
    for table in TABLES:
        _add_indexes(connection, table, without=_OUR_INDEXES)


def restore_indexes(connection: Connection) -> None:
    """Create our indexes again where One API dropped them (it rebuilds tables on SQLite)."""
    for table in TABLES:
        _add_indexes(connection, table, without=frozenset())


def _create(connection: Connection, table: Table) -> None:
    statements = (_DDL / f"{connection.dialect.name}.sql").read_text().splitlines()
    quoted = connection.dialect.identifier_preparer.quote_identifier(table.name)
    for statement in statements:
        head = statement.split("(", 1)[0].replace("`", '"')
        if f'"{table.name}"' in head or quoted in head:
            connection.exec_driver_sql(statement.rstrip(";").replace("%", "%%"))


def _add_column(connection: Connection, table_name: str, column_name: str) -> None:
    column = _column(table_name, column_name)
    definition = CreateColumn(column).compile(dialect=connection.dialect)
    quote = connection.dialect.identifier_preparer.quote
    connection.exec_driver_sql(
        f"ALTER TABLE {quote(table_name)} ADD COLUMN {str(definition).strip()}"
    )


def _column(table_name: str, column_name: str) -> Column[object]:
    table = next(table for table in TABLES if table.name == table_name)
    return table.columns[column_name]


def _add_indexes(connection: Connection, table: Table, *, without: frozenset[str]) -> None:
    there = {str(index["name"]) for index in inspect(connection).get_indexes(table.name)}
    columns = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        known = {column.name for column in index.columns} <= columns
        if index.name not in there and index.name not in without and known:
            _create_index(connection, index)


def _create_index(connection: Connection, index: Index) -> None:
    connection.execute(CreateIndex(index))


def _widen_mysql(connection: Connection) -> None:
    """Old releases had shorter keys and an index that One API itself drops."""
    indexes = {index["name"] for index in inspect(connection).get_indexes("channels")}
    if "idx_channels_key" in indexes:
        connection.exec_driver_sql("DROP INDEX `idx_channels_key` ON `channels`")
    for table, column, wanted in (
        ("channels", "key", "text"),
        ("tokens", "key", "char(48)"),
        ("tokens", "models", "text"),
    ):
        if _type_of(connection, table, column).lower() != wanted:
            connection.exec_driver_sql(f"ALTER TABLE `{table}` MODIFY COLUMN `{column}` {wanted}")


def _widen_postgresql(connection: Connection) -> None:
    for table, column, wanted in (
        ("channels", "key", "text"),
        ("tokens", "key", "char(48)"),
        ("tokens", "models", "text"),
    ):
        if _type_of(connection, table, column).lower() != wanted:
            connection.exec_driver_sql(
                f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {wanted}'
            )


def _type_of(connection: Connection, table: str, column: str) -> str:
    found = {c["name"]: c["type"] for c in inspect(connection).get_columns(table)}
    return str(found[column].compile(connection.dialect)) if column in found else ""
