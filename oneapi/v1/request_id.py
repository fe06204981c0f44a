"""The id of a ``/v1`` request: in its answer's header, its errors and its log row."""

from flask import Request

from oneapi.lib.request_ids import new_request_id

HEADER = "X-Oneapi-Request-Id"
_KEY = "oneapi.request_id"


def id_of(request: Request) -> str:
    """Return the request's id, made on first use."""
    environ = request.environ
    found = environ.get(_KEY)
    if not isinstance(found, str):
        found = environ[_KEY] = new_request_id()
    return found
