"""The time of day; what measures durations uses ``time.monotonic`` instead."""

import time


def now_s() -> int:
    """Return Unix seconds."""
    return int(time.time())
