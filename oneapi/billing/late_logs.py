"""Log rows on their way to a database of their own, right after the charge in the main one.

Its absence neither undoes a charge nor delays the ledger: what cannot be written within a moment
goes to the spill file.

A commit whose answer was lost may still be on its way.  The id that one of its rows got says when
it is over: nobody else can take that id before.  Only then is looked which rows are there, so
none is written twice, and no row and no statement more is needed as long as nothing breaks.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore

from oneapi import resources
from oneapi.billing import ledger
from oneapi.errors import DatabaseUnavailable
from oneapi.lib.database import CommitUncertain

logger = logging.getLogger(__name__)

_AT_ONCE = 512
_PAUSE_S = 0.5

Row = Mapping[str, Any]

_TURN = BoundedSemaphore(1)
"""Looking for a row and inserting it belong together; the queue and the replay take turns."""

_UNSURE: set[int] = set()
"""Ids of rows, one for each transaction of this process that may yet arrive."""


@dataclass(slots=True, eq=False)
class _Late:
    row: Row
    written: Event = field(default_factory=Event)
    kept: bool = False
    """Left to the spill file."""

    sent_with: list[int] = field(default_factory=list)
    """The id of a row of the transaction that it is in, once that may arrive."""


class LateLogs:
    """The queue of this process.

    ``keep`` makes a row durable elsewhere (raises ``OSError``), with the id of a row of the
    transaction that may bring it after all.
    """

    def __init__(self, keep: Callable[[Row, int | None], None]) -> None:
        self._keep = keep
        self._queue: list[_Late] = []
        self._under_way: list[_Late] = []
        self._wake = Event()
        self._pid = 0

    def write(self, row: Row, within_s: float) -> None:
        """Return when the row is in the log database, or kept."""
        late = self._put(_Late(row))
        if late.written.wait(within_s):
            return
        late.kept = True
        try:
            self._keep(row, next(iter(late.sent_with), None))
        except OSError:
            logger.exception("a log row cannot be kept in a file; it waits in memory")
            late.kept = False
            if late not in self._under_way and not late.written.is_set():
                self._put(late)

    def _put(self, late: _Late) -> _Late:
        self._queue.append(late)
        if self._pid != os.getpid():
            self._pid = os.getpid()
            gevent.spawn(self._run)
        self._wake.set()
        return late

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._queue:
                taken, self._queue = self._queue[:_AT_ONCE], self._queue[_AT_ONCE:]
                self._under_way = taken
                self._insert(taken)
                self._under_way = []

    def _insert(self, rows: Sequence[_Late]) -> None:
        """Insert the rows as one transaction, however long it takes."""
        while not (all(late.kept for late in rows) or self._try(rows)):
            gevent.sleep(_PAUSE_S)

    def _try(self, rows: Sequence[_Late]) -> bool:
        """Say whether it is over; a row whose transaction may have arrived is looked for first."""
        try:
            with _turn(when_sure=any(late.sent_with for late in rows)):
                waiting = [late for late in rows if not late.kept]
                missing = [
                    late for late in waiting if not (late.sent_with and _is_written(late.row))
                ]
                ids: list[int] = []
                for late in missing:
                    late.sent_with = ids
                _add([late.row for late in missing], ids)
        except (CommitUncertain, DatabaseUnavailable) as error:
            logger.warning("log database is away", extra={"reason": str(error)})
            return False
        except Exception:  # noqa: BLE001 - logged for the one row that causes it
            self._isolate(rows)
            return True
        for late in waiting:
            late.written.set()
        return True

    def _isolate(self, rows: Sequence[_Late]) -> None:
        """One row that the database refuses hurts itself alone."""
        if len(rows) > 1:
            for late in rows:
                self._insert([late])
            return
        logger.error("the log database refuses a row", exc_info=True)
        rows[0].written.set()


def replay(row: Row, sent_with: int | None = None) -> None:
    """Insert a row that was kept, unless it is there or its transaction brings it yet.

    Raises:
        DatabaseUnavailable: not now.
    """
    try:
        if sent_with is not None:
            _wait_for(sent_with)
        with _turn(when_sure=True):
            if not _is_written(row):
                _add([row], [])
    except CommitUncertain as error:
        raise DatabaseUnavailable(str(error)) from error


@contextmanager
def _turn(*, when_sure: bool) -> Iterator[None]:
    """Let nobody else write; ``when_sure`` waits until no transaction can arrive any more."""
    while True:
        for row_id in list(_UNSURE) if when_sure else ():
            _wait_for(row_id)
            _UNSURE.discard(row_id)
        with _TURN:
            if not (when_sure and _UNSURE):
                yield
                return


def _wait_for(row_id: int) -> None:
    database = resources.log_db
    wait = partial(ledger.wait_for_log, kind=database.kind, row_id=row_id)
    database.ledger_transaction(wait)


def _is_written(row: Row) -> bool:
    database = resources.log_db
    return database.ledger_transaction(partial(ledger.has_log, kind=database.kind, row=row))


def _add(rows: Sequence[Row], ids: list[int]) -> None:
    """Insert the rows; ``ids`` gets the id of one of them before the commit."""
    if not rows:
        return
    database = resources.log_db
    add = partial(ledger.add_logs, kind=database.kind, rows=rows, ids=ids)
    try:
        database.ledger_transaction(add)
    except CommitUncertain:
        _UNSURE.update(ids)
        raise
