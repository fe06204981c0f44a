"""Failures as Google reports them, with what the general reading does not know.

Google answers a bad API key with 400; only the error's details tell it from a bad request.
Source: https://ai.google.dev/gemini-api/docs/troubleshooting and google.rpc.ErrorInfo,
google.rpc.RetryInfo (https://cloud.google.com/apis/design/errors), read 2025-11.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from oneapi.errors import UpstreamError
from oneapi.providers.contract import Reply, Target
from oneapi.providers.errors import read_error
from oneapi.wire.answers import Usage

_BAD_KEY: Final = "API_KEY_INVALID"


class PromptBlocked(UpstreamError):
    """The provider refused to answer this prompt; ``usage`` is what it counted before that."""

    def __init__(self, reason: str, usage: Usage | None) -> None:
        super().__init__(
            f"prompt blocked: {reason}",
            status=400,
            error_type="invalid_request_error",
            code="content_filter",
        )
        self.usage = usage


def read_google_error(target: Target, reply: Reply) -> UpstreamError:
    """Read an answer of Google's that reports a failure."""
    error = read_error(target, reply)
    details = _details(reply.body)
    if any(detail.get("reason") == _BAD_KEY for detail in details):
        error.status, error.error_type = 401, "authentication_error"
    waits = [_seconds(detail.get("retryDelay")) for detail in details]
    error.retry_after_s = next((wait for wait in waits if wait is not None), error.retry_after_s)
    return error


def raise_failure(target: Target, answer: Any) -> None:
    """Raise for an error object that came with status 200, whole or inside a stream.

    Raises:
        UpstreamError: the answer is an error, or no JSON object at all.
    """
    if not isinstance(answer, Mapping):
        raise unreadable()
    error = answer.get("error")
    if error is None:
        return
    code = error.get("code") if isinstance(error, Mapping) else None
    status = code if isinstance(code, int) and 400 <= code <= 599 else 502
    raise read_google_error(target, Reply(status, {}, orjson.dumps(answer)))


def unreadable() -> UpstreamError:
    """Return the error of a success whose body cannot be understood."""
    return UpstreamError(
        "the upstream's answer cannot be read",
        status=500,
        code="unmarshal_response_body_failed",
    )


def parse(body: bytes) -> Any:
    """Parse an answer's JSON.

    Raises:
        UpstreamError: it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise unreadable() from error


def _details(body: bytes) -> list[Mapping[str, Any]]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    answer = parsed[0] if isinstance(parsed, list) and parsed else parsed
    error = answer.get("error") if isinstance(answer, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    return [d for d in details if isinstance(d, Mapping)] if isinstance(details, list) else []


def _seconds(delay: Any) -> float | None:
    """Read a google.protobuf.Duration (``34s``, ``0.5s``)."""
    if not isinstance(delay, str) or not delay.endswith("s"):
        return None
    try:
        return float(delay[:-1])
    except ValueError:
        return None
