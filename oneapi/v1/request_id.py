"""The id of a ``/v1`` request: in its answer's header, its errors and its log row."""

from oneapi.lib.request_ids import new_request_id
from oneapi.v1.environ import Environ

HEADER = "X-Oneapi-Request-Id"
_KEY = "oneapi.request_id"


def id_of(environ: Environ) -> str:
    """Return the request's id, made on first use."""
    found = environ.get(_KEY)
    if not isinstance(found, str):
        found = environ[_KEY] = new_request_id()
    return found
