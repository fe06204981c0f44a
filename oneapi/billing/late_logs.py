"""Log rows on their way to a database of their own, right after the charge in the main one.

Its absence neither undoes a charge nor delays the ledger: what cannot be written within a moment
goes to the spill file.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
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


@dataclass(slots=True, eq=False)
class _Late:
    row: Row
    written: Event = field(default_factory=Event)
    kept: bool = False
    """Left to the spill file."""


class LateLogs:
    """The queue of this process; ``keep`` makes a row durable elsewhere (raises ``OSError``)."""

    def __init__(self, keep: Callable[[Row], None]) -> None:
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
            self._keep(row)
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
        is_unsure = False
        while not self._try(rows, is_unsure=is_unsure):
            is_unsure = True
            gevent.sleep(_PAUSE_S)

    def _try(self, rows: Sequence[_Late], *, is_unsure: bool) -> bool:
        """Say whether it is over; after a failure each row is looked for before it is written."""
        try:
            with _TURN:
                waiting = [late for late in rows if not late.kept]
                _add([late.row for late in waiting if not (is_unsure and _is_written(late.row))])
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


def replay(row: Row) -> None:
    """Insert a row that was kept, unless it is there.

    Raises:
        DatabaseUnavailable: not now.
    """
    try:
        with _TURN:
            if not _is_written(row):
                _add([row])
    except CommitUncertain as error:
        raise DatabaseUnavailable(str(error)) from error


def _is_written(row: Row) -> bool:
    database = resources.log_db
    return database.ledger_transaction(partial(ledger.has_log, kind=database.kind, row=row))


def _add(rows: Sequence[Row]) -> None:
    if rows:
        database = resources.log_db
        database.ledger_transaction(partial(ledger.add_logs, kind=database.kind, rows=rows))
