"""Wishes on their way through the ledger, and the calls that wait for them.

Two waits belong to every call, so they have no timer each: one patrol looks after all of them.
"""

import time
from dataclasses import dataclass, field

import gevent
from gevent.event import Event

from oneapi.billing.entries import Closing, Reserve, Shortage

_PATROL_S = 0.1


@dataclass(slots=True, eq=False)
class Entry:
    """One wish and the call that waits for it."""

    wish: Reserve | Closing
    is_done: bool = False
    shortage: Shortage | None = None
    """Of a reservation that is done: why it was refused."""

    error: Exception | None = None
    given_up: bool = False
    """The call no longer waits: a settlement was kept, a reservation must be undone."""

    batch_id: str | None = None
    """The transaction that it is in, as long as that may still arrive."""

    took_effect: bool = False
    """Of a closing: nobody had closed the call before."""

    woken: Event = field(default_factory=Event)

    def finish(self, shortage: Shortage | None = None) -> None:
        """Tell the call what came of it."""
        self.is_done, self.shortage = True, shortage
        self.woken.set()

    def fail(self, error: Exception) -> None:
        """Tell a call that still waits why nothing came of it."""
        if not self.given_up:
            self.is_done, self.error = True, error
            self.woken.set()

    def result(self) -> Shortage | None:
        """Return what came of it, or raise why nothing did."""
        if self.error is not None:
            raise self.error
        return self.shortage


class WaitingRoom:
    """The calls of this process that wait for the ledger, and until when (monotonic)."""

    def __init__(self) -> None:
        self._until: dict[Entry, float] = {}

    def wait(self, entry: Entry, seconds: float) -> bool:
        """Wait until the entry is done; ``False`` when it is not within the time."""
        if entry.is_done:
            return True
        self._until[entry] = time.monotonic() + seconds
        try:
            entry.woken.wait()
        finally:
            del self._until[entry]
            entry.woken.clear()
        return entry.is_done

    def patrol(self) -> None:
        """Wake whoever has waited long enough; for ever."""
        while True:
            gevent.sleep(_PATROL_S)
            now = time.monotonic()
            for entry in [entry for entry, until in self._until.items() if until <= now]:
                entry.woken.set()
