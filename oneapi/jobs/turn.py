"""Whose turn a job is: every worker has it in its list, one of them does it."""

from oneapi import locks, resources
from oneapi.lib import clock, keys


def is_mine(name: str, *, every_s: int) -> bool:
    """Take this round of a job; ``False`` when another worker or node has taken it.

    The lock lasts most of the interval, so that clocks that tick a little apart count as one
    round.
    """
    with resources.db.transaction() as session:
        return locks.acquire(
            session,
            f"job {name}",
            owner=keys.new_access_token(),
            now_s=clock.now_s(),
            for_s=max(every_s * 9 // 10, 1),
        )
