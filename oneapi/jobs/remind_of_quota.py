"""In every process: tell those who have just paid for calls when little is left."""

from oneapi import snapshot
from oneapi.billing.reminders import spenders
from oneapi.lib import clock

EVERY_S = 30.0


def remind() -> None:
    """Look at the balances of this worker's users."""
    spenders.remind(snapshot.current().options, now_s=clock.now_s())
