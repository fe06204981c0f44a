"""Reservations: touch our own, give back those of workers that are gone."""

import logging

from oneapi import locks, resources
from oneapi.billing import sweeper
from oneapi.billing.writer import writer
from oneapi.lib import clock

logger = logging.getLogger(__name__)

_LOCK = "sweep reservations"
_LOCK_S = 50


def touch_open() -> None:
    """Say that this worker's open reservations have somebody who will close them."""
    now_s = clock.now_s()
    ids = [key for key, wish in writer.open.items() if now_s - wish.now_s >= 30]
    if ids:
        with resources.db.transaction() as session:
            sweeper.touch(session, ids, now_s=now_s)


def sweep() -> None:
    """Give back what nobody will close; one worker of one node does it."""
    now_s = clock.now_s()
    with resources.db.transaction() as session:
        if not locks.acquire(
            session, _LOCK, owner=resources.settings.node_name, now_s=now_s, for_s=_LOCK_S
        ):
            return
        released = sweeper.release_stale(session, now_s=now_s)
        sweeper.forget_old(session, now_s=now_s)
    if released:
        logger.warning("abandoned reservations were given back", extra={"count": released})
