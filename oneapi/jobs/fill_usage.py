"""On one node: sum up the log rows of the time before this program, a while at a time."""

from oneapi.billing.usage import fill
from oneapi.jobs import turn
from oneapi.lib import clock

EVERY_S = 60
_FOR_S = 30.0


def fill_usage() -> None:
    """Go on for half of the time until the next round."""
    if turn.is_mine("fill usage", every_s=EVERY_S):
        fill.fill(now_s=clock.now_s(), for_s=_FOR_S)
