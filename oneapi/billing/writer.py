"""Group commit: one greenlet per worker writes what all calls of the worker need.

It takes everything that is queued, writes it as one transaction, wakes the waiting calls, and
repeats: an idle gateway commits at once, a busy one in batches.  A batch with unknown result is
looked up by its id before it is tried again, so nothing is charged twice.  A settlement that
could not be written within a second goes to the spill file and the call goes on.
"""

import logging
import os
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import gevent
from gevent.event import AsyncResult, Event

from oneapi import metrics, resources
from oneapi.billing import ledger, spill
from oneapi.billing.entries import Batch, Closing, Counters, Outcome, Reserve, Shortage
from oneapi.errors import DatabaseUnavailable
from oneapi.lib import clock
from oneapi.lib.database import CommitUncertain

logger = logging.getLogger(__name__)

MAX_BATCH = 512
SPILL_AFTER_S = 1.0
RESERVE_PATIENCE_S = 35.0
_TRIES = 3
_PAUSE_S = 0.05
_A_FEW = 2
_GATHER_S = 0.004
"""How long a busy writer lets wishes gather: larger batches, fewer commits, and fewer moments in
which the native thread and the event loop fight for the interpreter.  Measured at 64 connections
on two cores: 795 µs of CPU a call without, 690 with."""
_PAUSE_AWAY_S = 0.5


@dataclass(slots=True, eq=False)
class _Entry:
    """One queued wish and the call that waits for it."""

    wish: Reserve | Closing
    done: "AsyncResult[Any]" = field(default_factory=AsyncResult)
    given_up: bool = False
    """The call no longer waits: a settlement was spilled, a reservation must be undone."""


class Writer:
    """The ledger's queue of this process."""

    def __init__(self) -> None:
        self._queue: list[_Entry] = []
        self._wake = Event()
        self._under_way: str | None = None
        self._last_size = 0
        self._greenlet: gevent.Greenlet[..., None] | None = None
        self._pid = 0
        self._deferred = Counters()
        self._flush_at = 0.0
        self._late_logs: list[dict[str, object]] = []
        self._spilled = False
        self.open: dict[str, Reserve] = {}
        """Reservations of this worker that are not closed yet, by request id."""
        self._open_sums: dict[tuple[str, int], int] = defaultdict(int)
        self._listeners: list[Callable[[Closing], None]] = []

    def on_closed(self, listener: Callable[[Closing], None]) -> None:
        """Call ``listener`` after each closing that has been written."""
        self._listeners.append(listener)

    def reserve(self, wish: Reserve) -> Shortage | None:
        """Reserve and return ``None``, or say what was short; nothing is held then.

        Raises:
            DatabaseUnavailable: the database did not answer in time.
        """
        entry = self._put(wish)
        try:
            shortage: Shortage | None = entry.done.get(timeout=RESERVE_PATIENCE_S)
        except gevent.Timeout as error:
            entry.given_up = True
            raise DatabaseUnavailable("the ledger did not answer in time") from error
        except BaseException:
            entry.given_up = True
            raise
        return shortage

    def close(self, wish: Closing) -> None:
        """Write a closing; returns when it is durable, in the database or in the spill file."""
        entry = self._put(wish)
        try:
            entry.done.get(timeout=SPILL_AFTER_S)
        except gevent.Timeout:
            if not entry.done.ready():
                self._spill(entry)

    def open_sum(self, of: str, row_id: int) -> int:
        """Return what this worker's open reservations hold of a user or a token."""
        return self._open_sums[(of, row_id)]

    def drain(self, within_s: float) -> None:
        """Write what is queued and every deferred counter; for a worker that is about to end."""
        give_up = time.monotonic() + within_s
        while (self._queue or self._under_way) and time.monotonic() < give_up:
            self._wake.set()
            gevent.sleep(0.02)
        for entry in self._queue:
            if isinstance(entry.wish, Closing) and not entry.given_up:
                self._spill(entry)
        self._flush_counters(now=True)
        self._write_late_logs()

    def recover(self) -> None:
        """Replay the spill files of workers that are gone."""
        mine = self._spill_path()
        for path in spill.abandoned(mine.parent):
            claimed = spill.claim(path, mine)
            if claimed is not None:
                self._replay(claimed)

    def _put(self, wish: Reserve | Closing) -> _Entry:
        if self._pid != os.getpid():
            self._start()
        entry = _Entry(wish)
        self._queue.append(entry)
        self._wake.set()
        return entry

    def _start(self) -> None:
        self._pid = os.getpid()
        self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        while True:
            interval = resources.settings.batch_update_interval_s
            self._wake.wait(timeout=interval if self._has_chores() else None)
            self._wake.clear()
            try:
                self._work_off()
                self._chores()
            except Exception:
                logger.exception("the ledger's writer met an unexpected error")
                gevent.sleep(_PAUSE_AWAY_S)

    def _has_chores(self) -> bool:
        return bool(self._late_logs) or self._spilled or not self._deferred.is_empty

    def _work_off(self) -> None:
        while self._queue:
            if self._last_size > _A_FEW:
                gevent.sleep(_GATHER_S)
            taken, self._queue = self._queue[:MAX_BATCH], self._queue[MAX_BATCH:]
            self._last_size = len(taken)
            self._write([entry for entry in taken if not entry.given_up])

    def _write(self, entries: list[_Entry]) -> None:
        if not entries:
            return
        batch = _batch_of(entries)
        self._under_way = batch.id
        started = time.perf_counter()
        try:
            outcome = self._commit(batch)
        except DatabaseUnavailable as error:
            self._put_back(entries, error)
            return
        except Exception as error:  # noqa: BLE001 - reported to the one entry that causes it
            self._isolate(entries, error)
            return
        finally:
            self._under_way = None
        metrics.LEDGER_BATCH_SIZE.observe(len(entries))
        metrics.LEDGER_SECONDS.observe(time.perf_counter() - started)
        self._finish(entries, outcome)

    def _commit(self, batch: Batch) -> Outcome:
        """Write the batch, again after a broken connection, but never twice."""
        kept: list[Outcome] = []
        kind = resources.db.kind
        for attempt in range(_TRIES):
            try:
                if kept and self._was_applied(batch.id):
                    return kept[-1]
                return resources.db.ledger_transaction(
                    partial(_apply_and_keep, kind=kind, batch=batch, kept=kept)
                )
            except (CommitUncertain, DatabaseUnavailable) as error:
                logger.warning("ledger transaction failed", extra={"reason": str(error)})
                if attempt == _TRIES - 1:
                    raise DatabaseUnavailable(str(error)) from error
                if not isinstance(error, CommitUncertain):
                    kept.clear()
                gevent.sleep(_PAUSE_S)
        raise AssertionError("unreachable")

    @staticmethod
    def _was_applied(batch_id: str) -> bool:
        kind = resources.db.kind
        return resources.db.ledger_transaction(
            partial(ledger.was_applied, kind=kind, batch_id=batch_id)
        )

    def _put_back(self, entries: Iterable[_Entry], error: DatabaseUnavailable) -> None:
        waiting = []
        for entry in entries:
            if isinstance(entry.wish, Closing):
                if not entry.given_up:
                    waiting.append(entry)
            else:
                entry.done.set_exception(DatabaseUnavailable(str(error)))
        self._queue = waiting + self._queue
        if waiting:
            gevent.sleep(_PAUSE_AWAY_S)
            self._wake.set()

    def _isolate(self, entries: list[_Entry], error: Exception) -> None:
        """A batch that the database refuses is written entry by entry: one bad row hurts itself."""
        if len(entries) > 1:
            for entry in entries:
                self._write([entry])
            return
        logger.error("the database refuses a ledger entry", exc_info=error)
        entries[0].done.set_exception(error)

    def _finish(self, entries: Iterable[_Entry], outcome: Outcome) -> None:
        closed = {closing.request_id for closing in outcome.closed}
        for entry in entries:
            wish = entry.wish
            if isinstance(wish, Reserve):
                self._finish_reserve(entry, wish, outcome.refused.get(wish.request_id))
                continue
            self._forget(wish.request_id)
            entry.done.set(None)
            if wish.request_id in closed and wish.log and not _logs_are_here():
                self._late_logs.append(dict(wish.log))
            for listener in self._listeners:
                listener(wish)
        self._deferred.merge(outcome.deferred)

    def _finish_reserve(self, entry: _Entry, wish: Reserve, shortage: Shortage | None) -> None:
        if shortage is None and entry.given_up:
            undo = Closing(request_id=wish.request_id, payer=wish.payer, reserved=True)
            self._queue.append(_Entry(undo))
        elif shortage is None:
            self.open[wish.request_id] = wish
            self._count_open(wish, 1)
        entry.done.set(shortage)

    def _forget(self, request_id: str) -> None:
        wish = self.open.pop(request_id, None)
        if wish is not None:
            self._count_open(wish, -1)

    def _count_open(self, wish: Reserve, sign: int) -> None:
        for key in (("user", wish.payer.user_id), ("token", wish.payer.token_id)):
            self._open_sums[key] += sign * wish.amount
            if not self._open_sums[key]:
                del self._open_sums[key]

    def _spill(self, entry: _Entry) -> None:
        wish = entry.wish
        if not isinstance(wish, Closing):
            return
        batch_id = None if entry in self._queue else self._under_way
        entry.given_up = True
        if entry in self._queue:
            self._queue.remove(entry)
        spill.append(self._spill_path(), wish, batch_id)
        self._forget(wish.request_id)
        self._spilled = True
        metrics.LEDGER_SPILLED.inc()
        self._wake.set()

    def _chores(self) -> None:
        self._flush_counters(now=False)
        self._write_late_logs()
        if self._spilled:
            mine = self._spill_path()
            claimed = spill.claim(mine, mine) if mine.exists() else None
            self._spilled = claimed is not None and not self._replay(claimed)

    def _replay(self, path: Path) -> bool:
        """Write a spill file into the database; what fails stays in the file for later."""
        try:
            for closing, batch_id in spill.read(path):
                ids = [spill.batch_id_of(closing), *([batch_id] if batch_id else [])]
                if any(self._was_applied(known) for known in ids):
                    continue
                batch = _batch_of([_Entry(closing)], batch_id=ids[0])
                outcome = self._commit(batch)
                if outcome.closed and closing.log and not _logs_are_here():
                    self._late_logs.append(dict(closing.log))
        except DatabaseUnavailable:
            back = spill.path_of(path.parent, os.getpid())
            with back.open("a", encoding="utf-8") as file:
                file.write(path.read_text(encoding="utf-8"))
            path.unlink()
            gevent.sleep(_PAUSE_AWAY_S)
            return False
        logger.info("kept settlements were written", extra={"file": path.name})
        path.unlink()
        return True

    def _flush_counters(self, *, now: bool) -> None:
        interval = resources.settings.batch_update_interval_s
        if self._deferred.is_empty or (not now and time.monotonic() < self._flush_at):
            return
        counters, self._deferred = self._deferred, Counters()
        try:
            resources.db.ledger_transaction(
                partial(ledger.add_counters, kind=resources.db.kind, counters=counters)
            )
        except (DatabaseUnavailable, CommitUncertain):
            self._deferred.merge(counters)
        self._flush_at = time.monotonic() + interval

    def _write_late_logs(self) -> None:
        if not self._late_logs:
            return
        rows, self._late_logs = self._late_logs, []
        try:
            resources.log_db.ledger_transaction(
                partial(ledger.add_logs, kind=resources.log_db.kind, rows=rows)
            )
        except (DatabaseUnavailable, CommitUncertain) as error:
            logger.warning("log database is away", extra={"rows": len(rows), "reason": str(error)})
            self._late_logs = rows + self._late_logs

    @staticmethod
    def _spill_path() -> Path:
        return spill.path_of(Path(resources.settings.data_dir), os.getpid())


def _batch_of(entries: Iterable[_Entry], batch_id: str | None = None) -> Batch:
    wishes = [entry.wish for entry in entries]
    return Batch(
        id=batch_id or secrets.token_hex(16),
        now_s=clock.now_s(),
        reserves=tuple(wish for wish in wishes if isinstance(wish, Reserve)),
        closings=tuple(wish for wish in wishes if isinstance(wish, Closing)),
        defer_counters=resources.settings.batch_update_enabled,
        with_logs=_logs_are_here(),
    )


def _apply_and_keep(connection: object, kind: str, batch: Batch, kept: list[Outcome]) -> Outcome:
    """Apply, and keep the outcome for a commit whose result is unknown."""
    outcome = ledger.apply(connection, kind, batch)  # type: ignore[arg-type]  # the driver's own
    kept.append(outcome)
    return outcome


def _logs_are_here() -> bool:
    return resources.log_db.engine is resources.db.engine


writer = Writer()
"""This process's writer; its greenlet starts with the first wish, so never before the fork."""
