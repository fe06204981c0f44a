"""The bearer key of a ``/v1`` request becomes a caller."""

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
    headers = {name.lower(): value for name, value in request.headers}
    return access.authenticate(access.key_of(headers), client_address=address_of_request())


def address_of_request() -> str:
    """Return the client's address, believing only trusted proxies."""
    return client_address(
        request.environ.get("REMOTE_ADDR", ""),
        request.environ.get("HTTP_X_FORWARDED_FOR", ""),
        request.environ.get("HTTP_X_REAL_IP", ""),
        parse_valid(resources.settings.trusted_proxies),
    )
