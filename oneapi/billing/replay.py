"""Writing what was kept while the database was away: each line once, however often it is tried."""

import logging
from functools import partial

from msgspec.structs import replace

from oneapi import resources
from oneapi.billing import late_logs, ledger
from oneapi.billing.batches import batch_of, logs_are_elsewhere
from oneapi.billing.entries import Counters
from oneapi.billing.once import Once, was_applied
from oneapi.billing.spill import Kept, KeptClosing, KeptCounters
from oneapi.errors import DatabaseUnavailable
from oneapi.lib import clock

logger = logging.getLogger(__name__)


def replay(kept: Kept) -> None:
    """Write one line unless it is in the database.

    Raises:
        DatabaseUnavailable: not now; trying again is harmless.
    """
    if isinstance(kept, KeptClosing):
        _replay_closing(kept)
    elif isinstance(kept, KeptCounters):
        if not was_applied(resources.db, kept.batch_id):
            counters_once(kept.counters, kept.batch_id).run()
    else:
        late_logs.replay(kept.row, kept.sent_with)


def counters_once(counters: Counters, batch_id: str) -> Once[None]:
    """Return the transaction that writes counters."""
    work = partial(ledger.add_counters, counters=counters, batch_id=batch_id, now_s=clock.now_s())
    return Once(resources.db, batch_id, work)


def _replay_closing(kept: KeptClosing) -> None:
    """Write a closing; its log row follows where logs have a database of their own.

    That row is looked for even if the closing was there before: its call went on without it.
    """
    known = (kept.replay_id, kept.batch_id)
    if not any(was_applied(resources.db, batch_id) for batch_id in known if batch_id):
        _write(kept)
    if kept.closing.log is not None and logs_are_elsewhere():
        late_logs.replay(kept.closing.log)


def _write(kept: KeptClosing) -> None:
    """Write it; what the database refuses with its log row goes without."""
    for closing in (kept.closing, replace(kept.closing, log=None)):
        batch = replace(batch_of([closing]), id=kept.replay_id)
        try:
            Once(resources.db, batch.id, partial(ledger.apply, batch=batch)).run()
        except DatabaseUnavailable:
            raise
        except Exception:
            facts = {"request_id": closing.request_id}
            logger.exception("the database refuses a kept settlement", extra=facts)
        else:
            return
