"""What an OpenID provider says of itself under its well-known address.

Source: https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit

import orjson

from oneapi import resources
from oneapi.accounts.signin import exchange
from oneapi.accounts.signin.contract import text_of
from oneapi.errors import Refusal
from oneapi.lib import safe_fetch
from oneapi.lib.http import HttpError
from oneapi.lib.safe_fetch import FetchRefused

WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The part of the document that is used here; what is missing is empty."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read the document."""
        return cls(**{name: text_of(document.get(name)) for name in cls.__slots__})


def look_up(url: str) -> Provider:
    """Ask a provider that root has set up.

    Raises:
        Refusal: ``oauth_unreachable``, ``oauth_empty_identity``.
    """
    return Provider.from_json(exchange.fetch_object(_document(url)))


def look_up_guarded(url: str) -> Provider:
    """Ask whoever a URL names, but nobody in our own network.

    Raises:
        Refusal: ``invalid_parameter`` for a URL that may not be fetched, ``oauth_unreachable``.
    """
    where = _document(url)
    try:
        fetched = safe_fetch.fetch(
            where, timeout_s=exchange.TIMEOUT_S, allow=resources.settings.safe_fetch_allow
        )
        document = orjson.loads(fetched.content)
    except FetchRefused as error:
        if error.reason in {"scheme", "host", "address"}:
            raise Refusal("invalid_parameter", param="url") from error
        raise exchange.refusal_for(HttpError(error.reason), where) from error
    except orjson.JSONDecodeError as error:
        raise exchange.refusal_for(HttpError("the answer is no JSON"), where) from error
    provider = Provider.from_json(document if isinstance(document, dict) else {})
    if not provider.authorization_endpoint or not provider.token_endpoint:
        raise exchange.refusal_for(HttpError("the answer names no endpoints"), where)
    return provider


def _document(url: str) -> str:
    """Return where the document is; an issuer's own address will do."""
    url = url.strip()
    if "/.well-known/" in urlsplit(url).path:
        return url
    return url.rstrip("/") + WELL_KNOWN
