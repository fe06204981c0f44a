"""Group commit: one greenlet per worker writes what all calls of the worker need.

It takes everything that is queued, writes it as one transaction, wakes the waiting calls, and
repeats: an idle gateway commits at once, a busy one in batches.  A batch whose commit broke is
tried under the same id until its result is known, so nothing is charged twice.  A settlement that
could not be written within a second goes to the spill file and the call goes on.
"""

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial

import gevent
from gevent.event import Event
from msgspec.structs import replace

from oneapi import metrics, resources
from oneapi.billing import ledger
from oneapi.billing.batches import batch_of, logs_are_elsewhere
from oneapi.billing.deferred import DeferredCounters
from oneapi.billing.entries import Batch, Closing, Outcome, Reserve, Shortage
from oneapi.billing.keeper import Keeper
from oneapi.billing.late_logs import LateLogs
from oneapi.billing.once import Once
from oneapi.billing.open_reservations import OpenReservations
from oneapi.billing.replay import replay
from oneapi.billing.spill import Kept, KeptClosing, KeptLog
from oneapi.billing.waiting import Entry, WaitingRoom
from oneapi.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

MAX_BATCH = 512
SPILL_AFTER_S = 1.0
RESERVE_PATIENCE_S = 35.0
_A_FEW = 2
_GATHER_S = 0.004
"""How long a busy writer lets wishes gather: larger batches, fewer commits, and fewer moments in
which the native thread and the event loop fight for the interpreter.  Measured at 64 connections
on two cores: 795 µs of CPU a call without, 690 with."""
_PAUSE_AWAY_S = 0.5


class Writer:
    """The ledger's queue of this process."""

    def __init__(self) -> None:
        self.open = OpenReservations()
        self._queue: list[Entry] = []
        self._under_way: list[Entry] = []
        self._waiting = WaitingRoom()
        self._wake = Event()
        self._last_size = 0
        self._started = False
        self._counters = DeferredCounters()
        self._keeper = Keeper(self._replay)
        self._late_logs = LateLogs(lambda *facts: self._keeper.keep(KeptLog(*facts)))
        self._listeners: list[Callable[[Closing], None]] = []

    def on_closed(self, listener: Callable[[Closing], None]) -> None:
        """Call ``listener`` after each closing that has been written."""
        self._listeners.append(listener)

    def reserve(self, wish: Reserve) -> Shortage | None:
        """Reserve and return ``None``, or say what was short; nothing is held then.

        Raises:
            DatabaseUnavailable: the database did not answer in time.
        """
        entry = self._put(Entry(wish))
        try:
            in_time = self._waiting.wait(entry, RESERVE_PATIENCE_S)
        except BaseException:
            self._abandon(entry, wish)
            raise
        if not in_time:
            entry.given_up = True
            raise DatabaseUnavailable("the ledger did not answer in time")
        return entry.result()

    def close(self, wish: Closing) -> None:
        """Write a closing; returns when it is durable, in the database or in the spill file."""
        entry = self._put(Entry(wish))
        if not self._waiting.wait(entry, SPILL_AFTER_S):
            self._keep(entry, wish)
            return
        entry.result()
        if entry.took_effect and wish.log is not None and logs_are_elsewhere():
            self._late_logs.write(wish.log, SPILL_AFTER_S)

    def drain(self, within_s: float) -> None:
        """Write what is queued and every deferred counter; for a worker that is about to end."""
        give_up = time.monotonic() + within_s
        self._counters.make_due()
        while self._has_work() and time.monotonic() < give_up:
            self._wake.set()
            gevent.sleep(0.02)
        for entry in [*self._under_way, *self._queue]:
            if isinstance(entry.wish, Closing) and not entry.given_up:
                self._keep(entry, entry.wish)
        for kept in self._counters.unwritten():
            self._keep_line(kept)

    def recover(self) -> None:
        """Replay the spill files of workers that are gone."""
        self._keeper.take_abandoned()

    def _put(self, entry: Entry) -> Entry:
        self._start()
        self._queue.append(entry)
        self._wake.set()
        return entry

    def _start(self) -> None:
        if not self._started:
            self._started = True
            gevent.spawn(self._run)
            gevent.spawn(self._waiting.patrol)

    def _run(self) -> None:
        while True:
            self._wake.wait(timeout=self._counters.due_in_s())
            self._wake.clear()
            try:
                self._work_off()
                self._counters.write_if_due()
            except Exception:
                logger.exception("the ledger's writer met an unexpected error")
                gevent.sleep(_PAUSE_AWAY_S)

    def _has_work(self) -> bool:
        return bool(self._queue or self._under_way or self._counters.are_due)

    def _work_off(self) -> None:
        while self._queue:
            if self._last_size > _A_FEW:
                gevent.sleep(_GATHER_S)
            taken, self._queue = self._queue[:MAX_BATCH], self._queue[MAX_BATCH:]
            self._last_size = len(taken)
            self._under_way = [entry for entry in taken if not entry.given_up]
            try:
                self._write(self._under_way)
            finally:
                self._under_way = []

    def _write(self, entries: list[Entry]) -> None:
        if not entries:
            return
        defer = resources.settings.batch_update_enabled
        batch = batch_of([entry.wish for entry in entries], defer_counters=defer)
        for entry in entries:
            entry.batch_id = batch.id
        started = time.perf_counter()
        try:
            outcome = self._commit(batch, entries)
        except Exception as error:  # noqa: BLE001 - reported to the one entry that causes it
            self._isolate(entries, error)
            return
        if outcome is None:
            self._put_back(entries)
            return
        metrics.observe(metrics.LEDGER_BATCH_SIZE, len(entries))
        metrics.observe(metrics.LEDGER_SECONDS, time.perf_counter() - started)
        self._finish(entries, outcome)

    def _commit(self, batch: Batch, entries: list[Entry]) -> Outcome | None:
        """Write the batch; ``None`` when the database is away and nothing was written.

        As long as that is not certain the batch is tried again, and no other.
        """
        transaction = Once(resources.db, batch.id, partial(ledger.apply, batch=batch))
        while True:
            try:
                return transaction.run()
            except DatabaseUnavailable as error:
                self._refuse_reserves([*entries, *self._queue], error)
                gevent.sleep(_PAUSE_AWAY_S)
                if not transaction.is_unsure:
                    return None

    @staticmethod
    def _refuse_reserves(entries: Iterable[Entry], error: DatabaseUnavailable) -> None:
        """Let nobody wait for a reservation; one that arrives after all is undone."""
        for entry in entries:
            if isinstance(entry.wish, Reserve):
                entry.fail(DatabaseUnavailable(str(error)))
                entry.given_up = True

    def _put_back(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            entry.batch_id = None
        self._queue = [entry for entry in entries if not entry.given_up] + self._queue

    def _isolate(self, entries: list[Entry], error: Exception) -> None:
        """A batch that the database refuses is written entry by entry: one bad row hurts itself.

        What it refuses because of its log row is charged without one.
        """
        for entry in entries:
            entry.batch_id = None
        if len(entries) > 1:
            for entry in entries:
                if not entry.given_up:
                    self._write([entry])
            return
        entry = entries[0]
        logger.error("the database refuses a ledger entry", exc_info=error)
        if isinstance(entry.wish, Closing) and entry.wish.log is not None:
            entry.wish = replace(entry.wish, log=None)
            self._write([entry])
            return
        self.open.remove(entry.wish.request_id)
        entry.fail(error)

    def _finish(self, entries: Iterable[Entry], outcome: Outcome) -> None:
        again: list[Entry] = []
        closed = {closing.request_id for closing in outcome.closed}
        for entry in entries:
            entry.batch_id = None
            wish = entry.wish
            if isinstance(wish, Closing):
                self.open.remove(wish.request_id)
                entry.took_effect = wish.request_id in closed
                entry.finish()
                for listener in self._listeners:
                    listener(wish)
            elif wish.request_id in outcome.again:
                again.append(entry)
            else:
                self._finish_reserve(entry, wish, outcome.refused.get(wish.request_id))
        self._queue = again + self._queue
        self._counters.add(outcome.deferred)

    def _finish_reserve(self, entry: Entry, wish: Reserve, shortage: Shortage | None) -> None:
        if shortage is None and entry.given_up:
            self._undo(wish)
        elif not entry.given_up:
            if shortage is None:
                self.open.add(wish)
            entry.finish(shortage)

    def _abandon(self, entry: Entry, wish: Reserve) -> None:
        """The call has gone before it could learn of its reservation."""
        if not entry.is_done:
            entry.given_up = True
        elif wish.request_id in self.open:
            self._undo(wish)

    def _undo(self, wish: Reserve) -> None:
        self._put(Entry(Closing(request_id=wish.request_id, payer=wish.payer, reserved=True)))

    def _keep(self, entry: Entry, wish: Closing) -> None:
        """Put a closing into the spill file; if even that fails, wait for the database."""
        entry.given_up = True
        if entry in self._queue:
            self._queue.remove(entry)
        if self._keep_line(KeptClosing(wish, entry.batch_id)):
            self.open.remove(wish.request_id)
            metrics.count(metrics.LEDGER_SPILLED)
            return
        entry.given_up = False
        while not entry.is_done:
            if entry not in self._under_way and entry not in self._queue:
                self._put(entry)
            self._waiting.wait(entry, SPILL_AFTER_S)

    def _keep_line(self, kept: Kept) -> bool:
        try:
            self._keeper.keep(kept)
        except OSError:
            logger.exception("a settlement cannot be kept in a file")
            return False
        return True

    def _replay(self, kept: Kept) -> None:
        """Write a line that was kept, when it is known what became of the batch it was in."""
        if isinstance(kept, KeptClosing) and kept.batch_id:
            while any(kept.batch_id == entry.batch_id for entry in self._under_way):
                gevent.sleep(_PAUSE_AWAY_S)
        replay(kept)


writer = Writer()
"""This process's writer; its greenlet starts with the first wish, so never before the fork."""
