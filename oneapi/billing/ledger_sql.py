"""The ledger's statements, written once with SQLAlchemy and compiled to text per dialect.

Plain text and plain parameters, because the transaction runs on the driver's own connection: on
SQLite in a native thread, where SQLAlchemy's locks must not be touched.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from oneapi.models.channel import Channel
from oneapi.models.log import Log
from oneapi.models.own import Batch, Reservation, UsageHourly
from oneapi.models.token import Token
from oneapi.models.user import User

RESERVED, RELEASED = 1, 2
"""States of a reservation row; a settled one is gone."""

_DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "mysql": mysql.dialect(paramstyle="pyformat"),
    "postgresql": PGDialect_psycopg(paramstyle="pyformat"),  # type: ignore[no-untyped-call]
}
_NUMBERS = ("row_id", "n", "used", "back", "now_s")

_CLAIM_LOG = {
    "sqlite": "INSERT OR IGNORE INTO logs (id) VALUES (:row_id)",
    "mysql": "INSERT IGNORE INTO logs (id) VALUES (%(row_id)s)",
    "postgresql": "INSERT INTO logs (id) VALUES (%(row_id)s) ON CONFLICT DO NOTHING",
}
"""Insert an id and nothing else, or nothing; waits for an open transaction that has used it."""

LOG_COLUMNS = tuple(column.key for column in Log.__table__.columns if column.key != "id")


@dataclass(frozen=True, slots=True)
class LedgerSql:
    """Every statement as text; parameters are named as in the statement's builder."""

    add_batch: str
    find_batch: str
    take_from_user: str
    give_to_user: str
    settle_user: str
    count_user: str
    user_quota: str
    take_from_token: str
    settle_token: str
    token_quota: str
    count_channel: str
    add_reservation: str
    add_log: str
    add_late_log: str
    find_log: str
    claim_log: str
    add_usage: str


@cache
def statements(kind: str) -> LedgerSql:
    """Return the statements for ``sqlite``, ``mysql`` or ``postgresql``."""
    users, tokens, channels = (_table(model) for model in (User, Token, Channel))
    row_id, n, used, back, now_s = (_number(name) for name in _NUMBERS)
    logs = _table(Log)
    unlimited = tokens.c.unlimited_quota == bindparam("yes")
    counted = {
        users.c.used_quota: _or_zero(users.c.used_quota) + used,
        users.c.request_count: _or_zero(users.c.request_count) + _number("requests"),
    }
    built: dict[str, ClauseElement] = {
        "add_batch": insert(_table(Batch)),
        "find_batch": select(_table(Batch).c.id).where(_table(Batch).c.id == bindparam("id_")),
        "take_from_user": update(users)
        .where(and_(users.c.id == row_id, users.c.quota >= n))
        .values(quota=_or_zero(users.c.quota) - n),
        "give_to_user": update(users)
        .where(users.c.id == row_id)
        .values(quota=_or_zero(users.c.quota) + back),
        "settle_user": update(users)
        .where(users.c.id == row_id)
        .values({users.c.quota: _or_zero(users.c.quota) + back, **counted}),
        "count_user": update(users).where(users.c.id == row_id).values(counted),
        "user_quota": select(users.c.quota).where(users.c.id == row_id),
        "take_from_token": update(tokens)
        .where(and_(tokens.c.id == row_id, tokens.c.remain_quota >= n))
        .where(or_(tokens.c.unlimited_quota.is_(None), not_(unlimited)))
        .values(remain_quota=_or_zero(tokens.c.remain_quota) - n),
        "settle_token": update(tokens)
        .where(tokens.c.id == row_id)
        .values(
            remain_quota=case(
                (unlimited, tokens.c.remain_quota), else_=_or_zero(tokens.c.remain_quota) + back
            ),
            used_quota=_or_zero(tokens.c.used_quota) + used,
            accessed_time=now_s,
        ),
        "token_quota": select(tokens.c.remain_quota, tokens.c.unlimited_quota).where(
            tokens.c.id == row_id
        ),
        "count_channel": update(channels)
        .where(channels.c.id == row_id)
        .values(used_quota=_or_zero(channels.c.used_quota) + used),
        "add_reservation": insert(_table(Reservation)),
        "add_log": insert(_table(Log)).values({c: bindparam(c) for c in LOG_COLUMNS}),
        "add_late_log": _add_late_log(kind),
        "find_log": select(logs.c.id).where(
            logs.c.created_at == bindparam("created_at_"),
            logs.c.type == bindparam("type_"),
            logs.c.request_id == bindparam("request_id_"),
        ),
        "add_usage": _add_usage(kind),
    }
    texts = {name: _text(kind, clause) for name, clause in built.items()}
    return LedgerSql(**texts, claim_log=_CLAIM_LOG[kind])


@cache
def reservations_of(kind: str, count: int) -> tuple[str, str]:
    """Select and delete ``count`` reservations by id; parameters ``r0``, ``r1`` and so on.

    The select locks the rows, so that the sweeper and a late settlement take turns.
    """
    table = _table(Reservation)
    wanted = table.c.request_id.in_([bindparam(f"r{i}") for i in range(count)])
    columns = (
        table.c.request_id,
        table.c.user_amount,
        table.c.token_amount,
        table.c.state,
    )
    find = select(*columns).where(wanted).with_for_update()
    return _text(kind, find), _text(kind, delete(table).where(wanted))


def _add_late_log(kind: str) -> ClauseElement:
    """Insert a row in such a way that its id can be learned without another question."""
    table = _table(Log)
    add = insert(table).values({column: bindparam(column) for column in LOG_COLUMNS})
    return add.returning(table.c.id) if kind == "postgresql" else add


def _add_usage(kind: str) -> ClauseElement:
    table = _table(UsageHourly)
    sums = ("requests", "quota", "prompt_tokens", "completion_tokens")
    if kind == "mysql":
        add = mysql_insert(table)
        return add.on_duplicate_key_update({c: table.c[c] + add.inserted[c] for c in sums})
    add_else = sqlite_insert(table) if kind == "sqlite" else postgresql_insert(table)
    keys = [column.name for column in table.primary_key]
    return add_else.on_conflict_do_update(
        index_elements=keys, set_={c: table.c[c] + add_else.excluded[c] for c in sums}
    )


def _or_zero(column: ColumnElement[int]) -> ColumnElement[int]:
    """Old rows may hold NULL, which counts as 0."""
    return func.coalesce(column, literal_column("0"))


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger())


def _text(kind: str, clause: ClauseElement) -> str:
    return str(clause.compile(dialect=_DIALECTS[kind]))


def _table(model: Any) -> Table:
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model} is no table")
    return table
