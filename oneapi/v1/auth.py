"""The bearer key of a ``/v1`` request becomes a caller."""

from functools import lru_cache

from flask import request

from oneapi import resources
from oneapi.accounts import access
from oneapi.accounts.access import Caller
from oneapi.lib.client_address import client_address
from oneapi.lib.subnets import parse_valid


def caller_of_request() -> Caller:
    """Return who is calling.

    Raises:
        Refusal: 401 or 403, see ``access.authenticate``.
    """
    return access.authenticate(access.key_of(_header), client_address=address_of_request())


def address_of_request() -> str:
    """Return the client's address, believing only trusted proxies."""
    environ = request.environ
    return _address(
        environ.get("REMOTE_ADDR", ""),
        environ.get("HTTP_X_FORWARDED_FOR", ""),
        environ.get("HTTP_X_REAL_IP", ""),
        resources.settings.trusted_proxies,
    )


@lru_cache(maxsize=4096)
def _address(peer: str, forwarded_for: str, real_ip: str, trusted: str) -> str:
    """Remember what the last clients' headers said: most of them call again and again."""
    return client_address(peer, forwarded_for, real_ip, parse_valid(trusted))


def _header(name: str) -> str:
    value: str = request.environ.get("HTTP_" + name.upper().replace("-", "_"), "")
    return value
