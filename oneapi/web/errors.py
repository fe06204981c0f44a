"""Exceptions to answers of the control plane, once and in one place.

What a client is told of a bug is the request id; the traceback goes to the log.
"""

import logging

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from oneapi.errors import DatabaseUnavailable, Refusal
from oneapi.web import ratelimit, ui
from oneapi.web.envelope import refused

logger = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Map exceptions of every control-plane view."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(DatabaseUnavailable, _database_unavailable)
    app.register_error_handler(RateLimitExceeded, _rate_limited)
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(Exception, _bug)


def as_refusal(error: Exception) -> Refusal:
    """Return what a client is told of an error; one that nobody expected is logged."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, DatabaseUnavailable):
        logger.warning("database unavailable", extra={"reason": str(error)})
        return Refusal("database_unavailable", status=503, retry_after_s=1)
    if isinstance(error, RateLimitExceeded):
        return ratelimit.as_refusal(error)
    logger.error("request failed", exc_info=error, extra={"path": request.path})
    return Refusal("internal_error", status=500)


def _refusal(error: Refusal) -> Response:
    return refused(error)


def _database_unavailable(error: DatabaseUnavailable) -> Response:
    return refused(as_refusal(error))


def _rate_limited(error: RateLimitExceeded) -> Response:
    return refused(as_refusal(error))


def _http_exception(error: HTTPException) -> ResponseReturnValue:
    """Paths and methods that nothing matches; what else the framework refuses is the client's."""
    if isinstance(error, NotFound | MethodNotAllowed):
        return ui.unmatched(request.path.lstrip("/"))
    return refused(Refusal("invalid_parameter"), status=error.code)


def _bug(error: Exception) -> Response:
    return refused(as_refusal(error))
