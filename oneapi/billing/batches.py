"""How wishes become a batch under this process's settings."""

import secrets
from collections.abc import Sequence

from oneapi import resources
from oneapi.billing.entries import Batch, Closing, Reserve
from oneapi.lib import clock


def batch_of(wishes: Sequence[Reserve | Closing], *, defer_counters: bool = False) -> Batch:
    """Return a batch under a new id."""
    return Batch(
        id=new_id(),
        now_s=clock.now_s(),
        reserves=tuple(wish for wish in wishes if isinstance(wish, Reserve)),
        closings=tuple(wish for wish in wishes if isinstance(wish, Closing)),
        defer_counters=defer_counters,
        with_logs=not logs_are_elsewhere(),
    )


def new_id() -> str:
    """Return an id that no batch had before."""
    return secrets.token_hex(16)


def logs_are_elsewhere() -> bool:
    """Whether log rows go to a database of their own."""
    return resources.log_db.engine is not resources.db.engine
