"""The end of a worker: not ready any more, calls finish, ledger and letters are done, exit."""

import os
import signal
import time

import gevent

from oneapi import metrics
from oneapi.billing.writer import writer
from oneapi.notify.outbox import outbox
from oneapi.relay import in_flight

_LOOK_S = 0.1
_SETTLE_S = 10.0
_POST_S = 5.0


class _State:
    draining = False


def is_draining() -> bool:
    """Whether this worker is about to end; readiness says no then."""
    return _State.draining


def drain(grace_s: float) -> None:
    """Wait for the calls under way, end the rest, write the ledger, and end the process.

    SIGQUIT ends a gevent worker at once and in order: idle connections close, hooks run.
    """
    _State.draining = True
    give_up = time.monotonic() + grace_s
    while in_flight.count() and time.monotonic() < give_up:
        gevent.sleep(_LOOK_S)
    in_flight.interrupt_all()
    settled_by = time.monotonic() + _SETTLE_S
    while in_flight.count() and time.monotonic() < settled_by:
        gevent.sleep(_LOOK_S)
    writer.drain(_SETTLE_S)
    outbox.drain(_POST_S)
    metrics.flush()
    os.kill(os.getpid(), signal.SIGQUIT)
