"""One API's envelope: ``{"success", "message", "data"}``, and the codes of refusals."""

from typing import Any, Final

import orjson
from flask import Response

from oneapi.errors import Refusal
from oneapi.texts import text
from oneapi.web import context

CONTENT_TYPE: Final = "application/json; charset=utf-8"

_ABSENT: Final = object()

_STATUS = {
    "not_logged_in": 401,
    "cross_site_request": 403,
    "oauth_state_mismatch": 403,
    "body_too_large": 413,
    "rate_limited": 429,
    "login_throttled": 429,
    "internal_error": 500,
    "database_unavailable": 503,
}
"""The refusals whose HTTP status says so; all others are answered with 200."""


def ok(data: Any = _ABSENT, **top_level: Any) -> Response:
    """Answer success; without ``data`` the key is left out."""
    body: dict[str, Any] = {"success": True, "message": "", **top_level}
    if data is not _ABSENT:
        body["data"] = data
    return json_response(body)


def refused(refusal: Refusal, status: int | None = None, **top_level: Any) -> Response:
    """Answer a refusal in the client's language; ``status`` overrides the table's."""
    facts = {"param": refusal.param or "body", **refusal.facts}
    body = {
        "success": False,
        "message": text(refusal.code, context.language(), **facts),
        "code": refusal.code,
        **top_level,
    }
    response = json_response(body, status or _STATUS.get(refusal.code, 200))
    if refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response


def json_response(body: Any, status: int = 200) -> Response:
    """Answer JSON as it stands, without an envelope."""
    return Response(orjson.dumps(body), status, content_type=CONTENT_TYPE)
