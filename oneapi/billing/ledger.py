"""One transaction that moves quota: conditional, merged by row, rows in a fixed order.

``apply`` is a plain function of a driver connection and values; it commits nothing.  Users come
before tokens, tokens before channels, each by ascending id, so that two workers never wait for
each other in a circle.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from oneapi.billing.entries import Batch, Closing, Counters, Outcome, Reserve, Shortage
from oneapi.billing.ledger_sql import RESERVED, LedgerSql, reservations_of, statements
from oneapi.lib.database import DbapiConnection

_IDS_PER_STATEMENT = 256
_NAMES = ("username", "token_name", "model_name")
_NAME_LENGTH = 191
"""What fits into MySQL's columns; a longer name must not keep a call from being charged."""

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


def add_counters(
    connection: DbapiConnection, kind: str, counters: Counters, batch_id: str, now_s: int
) -> None:
    """Write counters that were kept back, as a batch of its own."""
    run = _Run(connection, kind)
    run.one(run.sql.add_batch, {"id": batch_id, "created_at": now_s})
    write_counters(run, counters)


def has_log(connection: DbapiConnection, kind: str, row: Mapping[str, Any]) -> bool:
    """Say whether the log row of this call is in the database."""
    run = _Run(connection, kind)
    wanted = ("created_at", "type", "request_id")
    return run.first(run.sql.find_log, {f"{key}_": row[key] for key in wanted}) is not None


def add_logs(
    connection: DbapiConnection, kind: str, rows: Sequence[Mapping[str, Any]], ids: list[int]
) -> None:
    """Insert log rows; columns that a row does not name get their empty value.

    The id of one of them is added to ``ids``, where it outlives a commit that breaks.
    """
    run = _Run(connection, kind)
    ids += run.many_with_id(run.sql.add_late_log, [_log_row(row) for row in rows])


def wait_for_log(connection: DbapiConnection, kind: str, row_id: int) -> None:
    """Return when the transaction that used this id for a row is over; changes nothing."""
    run = _Run(connection, kind)
    run.one(run.sql.claim_log, {"row_id": row_id})
    connection.rollback()


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

    def many_with_id(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Insert rows and return the id of one, if the driver tells it."""
        if self.kind == "postgresql":
            self._cursor.executemany(sql, rows, returning=True)
            return [int(self._cursor.fetchone()[0])]
        self._cursor.executemany(sql, rows)
        return [self._cursor.lastrowid] if self._cursor.lastrowid else []

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
        used, requests = counters.users.get(user_id, (0, 0))
        values = {"back": back.get(user_id, 0), "used": used, "requests": requests}
        if any(values.values()):
            run.one(run.sql.settle_user, {"row_id": user_id, **values})
        _take(wanted.get(user_id, []), outcome, partial(_take_from_user, run, user_id))


def _move_tokens(
    run: _Run, batch: Batch, outcome: Outcome, rows: Mapping[str, Mapping[str, int]]
) -> dict[str, int]:
    """Return by request id what the new reservations hold of their tokens."""
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
    held_by_token: dict[str, int] = {}
    for token_id in sorted({*back, *wanted}):
        if token_id in back:
            values = {"back": back[token_id], "used": used[token_id], "now_s": batch.now_s}
            run.one(run.sql.settle_token, {"row_id": token_id, "yes": True, **values})
        mine = wanted.get(token_id, [])
        held_by_token |= _take(mine, outcome, partial(_take_from_token, run, token_id))
    _undo_users(run, batch, outcome, [r for r in limited if r.request_id in outcome.refused])
    return held_by_token


def _undo_users(run: _Run, batch: Batch, outcome: Outcome, refused: Sequence[Reserve]) -> None:
    """Give users back what tokens refused (their rows are locked already).

    A neighbour in the batch may have been short only because of that; it is to be tried again.
    """
    for reserve in refused:
        values = {"row_id": reserve.payer.user_id, "back": reserve.amount}
        run.one(run.sql.give_to_user, values)
    freed = {reserve.payer.user_id for reserve in refused}
    outcome.again = {
        reserve.request_id
        for reserve in batch.reserves
        if reserve.payer.user_id in freed
        and reserve.request_id in outcome.refused
        and outcome.refused[reserve.request_id].of == "user"
    }


_Take = Callable[[int], "int | Shortage"]
"""Takes an amount from one row; says what is held of it then, or what was short."""


def _take(reserves: Sequence[Reserve], outcome: Outcome, take: _Take) -> dict[str, int]:
    """Take the sum at once; if it does not fit, one by one in order of arrival."""
    if len(reserves) > 1:
        whole = take(sum(reserve.amount for reserve in reserves))
        if not isinstance(whole, Shortage):
            return {r.request_id: r.amount if whole else 0 for r in reserves}
    held: dict[str, int] = {}
    for reserve in reserves:
        taken = take(reserve.amount)
        if isinstance(taken, Shortage):
            outcome.refused[reserve.request_id] = taken
        else:
            held[reserve.request_id] = taken
    return held


def _take_from_user(run: _Run, user_id: int, amount: int) -> int | Shortage:
    if run.one(run.sql.take_from_user, {"row_id": user_id, "n": amount}):
        return amount
    row = run.first(run.sql.user_quota, {"row_id": user_id})
    return Shortage("user", int(row[0] or 0) if row else 0)


def _take_from_token(run: _Run, token_id: int, amount: int) -> int | Shortage:
    if run.one(run.sql.take_from_token, {"row_id": token_id, "n": amount, "yes": True}):
        return amount
    row = run.first(run.sql.token_quota, {"row_id": token_id})
    left, is_unlimited = row or (0, False)
    # Its limit was lifted a moment ago: it has nothing to hold.
    return 0 if is_unlimited else Shortage("token", int(left or 0))


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
        model = str(log["model_name"])[:_NAME_LENGTH]
        key = (hour, payer.user_id, payer.token_id, closing.channel_id, model)
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
    for name in _NAMES:
        if len(full[name]) > _NAME_LENGTH:
            full[name] = full[name][:_NAME_LENGTH]
    return full


def _by(reserves: Iterable[Reserve], key: Callable[[Reserve], int]) -> dict[int, list[Reserve]]:
    ordered = sorted(reserves, key=key)
    return {found: list(group) for found, group in groupby(ordered, key)}
