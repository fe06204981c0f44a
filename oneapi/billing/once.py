"""A transaction of the ledger that happens once, whatever becomes of the connection.

It carries the row of its batch id.  When the connection breaks during the commit, that row says
later whether the transaction is there; until it is known, nothing else is tried in its place.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

import gevent

from oneapi.billing import ledger
from oneapi.errors import DatabaseUnavailable
from oneapi.lib.database import CommitUncertain, Database, DbapiConnection

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_TRIES = 3
_PAUSE_S = 0.05
_QUICK_S = 1.0
"""A failure that took longer is no blip that a second try at once would get over."""


class Once(Generic[_T]):
    """Work under one batch id; ``run`` may be called again until it succeeds."""

    def __init__(
        self, database: Database, batch_id: str, work: Callable[[DbapiConnection, str], _T]
    ) -> None:
        self._database = database
        self._batch_id = batch_id
        self._work = work
        self._results: list[_T] = []
        self.is_unsure = False
        """Whether an earlier commit broke, so that the work may be done already."""

    def run(self) -> _T:
        """Do the work unless it is done, and return its result.

        Raises:
            DatabaseUnavailable: not now; see ``is_unsure``.
        """
        started = time.monotonic()
        for _ in range(_TRIES - 1):
            try:
                return self._try()
            except DatabaseUnavailable as error:
                logger.warning("ledger transaction failed", extra={"reason": str(error)})
                if time.monotonic() - started > _QUICK_S:
                    raise
                gevent.sleep(_PAUSE_S)
        return self._try()

    def _try(self) -> _T:
        if self.is_unsure and was_applied(self._database, self._batch_id):
            return self._results[-1]
        try:
            return self._database.ledger_transaction(
                partial(_work_and_keep, self._work, self._database.kind, self._results)
            )
        except CommitUncertain as error:
            self.is_unsure = True
            raise DatabaseUnavailable(str(error)) from error
        except DatabaseUnavailable:
            raise
        except Exception:
            # A commit believed lost can arrive between the look and the second try, whose row of
            # the batch id is then one too many.
            if self.is_unsure and was_applied(self._database, self._batch_id):
                return self._results[-1]
            raise


def was_applied(database: Database, batch_id: str) -> bool:
    """Say whether the transaction with this batch id is in the database.

    Raises:
        DatabaseUnavailable: it did not answer.
    """
    look = partial(ledger.was_applied, kind=database.kind, batch_id=batch_id)
    try:
        return database.ledger_transaction(look)
    except CommitUncertain as error:
        raise DatabaseUnavailable(str(error)) from error


def _work_and_keep(
    work: Callable[[DbapiConnection, str], _T],
    kind: str,
    results: list[_T],
    connection: DbapiConnection,
) -> _T:
    """Keep the result where it survives a commit that breaks."""
    result = work(connection, kind)
    results.append(result)
    return result
