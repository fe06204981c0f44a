"""Reservations: touch our own, give back those of workers that are gone."""

import logging

from oneapi import resources
from oneapi.billing import sweeper
from oneapi.billing.writer import writer
from oneapi.jobs import turn
from oneapi.lib import clock

logger = logging.getLogger(__name__)

_YOUNG_S = 30
"""Most calls are over by then, and the row's own time is fresh enough."""


def touch_open() -> None:
    """Say that this worker's open reservations have somebody who will close them."""
    now_s = clock.now_s()
    ids = writer.open.made_before(now_s - _YOUNG_S)
    if ids:
        with resources.db.transaction() as session:
            sweeper.touch(session, ids, now_s=now_s)


def sweep() -> None:
    """Give back what nobody will close."""
    if not turn.is_mine("sweep reservations", every_s=60):
        return
    now_s = clock.now_s()
    with resources.db.transaction() as session:
        released = sweeper.release_stale(session, now_s=now_s)
        sweeper.forget_old(session, now_s=now_s)
    if released:
        logger.warning("abandoned reservations were given back", extra={"count": released})
