"""Reading what an upstream says went wrong, whoever it is and whatever shape it chose.

One reader for all dialects: it looks where providers are known to put message, code and type,
in a fixed order, and brings them into one form.  What a vendor's own code means comes from the
catalog's ``error_rules``.  Secrets are cut out of every message.

Sources: the error pages of the providers in the catalog; RFC 9110 for ``Retry-After``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from oneapi.errors import UpstreamError
from oneapi.providers.contract import Reply, Target
from oneapi.providers.error_shapes import (
    Found,
    find_failure,
    find_reported_failure,
    is_openais,
    parse,
    parse_json,
    plain,
)
from oneapi.providers.redaction import redact
from oneapi.providers.retry_after import retry_after_s
from oneapi.providers.type_rules import ErrorCategory, ErrorRule
from oneapi.wire.answers import Usage

_UNREADABLE: Final = "unmarshal_response_body_failed"

_NAMELESS: Final = "bad_response_status_code"
"""The code of a failure that has none, unless it comes as OpenAI's object; as in One API."""

_TYPES_BY_STATUS: Final[Mapping[int, str]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    504: "timeout_error",
}


@dataclass(frozen=True, slots=True)
class _Meaning:
    status: int
    error_type: str
    code: str = ""
    """Empty keeps the vendor's code."""


_MEANINGS: Final[Mapping[ErrorCategory, _Meaning]] = {
    ErrorCategory.AUTH: _Meaning(401, "authentication_error", "invalid_api_key"),
    ErrorCategory.CREDENTIAL: _Meaning(401, "authentication_error"),
    ErrorCategory.ACCOUNT: _Meaning(429, "insufficient_quota", "insufficient_quota"),
    ErrorCategory.PAYMENT: _Meaning(402, "insufficient_quota"),
    ErrorCategory.DENIED_MODEL: _Meaning(403, "invalid_request_error", "model_access_denied"),
    ErrorCategory.DENIED_ACCOUNT: _Meaning(403, "permission_error"),
    ErrorCategory.RATE: _Meaning(429, "rate_limit_error", "rate_limit_exceeded"),
    ErrorCategory.INVALID: _Meaning(400, "invalid_request_error"),
    ErrorCategory.CONTEXT: _Meaning(400, "invalid_request_error", "context_length_exceeded"),
    ErrorCategory.FILTER: _Meaning(400, "invalid_request_error", "content_filter"),
    ErrorCategory.MODEL: _Meaning(404, "invalid_request_error", "model_not_found"),
    ErrorCategory.BUSY: _Meaning(503, "upstream_error"),
    ErrorCategory.SERVER: _Meaning(502, "upstream_error"),
    ErrorCategory.TIMEOUT: _Meaning(504, "upstream_error"),
}


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


def read_error(target: Target, reply: Reply) -> UpstreamError:
    """Read an answer whose status says that it failed."""
    tree = parse(reply.body)
    found = find_failure(tree) if tree is not None else None
    if found is None:
        text = plain(reply.body) if tree is None else ""
        found = Found(text) if text else _nameless(reply.status)
    found = _with_aws_name(found, reply.headers)
    if not found.code and not is_openais(tree):
        found = replace(found, code=_NAMELESS, param=found.param or str(reply.status))
    wait = retry_after_s(reply.headers)
    return _error(target, found, status=reply.status, wait_s=wait)


def reported_failure(target: Target, tree: Any) -> UpstreamError | None:
    """Return the failure that a body or event reports although its HTTP status was good."""
    found = find_reported_failure(tree)
    if found is None:
        return None
    return _error(target, found, status=found.status or 502)


def named_failure(target: Target, body: bytes) -> UpstreamError:
    """Return the failure that an event called ``error`` holds, in whatever form."""
    found = find_failure(parse_json(body)) or Found(plain(body))
    return _error(target, found, status=found.status or 502)


def unreadable(target: Target, reply: Reply) -> UpstreamError:
    """Return the failure that a good status with a body of the wrong kind is."""
    text = redact(plain(reply.body), target)
    if is_html(reply):
        what = "an HTML page came instead of JSON"
    elif reply.body.strip():
        what = "the upstream's answer is no JSON"
    else:
        what = "the upstream's answer is empty"
    message = f"{what} (HTTP {reply.status})" + (f": {text}" if text else "")
    return UpstreamError(message, status=502, error_type="one_api_error", code=_UNREADABLE)


def is_html(reply: Reply) -> bool:
    """Say whether a web page came."""
    start = reply.body[:512].lstrip().lower()
    return reply.content_type == "text/html" or start.startswith((b"<!doctype html", b"<html"))


def failure_of(target: Target, code: str, message: str, *, status: int = 502) -> UpstreamError:
    """Return the failure behind a vendor's code, by the catalog's rules.

    ``status`` is what counts where no rule knows the code.
    """
    return _error(target, Found(message, code=code), status=status)


def _error(
    target: Target, found: Found, *, status: int, wait_s: float | None = None
) -> UpstreamError:
    rule = _rule_for(target.channel_type.error_rules, found, status)
    meaning = _Meaning(status, found.error_type or _type_by(status))
    code = found.code
    if rule is not None:
        meaning = _MEANINGS[rule.category]
        code = rule.as_code or meaning.code or code
    return UpstreamError(
        redact(found.message or f"bad response status code {status}", target),
        status=meaning.status,
        error_type=meaning.error_type,
        code=code or None,
        param=found.param,
        retry_after_s=wait_s,
    )


def _rule_for(rules: tuple[ErrorRule, ...], found: Found, status: int) -> ErrorRule | None:
    return next((rule for rule in rules if _fits(rule, found, status)), None)


def _fits(rule: ErrorRule, found: Found, status: int) -> bool:
    return (
        (not rule.statuses or status in rule.statuses)
        and (not rule.types or found.error_type in rule.types)
        and (not rule.codes or any(_is_code(found.code, wanted) for wanted in rule.codes))
        and (not rule.message_starts or found.message.startswith(rule.message_starts))
    )


def _is_code(code: str, wanted: str) -> bool:
    if wanted.endswith("*"):
        return bool(code) and code.startswith(wanted[:-1])
    return code == wanted


def _type_by(status: int) -> str:
    return _TYPES_BY_STATUS.get(status, "upstream_error")


def _nameless(status: int) -> Found:
    return Found(
        f"bad response status code {status}",
        error_type="upstream_error",
    )


def _with_aws_name(found: Found, headers: Mapping[str, str]) -> Found:
    """AWS names the exception in a header: ``ThrottlingException:http://…``."""
    name = headers.get("x-amzn-errortype", "").split(":", 1)[0]
    return replace(found, code=name) if name and not found.code else found
