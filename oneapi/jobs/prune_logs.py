"""On one node: delete log rows older than the option ``LogRetentionDays``, in chunks."""

from oneapi import log_cleaning, snapshot
from oneapi.jobs import turn
from oneapi.lib import clock

_DAY_S = 86_400


def prune() -> None:
    """Delete what is too old; 0 days keep everything."""
    days = snapshot.current().options.log_retention_days
    if days > 0 and turn.is_mine("prune logs", every_s=3600):
        log_cleaning.clean(target_s=clock.now_s() - days * _DAY_S)
