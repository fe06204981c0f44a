"""What every control-plane request carries: id, language, the client's address, its scheme."""

from flask import Flask, Response, g, request

from oneapi import resources
from oneapi.lib import client_address, request_ids
from oneapi.lib.i18n import pick_language
from oneapi.lib.subnets import Networks, parse_valid
from oneapi.texts import LANGUAGES

REQUEST_ID_HEADER = "X-Oneapi-Request-Id"


def register(app: Flask) -> None:
    """Give every request an id, and every answer its id and what caches may do with it."""
    app.before_request(_open)
    app.after_request(_close)


def request_id() -> str:
    """Return the id of this request; one that came from outside is never taken over."""
    if "request_id" not in g:
        g.request_id = request_ids.new_request_id()
    found: str = g.request_id
    return found


def language() -> str:
    """Return the language in which this client wants to read."""
    accepted = request.headers.get("Accept-Language", "")
    return pick_language(accepted, LANGUAGES, resources.settings.default_language)


def client_ip() -> str:
    """Return the client's address, behind trusted proxies if there are any."""
    return client_address.client_address(
        request.remote_addr or "",
        ",".join(request.headers.getlist("X-Forwarded-For")),
        request.headers.get("X-Real-IP", ""),
        _trusted(),
    )


def is_https() -> bool:
    """Say whether the client speaks TLS, with this process or with a trusted proxy."""
    if request.scheme == "https":
        return True
    forwarded = request.headers.get("X-Forwarded-Proto", "").split(",", 1)[0]
    return from_trusted_proxy() and forwarded.strip().lower() == "https"


def from_trusted_proxy() -> bool:
    """Say whether the other end of the connection may speak for the client."""
    peer = request.remote_addr or ""
    return not peer or _trusted().contains(peer)


def _trusted() -> Networks:
    return parse_valid(resources.settings.trusted_proxies)


def _open() -> None:
    request_id()


def _close(response: Response) -> Response:
    response.headers[REQUEST_ID_HEADER] = request_id()
    if request.path.startswith("/api"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
