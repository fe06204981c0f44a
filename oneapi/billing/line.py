"""Waiting in line for quota that calls of the same payer hold at this moment.

Each call reserves its worst case, so many small calls that are affordable together would refuse
each other.  A call that is short only because of reservations still open in this worker waits,
in order of arrival, until one of them closes.
"""

from collections import deque

import gevent
from gevent.event import Event

from oneapi.billing.entries import Closing

PATIENCE_S = 3.0

Key = tuple[str, int]
"""``("user", id)`` or ``("token", id)``: whose quota is short."""


class Line:
    """The queues of one worker, one per user or token that is short."""

    def __init__(self) -> None:
        self._waiting: dict[Key, deque[Event]] = {}

    def is_forming(self, key: Key) -> bool:
        """Whether somebody waits there already: a newcomer goes behind."""
        return key in self._waiting

    def join(self, key: Key) -> Event:
        """Go to the end of the queue."""
        ticket = Event()
        self._waiting.setdefault(key, deque()).append(ticket)
        return ticket

    def wait(self, key: Key, ticket: Event, timeout_s: float) -> bool:
        """Wait for the own turn; ``False`` when the patience is over."""
        ticket.clear()
        try:
            return bool(ticket.wait(timeout=max(timeout_s, 0)))
        except gevent.GreenletExit:
            self.leave(key, ticket)
            raise

    def leave(self, key: Key, ticket: Event) -> None:
        """Leave the queue, served or not, and let the next one try."""
        queue = self._waiting.get(key)
        if queue is None:
            return
        if ticket in queue:
            queue.remove(ticket)
        if queue:
            queue[0].set()
        else:
            del self._waiting[key]

    def on_closed(self, closing: Closing) -> None:
        """Wake the first in line of this payer's user and token."""
        payer = closing.payer
        for key in (("user", payer.user_id), ("token", payer.token_id)):
            if queue := self._waiting.get(key):
                queue[0].set()
