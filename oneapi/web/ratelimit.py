"""Limits on requests per client address.

Three buckets, each shared by all routes that it covers.  With Redis they are exact; without, or
while Redis is away, every worker counts for itself, so the real limit is up to the number of
workers times higher.  A refused request is not counted.

Source: One API's limits.
"""

import logging
import time
from typing import Final

from flask_limiter import RateLimitExceeded
from limits import RateLimitItemPerSecond
from limits.errors import StorageError

from oneapi import metrics, resources
from oneapi.errors import Refusal
from oneapi.web.context import client_ip
from oneapi.web.extensions import limiter

logger = logging.getLogger(__name__)

WINDOW_S: Final = 180

_CRITICAL: Final = "20 per 1200 second"
_BAD_TOKENS: Final = RateLimitItemPerSecond(20, 60, namespace="oneapi:bad-token")
_REDEMPTIONS: Final = RateLimitItemPerSecond(10, 60, namespace="oneapi:redemption")


def _api_limit() -> str:
    return f"{max(resources.settings.global_api_rate_limit, 1)} per {WINDOW_S} second"


def _page_limit() -> str:
    return f"{max(resources.settings.global_web_rate_limit, 1)} per {WINDOW_S} second"


api_limit = limiter.shared_limit(
    _api_limit,
    scope="GA",
    override_defaults=False,
    exempt_when=lambda: resources.settings.global_api_rate_limit <= 0,
)
"""Everything under ``/api`` and the billing endpoints; put on a blueprint."""

page_limit = limiter.shared_limit(
    _page_limit,
    scope="GW",
    override_defaults=False,
    exempt_when=lambda: resources.settings.global_web_rate_limit <= 0,
)
"""Pages, files and unknown paths."""

critical = limiter.shared_limit(_CRITICAL, scope="CT", override_defaults=False)
"""Routes that guess, send mail or create accounts; put on a view, beside its blueprint's limit."""


def count_bad_token() -> None:
    """Count an access token that does not exist against the client's address.

    Raises:
        Refusal: ``rate_limited`` after too many of them.
    """
    _hit(_BAD_TOKENS, "bad_token", client_ip())


def count_redemption(user_id: int) -> None:
    """Count a try to redeem a code against the user, whatever addresses he comes from.

    Raises:
        Refusal: ``rate_limited`` after too many of them.
    """
    _hit(_REDEMPTIONS, "redemption", str(user_id))


def as_refusal(error: RateLimitExceeded) -> Refusal:
    """Return what a client is told when a limit is reached, and count it."""
    metrics.count(metrics.RATE_LIMITED.labels(error.limit.scope or "other"))
    current = limiter.current_limit
    wait_s = 1 if current is None else max(1, int(current.reset_at - time.time()) + 1)
    return Refusal("rate_limited", status=429, retry_after_s=wait_s)


def _hit(limit: RateLimitItemPerSecond, name: str, subject: str) -> None:
    try:
        passed = limiter.limiter.hit(limit, subject)
    except StorageError:
        logger.warning("rate limit storage is away, a try was not counted", extra={"limit": name})
        return
    if not passed:
        metrics.count(metrics.RATE_LIMITED.labels(name))
        raise Refusal("rate_limited", retry_after_s=limit.get_expiry())
