"""Failures as Google reports them, with what the general reading does not know.

Google answers a bad API key with 400; only the error's details tell it from a bad request.
Source: https://ai.google.dev/gemini-api/docs/troubleshooting and google.rpc.ErrorInfo,
google.rpc.RetryInfo (https://cloud.google.com/apis/design/errors), read 2025-11.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from oneapi.errors import UpstreamError
from oneapi.providers import error_shapes
from oneapi.providers.contract import Reply, Target
from oneapi.providers.errors import read_error, reported_failure, unreadable

_BAD_KEY: Final = "API_KEY_INVALID"


def read_google_error(target: Target, reply: Reply) -> UpstreamError:
    """Read an answer of Google's whose status says that it failed."""
    return _with_details(read_error(target, reply), error_shapes.parse(reply.body))


def parse(target: Target, body: bytes) -> Any:
    """Parse the JSON of a successful answer.

    Raises:
        UpstreamError: it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise unreadable(target, Reply(200, {}, body)) from error


def raise_failure(target: Target, answer: Any) -> None:
    """Raise for an error object that came with status 200, whole or inside a stream.

    Raises:
        UpstreamError: the answer is an error, or no JSON object at all.
    """
    if not isinstance(answer, Mapping):
        raise unreadable(target, Reply(200, {}, orjson.dumps(answer)))
    failure = reported_failure(target, answer)
    if failure is not None:
        raise _with_details(failure, answer)


def _with_details(error: UpstreamError, tree: Any) -> UpstreamError:
    details = _details(tree)
    if any(detail.get("reason") == _BAD_KEY for detail in details):
        error.status, error.error_type = 401, "authentication_error"
    waits = [_seconds(detail.get("retryDelay")) for detail in details]
    error.retry_after_s = next((wait for wait in waits if wait is not None), error.retry_after_s)
    return error


def _details(tree: Any) -> list[Mapping[str, Any]]:
    answer = tree[0] if isinstance(tree, list) and tree else tree
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
