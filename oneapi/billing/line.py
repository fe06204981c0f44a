"""Waiting in line for quota that calls of the same payer hold at this moment.

Each call reserves its worst case, so many small calls that are affordable together would refuse
each other.  A call that is short only because of reservations still open in this worker waits,
in order of arrival, until one of them closes.
"""

from collections import deque

from gevent.event import Event

from oneapi.billing.entries import PayerKey

PATIENCE_S = 3.0


class Ticket:
    """A place in one queue."""

    def __init__(self) -> None:
        self._called = Event()

    def call(self) -> None:
        """Say that it is this one's turn to try."""
        self._called.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the turn; ``False`` when the patience is over.

        A call that comes while its owner tries counts for his next wait.
        """
        if not self._called.wait(timeout=max(timeout_s, 0)):
            return False
        self._called.clear()
        return True


class Line:
    """The queues of one worker, one per user or token that is short."""

    def __init__(self) -> None:
        self._waiting: dict[PayerKey, deque[Ticket]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nobody waits anywhere."""
        return not self._waiting

    def is_forming(self, key: PayerKey) -> bool:
        """Whether somebody waits there already: a newcomer goes behind."""
        return key in self._waiting

    def join(self, key: PayerKey) -> Ticket:
        """Go to the end of the queue."""
        ticket = Ticket()
        self._waiting.setdefault(key, deque()).append(ticket)
        return ticket

    def leave(self, key: PayerKey, ticket: Ticket) -> None:
        """Leave the queue, served or not, and let the next one try."""
        queue = self._waiting[key]
        queue.remove(ticket)
        if queue:
            queue[0].call()
        else:
            del self._waiting[key]

    def call_first(self, key: PayerKey) -> None:
        """Let the first one try: some quota may be free again."""
        if queue := self._waiting.get(key):
            queue[0].call()

    def call_all(self, key: PayerKey) -> None:
        """Let everybody try: nothing is held any more, so nobody has a reason to wait."""
        for ticket in self._waiting.get(key, ()):
            ticket.call()
