"""On one node: delete mail codes and counted sign-in failures that no longer matter."""

from oneapi import resources
from oneapi.accounts import throttle, verification
from oneapi.jobs import turn
from oneapi.lib import clock

EVERY_S = 3600


def forget() -> None:
    """Delete what has run out."""
    if not turn.is_mine("forget codes", every_s=EVERY_S):
        return
    now_s = clock.now_s()
    with resources.db.transaction() as session:
        verification.delete_old(session, now_s=now_s)
        throttle.delete_old(session, now_s=now_s)
