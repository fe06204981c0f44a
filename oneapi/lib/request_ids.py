"""Ids of requests: in the answer's header, in error messages, in log rows.

Source: One API's format, which clients and log tools know: local time to the second, the
nanoseconds of that second without leading zeros, eight random digits (23 to 31 digits in all).
"""

import random
import time
from functools import lru_cache

_NS = 1_000_000_000


def new_request_id() -> str:
    """Return a new id."""
    seconds, nanoseconds = divmod(time.time_ns(), _NS)
    digits = random.randrange(10**8)  # noqa: S311 - no secret; seeded anew in each worker
    return f"{_local_time(seconds)}{nanoseconds}{digits:08d}"


@lru_cache(maxsize=4)
def _local_time(seconds: int) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.localtime(seconds))
