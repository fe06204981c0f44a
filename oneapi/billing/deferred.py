"""Usage counters that are written every few seconds instead of with each call.

With ``BATCH_UPDATE_ENABLED`` a crash loses what was counted since the last flush; balances are
never deferred.
"""

import time

from oneapi import resources
from oneapi.billing.batches import new_id
from oneapi.billing.entries import Counters
from oneapi.billing.once import Once
from oneapi.billing.replay import counters_once
from oneapi.billing.spill import KeptCounters
from oneapi.errors import DatabaseUnavailable


class DeferredCounters:
    """What this process has counted and not written yet."""

    def __init__(self) -> None:
        self._counters = Counters()
        self._flushing: tuple[KeptCounters, Once[None]] | None = None
        self._due_at = 0.0

    def add(self, counters: Counters) -> None:
        """Count more."""
        self._counters.merge(counters)

    @property
    def are_due(self) -> bool:
        """Whether it is time to write, and something to write is there."""
        due_in_s = self.due_in_s()
        return due_in_s is not None and due_in_s <= 0

    def due_in_s(self) -> float | None:
        """Return the seconds until the next flush; ``None`` when there is nothing to write."""
        if self._flushing is None and self._counters.is_empty:
            return None
        return max(self._due_at - time.monotonic(), 0)

    def make_due(self) -> None:
        """Write at the next occasion."""
        self._due_at = 0.0

    def write_if_due(self) -> None:
        """Write; what does not work is tried again, under the same id, an interval later."""
        if not self.are_due:
            return
        self._due_at = time.monotonic() + resources.settings.batch_update_interval_s
        if self._flushing is None:
            kept = KeptCounters(self._counters, new_id())
            self._flushing = kept, counters_once(kept.counters, kept.batch_id)
            self._counters = Counters()
        try:
            self._flushing[1].run()
        except DatabaseUnavailable:
            return
        self._flushing = None

    def unwritten(self) -> list[KeptCounters]:
        """Return what has not been written, for a process that ends."""
        found = [self._flushing[0]] if self._flushing else []
        if not self._counters.is_empty:
            found.append(KeptCounters(self._counters, new_id()))
        return found
