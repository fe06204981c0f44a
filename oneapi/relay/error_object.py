"""OpenAI's error object: what a client sees of a refusal or of an upstream's failure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oneapi.errors import DatabaseUnavailable, Refusal, UpstreamError
from oneapi.relay.failures import ClientError, for_client
from oneapi.texts import text


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """Status, body and, where it helps, when to come back."""

    status: int
    body: Mapping[str, Any]
    retry_after_s: float | None = None


def answer_of(
    error: Exception, *, request_id: str, language: str, with_detail: bool = False
) -> ErrorAnswer:
    """Return the answer to any error that a call may end with; unknown ones say nothing."""
    if isinstance(error, Refusal):
        return _answer(_of_refusal(error, language), request_id)
    if isinstance(error, UpstreamError):
        found = for_client(error, with_detail=with_detail)
        message = found.message or text(found.text_code or "upstream_error", language)
        return _answer((found, message), request_id)
    if isinstance(error, DatabaseUnavailable):
        refusal = Refusal("database_unavailable", status=503, retry_after_s=1)
        return _answer(_of_refusal(refusal, language), request_id)
    found = ClientError(500, "one_api_panic", "internal_error", "")
    return _answer((found, text("internal_error", language)), request_id)


def unknown_path(method: str, path: str) -> Mapping[str, Any]:
    """Return the body for a path or method that nothing answers."""
    error = {
        "message": f"Invalid URL ({method} {path})",
        "type": "invalid_request_error",
        "param": "",
        "code": "",
    }
    return {"error": error}


_PARAM_UNTOLD = frozenset(
    {
        "file_missing",
        "invalid_image_request",
        "invalid_json",
        "invalid_text_request",
        "n_not_within_range",
        "prompt_missing",
        "prompt_too_long",
        "size_not_supported",
        "text_too_long",
    }
)
"""Refusals that One API has too: it leaves ``param`` empty, so the message says the name."""


_LONGEST_FACT = 256


def _shortened(fact: object) -> object:
    """Return what a text names; a client's names may be megabytes long."""
    if isinstance(fact, str) and len(fact) > _LONGEST_FACT:
        return f"{fact[:_LONGEST_FACT]}…"
    return fact


def _of_refusal(refusal: Refusal, language: str) -> tuple[ClientError, str]:
    facts: dict[str, object] = {"param": refusal.param}
    facts |= {name: _shortened(value) for name, value in refusal.facts.items()}
    key = f"{refusal.code}.{facts.pop('text')}" if "text" in facts else refusal.code
    found = ClientError(
        refusal.status,
        refusal.error_type,
        refusal.code,
        "" if refusal.code in _PARAM_UNTOLD else refusal.param,
        retry_after_s=refusal.retry_after_s,
    )
    return found, text(key, language, **facts)


def _answer(found: tuple[ClientError, str], request_id: str) -> ErrorAnswer:
    error, message = found
    body = {
        "error": {
            "message": f"{message} (request id: {request_id})",
            "type": error.error_type,
            "param": error.param,
            "code": error.code,
        }
    }
    return ErrorAnswer(error.status, body, error.retry_after_s)
