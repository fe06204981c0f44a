"""Letters that nobody waits for: one greenlet per worker sends them, one after the other.

A letter that cannot be sent is logged and forgotten; no call is delayed or fails because of it.
"""

import logging
import os
from dataclasses import dataclass
from typing import Final

import gevent
from gevent.queue import Full, JoinableQueue

from oneapi import options as options_table
from oneapi.errors import DatabaseUnavailable, Refusal
from oneapi.notify import sending
from oneapi.notify.letters import Letter
from oneapi.resources import db

logger = logging.getLogger(__name__)

MOST_WAITING: Final = 1000
"""More than that is no news; without a limit a dead mail server would cost memory."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A letter on its way."""

    letter: Letter
    to: str = ""
    """A mail address; empty for root, who may prefer a push."""


class Outbox:
    """The letters of this process that are still to be sent."""

    def __init__(self) -> None:
        self._pid = 0
        self._waiting: JoinableQueue[Errand] = JoinableQueue(MOST_WAITING)

    def put(self, errand: Errand) -> None:
        """Send a letter soon; returns at once."""
        self._start()
        try:
            self._waiting.put_nowait(errand)
        except Full:
            logger.warning("too many letters wait, one is lost", extra=_facts(errand))

    def drain(self, within_s: float) -> None:
        """Wait until all is sent; for a worker that is about to end."""
        if self._pid == os.getpid() and not self._waiting.join(timeout=within_s):
            logger.warning("letters were not sent", extra={"count": self._waiting.qsize()})

    def _start(self) -> None:
        # With the first letter, so never before the fork.
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._waiting = JoinableQueue(MOST_WAITING)
            gevent.spawn(self._run)

    def _run(self) -> None:
        while True:
            errand = self._waiting.get()
            try:
                _deliver(errand)
            except (Refusal, DatabaseUnavailable) as error:
                reason = error.facts.get("reason") if isinstance(error, Refusal) else str(error)
                logger.warning("a letter was not sent", extra={**_facts(errand), "reason": reason})
            except Exception:
                logger.exception("a letter was not sent", extra=_facts(errand))
            finally:
                self._waiting.task_done()


outbox = Outbox()
"""This process's outbox."""


def _deliver(errand: Errand) -> None:
    with db.reading() as session:
        options = options_table.read(session)
        root_address = "" if errand.to else sending.address_of_root(session)
    if errand.to:
        sending.by_mail(errand.to, errand.letter, options)
    else:
        sending.to_root(errand.letter, root_address, options)


def _facts(errand: Errand) -> dict[str, str]:
    return {"subject": errand.letter.subject, "to": "a user" if errand.to else "root"}
