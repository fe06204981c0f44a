"""One classification of a failed attempt, and what the client is told.  Pure.

Retry and channel health act on the class.  It comes from the normalised status and the
structured ``type`` and ``code``; no text is searched.
"""

from dataclasses import dataclass

from oneapi.channels.health import Failure
from oneapi.errors import UpstreamError

_QUOTA_CODES = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "quota_exceeded", "billing_error"}
)
_CREDENTIAL_CODES = frozenset({"invalid_api_key", "account_deactivated"})
_CREDENTIAL_TYPES = frozenset({"authentication_error"})
_DENIED_CODES = frozenset({"model_access_denied", "denied_model"})

RETRIED = frozenset(
    {Failure.CREDENTIAL, Failure.DENIED, Failure.QUOTA, Failure.RATE, Failure.TRANSIENT}
)
"""Classes after which another channel is tried, as often as ``RetryTimes`` allows."""


def classify(error: UpstreamError) -> Failure:
    """Say what kind of failure an upstream's error is."""
    if error.transport:
        return Failure.TRANSIENT
    if error.status == 402 or error.code in _QUOTA_CODES or error.error_type in _QUOTA_CODES:
        return Failure.QUOTA
    if error.code in _DENIED_CODES:
        return Failure.DENIED
    if error.status in (401, 403):
        return Failure.CREDENTIAL
    if error.status == 400 and (
        error.code in _CREDENTIAL_CODES or error.error_type in _CREDENTIAL_TYPES
    ):
        return Failure.CREDENTIAL
    if error.status == 429:
        return Failure.RATE
    if error.status == 404:
        return Failure.NOT_FOUND
    # Below 400 it is no refusal either: a redirect of a misspelt base URL, an accepted job.
    if error.status == 408 or error.status >= 500 or error.status < 400:
        return Failure.TRANSIENT
    return Failure.CLIENT


@dataclass(frozen=True, slots=True)
class ClientError:
    """An error as it leaves the house; ``text_code`` names our own text, if it is ours."""

    status: int
    error_type: str
    code: str | None
    param: str
    message: str = ""
    text_code: str = ""
    retry_after_s: float | None = None


def for_client(error: UpstreamError, *, with_detail: bool) -> ClientError:
    """Return what the client sees of an upstream's failure.

    A provider's complaint about this gateway's key or credit is nobody else's business: it
    becomes a neutral gateway error unless the operator wants details (``with_detail``).
    """
    failure = classify(error)
    neutral = _NEUTRAL.get(failure)
    if neutral is not None:
        status, code = neutral
        if with_detail:
            return ClientError(
                status, error.error_type, error.code or code, error.param, error.message
            )
        return ClientError(status, "upstream_error", code, "", text_code=code)
    if error.transport:
        code = error.code or "do_request_failed"
        return ClientError(error.status, "one_api_error", code, "", text_code=code)
    if failure is Failure.RATE:
        return ClientError(
            429,
            error.error_type,
            error.code,
            error.param,
            error.message if with_detail else "",
            "" if with_detail else "upstream_saturated",
            error.retry_after_s,
        )
    status = error.status if 400 <= error.status <= 599 else 502
    if error.code in _OWN_CODES:
        return ClientError(status, error.error_type, error.code, "", text_code=error.code)
    return ClientError(
        status, error.error_type, error.code, error.param, error.message, "", error.retry_after_s
    )


_NEUTRAL = {
    Failure.CREDENTIAL: (502, "upstream_auth_failed"),
    Failure.DENIED: (502, "upstream_auth_failed"),
    Failure.QUOTA: (503, "upstream_quota_exhausted"),
}

_OWN_CODES = frozenset({"stream_interrupted", "empty_stream"})
"""Failures that the relay itself found; their texts are ours, in the client's language."""
