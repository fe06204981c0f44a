"""On one node: ask for the balances, as often as ``CHANNEL_UPDATE_FREQUENCY`` says."""

from oneapi import resources, snapshot
from oneapi.channels import balance
from oneapi.errors import Refusal
from oneapi.jobs import turn


def update_all() -> None:
    """Begin a run, unless one is under way or another worker has begun this one."""
    every_s = resources.settings.channel_update_frequency_min * 60
    if not turn.is_mine("update balances", every_s=every_s):
        return
    try:
        balance.start_run(snapshot.current().options)
    except Refusal:
        return
