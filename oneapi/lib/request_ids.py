"""Ids of requests: in the answer's header, in error messages, in log rows.

Source: One API's format, which clients and log tools know: local time to the second, the
nanoseconds of that second without leading zeros, eight random digits (23 to 31 digits in all).
"""

import secrets
import time

_NS = 1_000_000_000


def new_request_id() -> str:
    """Return a new id."""
    seconds, nanoseconds = divmod(time.time_ns(), _NS)
    local = time.strftime("%Y%m%d%H%M%S", time.localtime(seconds))
    return f"{local}{nanoseconds}{secrets.randbelow(10**8):08d}"
