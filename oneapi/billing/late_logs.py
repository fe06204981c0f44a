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

from oneapi import resources
from oneapi.billing import ledger
from oneapi.errors import DatabaseUnavailable
from oneapi.lib.database import CommitUncertain

logger = logging.getLogger(__name__)

_AT_ONCE = 512
_PAUSE_S = 0.5

Row = Mapping[str, Any]


@dataclass(slots=True, eq=False)
class _Late:
    row: Row
    written: Event = field(default_factory=Event)
    kept: bool = False


class LateLogs:
    """The queue of this process; ``keep`` makes a row durable elsewhere (raises ``OSError``)."""

    def __init__(self, keep: Callable[[Row], None]) -> None:
        self._keep = keep
        self._queue: list[_Late] = []
        self._wake = Event()
        self._pid = 0

    def write(self, row: Row, within_s: float) -> None:
        """Return when the row is in the log database, or kept."""
        late = _Late(row)
        self._queue.append(late)
        if self._pid != os.getpid():
            self._pid = os.getpid()
            gevent.spawn(self._run)
        self._wake.set()
        if late.written.wait(within_s):
            return
        try:
            # A row that is written meanwhile is found when the kept one is replayed.
            self._keep(row)
        except OSError:
            logger.exception("a log row cannot be kept in a file; it waits in memory")
        else:
            late.kept = True

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._queue:
                taken, self._queue = self._queue[:_AT_ONCE], self._queue[_AT_ONCE:]
                self._insert([late for late in taken if not late.kept])

    def _insert(self, rows: Sequence[_Late]) -> None:
        """Insert the rows as one transaction, however long it takes."""
        is_unsure = False
        while rows:
            try:
                if not (is_unsure and is_written(rows[0].row)):
                    _add([late.row for late in rows])
                break
            except CommitUncertain:
                is_unsure = True
            except DatabaseUnavailable as error:
                logger.warning("log database is away", extra={"reason": str(error)})
            except Exception:  # noqa: BLE001 - logged for the one row that causes it
                self._isolate(rows)
                break
            gevent.sleep(_PAUSE_S)
        for late in rows:
            late.written.set()

    def _isolate(self, rows: Sequence[_Late]) -> None:
        """One row that the database refuses hurts itself alone."""
        if len(rows) == 1:
            logger.exception("the log database refuses a row")
            return
        for late in rows:
            self._insert([late])


def replay(row: Row) -> None:
    """Insert a row that was kept, unless it is there.

    Raises:
        DatabaseUnavailable: not now.
    """
    try:
        if not is_written(row):
            _add([row])
    except CommitUncertain as error:
        raise DatabaseUnavailable(str(error)) from error


def is_written(row: Row) -> bool:
    """Say whether the log database has the row of this call."""
    database = resources.log_db
    return database.ledger_transaction(partial(ledger.has_log, kind=database.kind, row=row))


def _add(rows: Sequence[Row]) -> None:
    database = resources.log_db
    database.ledger_transaction(partial(ledger.add_logs, kind=database.kind, rows=rows))
