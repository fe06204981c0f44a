"""Failures as Anthropic reports them, with what the general reading does not know.

Anthropic has types and no codes, and inside a stream there is no HTTP status: the type stands
for both.
Source: https://platform.claude.com/docs/en/api/errors, read 2025-11.
"""

from collections.abc import Mapping
from typing import Any, Final

from oneapi.errors import UpstreamError
from oneapi.providers import error_shapes
from oneapi.providers.contract import Reply, Target
from oneapi.providers.errors import read_error, reported_failure, unreadable

_STATUSES: Final[Mapping[str, int]] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def read_anthropic_error(target: Target, reply: Reply) -> UpstreamError:
    """Read an answer of Anthropic's whose status says that it failed."""
    error = read_error(target, reply)
    error.code = error.code or _type(error_shapes.parse(reply.body)) or None
    return error


def read_object(target: Target, reply: Reply) -> Mapping[str, Any]:
    """Return the JSON object of a successful answer, or of one event in a stream.

    Raises:
        UpstreamError: it is an error, or no JSON object at all.
    """
    tree = error_shapes.parse(reply.body)
    if kind := _type(tree):
        failed = Reply(_STATUSES.get(kind, 502), reply.headers, reply.body)
        raise read_anthropic_error(target, failed)
    if failure := reported_failure(target, tree):
        raise failure
    if not isinstance(tree, Mapping):
        raise unreadable(target, reply)
    return tree


def _type(tree: Any) -> str:
    """Return the type of a failure; empty for what is none, or is none of Anthropic's."""
    error = tree.get("error") if isinstance(tree, Mapping) else None
    kind = error.get("type") if isinstance(error, Mapping) else None
    return kind if isinstance(kind, str) else ""
