"""The bearer key of a ``/v1`` request becomes a caller."""

from functools import lru_cache

from oneapi import resources
from oneapi.accounts import access
from oneapi.accounts.access import Caller
from oneapi.lib.client_address import client_address
from oneapi.lib.subnets import parse_valid
from oneapi.v1.environ import Environ


def caller_of(environ: Environ) -> Caller:
    """Return who is calling.

    Raises:
        Refusal: 401 or 403, see ``access.authenticate``.
    """
    key = access.key_of(lambda name: environ.get(_VARIABLES[name], ""))
    return access.authenticate(key, client_address=_address_of(environ))


_VARIABLES = {name: "HTTP_" + name.upper().replace("-", "_") for name in access.KEY_HEADERS}


def _address_of(environ: Environ) -> str:
    """Return the client's address, believing only trusted proxies."""
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
