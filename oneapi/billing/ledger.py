"""One transaction that moves quota: conditional, merged by row, rows in a fixed order.

``apply`` is a plain function of a driver connection and values; it commits nothing.  Users come
before tokens, tokens before channels, each by ascending id, so that two workers never wait for
each other in a circle.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from oneapi.billing.entries import Batch, Closing, Counters, Outcome, Reserve, Shortage
from oneapi.billing.ledger_sql import LOG_COLUMNS, RESERVED, LedgerSql, reservations_of, statements
from oneapi.lib.database import DbapiConnection

_IDS_PER_STATEMENT = 256
_NO_ROW: Mapping[str, int] = {"user_amount": 0, "token_amount": 0}


def apply(connection: DbapiConnection, kind: str, batch: Batch) -> Outcome:
    """Do all of the batch on this connection and say what came of it."""
    run = _Run(connection, kind)
    outcome = Outcome()
    run.one(run.sql.add_batch, {"id": batch.id, "created_at": batch.now_s})
    rows = run.take_reservations([c.request_id for c in batch.closings if c.reserved])
    outcome.closed = [c for c in batch.closings if not c.reserved or c.request_id in rows]
    counters = Counters()
    for closing in outcome.closed:
        counters.add(closing)
    if batch.defer_counters:
        outcome.deferred, counters = counters, Counters()
    _move_users(run, batch, outcome, rows, counters)
    token_amounts = _move_tokens(run, batch, outcome, rows)
    write_counters(run, Counters(channels=counters.channels))
    _write_rows(run, batch, outcome, token_amounts)
    return outcome


def was_applied(connection: DbapiConnection, kind: str, batch_id: str) -> bool:
    """Say whether a batch's transaction is in the database."""
    run = _Run(connection, kind)
    return run.first(run.sql.find_batch, {"id_": batch_id}) is not None


def add_counters(connection: DbapiConnection, kind: str, counters: Counters) -> None:
    """Write counters that were kept back."""
    write_counters(_Run(connection, kind), counters)


def add_logs(connection: DbapiConnection, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert log rows; columns that a row does not name get their empty value."""
    run = _Run(connection, kind)
    run.many(run.sql.add_log, [_log_row(row) for row in rows])


class _Run:
    """A cursor with the statements of its dialect."""

    def __init__(self, connection: DbapiConnection, kind: str) -> None:
        self.kind = kind
        self.sql: LedgerSql = statements(kind)
        self._cursor = connection.cursor()

    def one(self, sql: str, values: Mapping[str, Any]) -> int:
        self._cursor.execute(sql, values)
        return int(self._cursor.rowcount)

    def many(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._cursor.executemany(sql, rows)

    def first(self, sql: str, values: Mapping[str, Any]) -> Any:
        self._cursor.execute(sql, values)
        return self._cursor.fetchone()

    def take_reservations(self, ids: Sequence[str]) -> dict[str, dict[str, int]]:
        """Delete these reservations and return what was still held by each (0 if released)."""
        found: dict[str, dict[str, int]] = {}
        for start in range(0, len(ids), _IDS_PER_STATEMENT):
            part = ids[start : start + _IDS_PER_STATEMENT]
            size = 1 << (len(part) - 1).bit_length()
            padded = [*part, *([part[-1]] * (size - len(part)))]
            values = {f"r{i}": request_id for i, request_id in enumerate(padded)}
            find, remove = reservations_of(self.kind, size)
            self._cursor.execute(find, values)
            for request_id, user_amount, token_amount, state in self._cursor.fetchall():
                held = state == RESERVED
                found[request_id] = {
                    "user_amount": user_amount if held else 0,
                    "token_amount": token_amount if held else 0,
                }
            self._cursor.execute(remove, values)
        return found


def _move_users(
    run: _Run,
    batch: Batch,
    outcome: Outcome,
    rows: Mapping[str, Mapping[str, int]],
    counters: Counters,
) -> None:
    back: dict[int, int] = defaultdict(int)
    for closing in outcome.closed:
        held = rows.get(closing.request_id, _NO_ROW)["user_amount"]
        back[closing.payer.user_id] += held - closing.quota
    wanted = _by(batch.reserves, lambda reserve: reserve.payer.user_id)
    for user_id in sorted({*back, *wanted, *counters.users}):
        if back.get(user_id):
            run.one(run.sql.give_to_user, {"row_id": user_id, "back": back[user_id]})
        used, requests = counters.users.get(user_id, (0, 0))
        if used or requests:
            values = {"row_id": user_id, "used": used, "requests": requests}
            run.one(run.sql.count_user, values)
        _take(wanted.get(user_id, []), outcome, lambda n, i=user_id: _take_from_user(run, i, n))


def _move_tokens(
    run: _Run, batch: Batch, outcome: Outcome, rows: Mapping[str, Mapping[str, int]]
) -> dict[str, int]:
    back: dict[int, int] = defaultdict(int)
    used: dict[int, int] = defaultdict(int)
    for closing in outcome.closed:
        held = rows.get(closing.request_id, _NO_ROW)["token_amount"]
        back[closing.payer.token_id] += held - closing.quota
        used[closing.payer.token_id] += closing.quota
    limited = [
        reserve
        for reserve in batch.reserves
        if reserve.payer.token_limited and reserve.request_id not in outcome.refused
    ]
    wanted = _by(limited, lambda reserve: reserve.payer.token_id)
    amounts: dict[str, int] = {}
    for token_id in sorted({*back, *wanted}):
        if token_id in back:
            values = {
                "row_id": token_id,
                "back": back[token_id],
                "used": used[token_id],
                "now_s": batch.now_s,
                "yes": True,
            }
            run.one(run.sql.give_to_token, values)
        mine = wanted.get(token_id, [])
        shortage = _token_became_unlimited(run, token_id) if mine else None
        if shortage:
            continue
        _take(mine, outcome, lambda n, i=token_id: _take_from_token(run, i, n))
        for reserve in mine:
            if reserve.request_id in outcome.refused:
                values = {"row_id": reserve.payer.user_id, "back": reserve.amount}
                run.one(run.sql.give_to_user, values)
            else:
                amounts[reserve.request_id] = reserve.amount
    return amounts


def _take(reserves: Sequence[Reserve], outcome: Outcome, take: Any) -> None:
    """Take the sum at once; if it does not fit, one by one in order of arrival."""
    if not reserves or take(sum(reserve.amount for reserve in reserves)) is None:
        return
    for reserve in reserves:
        shortage = take(reserve.amount)
        if shortage is not None:
            outcome.refused[reserve.request_id] = shortage


def _take_from_user(run: _Run, user_id: int, amount: int) -> Shortage | None:
    if run.one(run.sql.take_from_user, {"row_id": user_id, "n": amount}):
        return None
    row = run.first(run.sql.user_quota, {"row_id": user_id})
    return Shortage("user", int(row[0] or 0) if row else 0)


def _take_from_token(run: _Run, token_id: int, amount: int) -> Shortage | None:
    if run.one(run.sql.take_from_token, {"row_id": token_id, "n": amount, "no": False}):
        return None
    row = run.first(run.sql.token_quota, {"row_id": token_id})
    return Shortage("token", int(row[0] or 0) if row else 0)


def write_counters(run: _Run, counters: Counters) -> None:
    """Add used quota and requests to users and channels."""
    for user_id in sorted(counters.users):
        used, requests = counters.users[user_id]
        values = {"row_id": user_id, "used": used, "requests": requests}
        run.one(run.sql.count_user, values)
    run.many(
        run.sql.count_channel,
        [{"row_id": i, "used": counters.channels[i]} for i in sorted(counters.channels)],
    )


def _write_rows(
    run: _Run, batch: Batch, outcome: Outcome, token_amounts: Mapping[str, int]
) -> None:
    reservations = [
        {
            "request_id": reserve.request_id,
            "user_id": reserve.payer.user_id,
            "token_id": reserve.payer.token_id,
            "user_amount": reserve.amount,
            "token_amount": token_amounts.get(reserve.request_id, 0),
            "owner": reserve.owner,
            "state": RESERVED,
            "created_at": reserve.now_s,
            "touched_at": reserve.now_s,
        }
        for reserve in batch.reserves
        if reserve.request_id not in outcome.refused
    ]
    run.many(run.sql.add_reservation, reservations)
    logged = [closing for closing in outcome.closed if closing.log is not None]
    run.many(run.sql.add_usage, _usage_rows(logged))
    if batch.with_logs:
        run.many(run.sql.add_log, [_log_row(c.log) for c in logged if c.log is not None])


def _usage_rows(logged: Iterable[Closing]) -> list[dict[str, Any]]:
    sums: dict[tuple[int, int, int, int, str], list[int]] = {}
    for closing in logged:
        log = closing.log or {}
        hour = int(log["created_at"]) // 3600 * 3600
        payer = closing.payer
        key = (hour, payer.user_id, payer.token_id, closing.channel_id, str(log["model_name"]))
        row = sums.setdefault(key, [0, 0, 0, 0])
        added = (1, closing.quota, int(log["prompt_tokens"]), int(log["completion_tokens"]))
        sums[key] = [before + more for before, more in zip(row, added, strict=True)]
    names = ("requests", "quota", "prompt_tokens", "completion_tokens")
    keys = ("hour", "user_id", "token_id", "channel_id", "model_name")
    return [
        dict(zip(keys, key, strict=True)) | dict(zip(names, sums[key], strict=True))
        for key in sorted(sums)
    ]


_EMPTY_LOG: Mapping[str, Any] = {
    "user_id": 0,
    "created_at": 0,
    "type": 0,
    "content": "",
    "username": "",
    "token_name": "",
    "model_name": "",
    "quota": 0,
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "channel_id": 0,
    "request_id": "",
    "elapsed_time": 0,
    "is_stream": False,
    "system_prompt_reset": False,
    "other": None,
}


def _log_row(row: Mapping[str, Any]) -> dict[str, Any]:
    full = {**_EMPTY_LOG, **row}
    return {column: full[column] for column in LOG_COLUMNS}


def _by(reserves: Iterable[Reserve], key: Any) -> dict[int, list[Reserve]]:
    ordered = sorted(reserves, key=key)
    return {found: list(group) for found, group in groupby(ordered, key)}


def _token_became_unlimited(run: _Run, token_id: int) -> bool:
    row = run.first(run.sql.token_quota, {"row_id": token_id})
    return bool(row and row[1])
