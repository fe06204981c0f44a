"""The code exchange: Authlib's OAuth client over the control plane's HTTP calls.

Every call has a limit of time and size.  Codes, secrets and tokens are in no message and no log.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson
from authlib.oauth2 import OAuth2Client, OAuth2Error
from authlib.oauth2.auth import ClientAuth

from oneapi.accounts.signin.contract import text_of
from oneapi.errors import Refusal
from oneapi.lib import http
from oneapi.lib.http import HttpAnswer, HttpError

logger = logging.getLogger(__name__)

TIMEOUT_S: Final = 5.0
"""For each call, as in One API."""

JSON: Final = "json"
FORM: Final = "form"

_ACCEPT: Final = {"Accept": "application/json"}
_UNREADABLE: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNSUPPORTED_MEDIA_TYPE})
_MEMBERS: Final = ("access_token", "id_token", "error")
_VERDICTS: Final = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})
"""Errors of a server that did read what it was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a token endpoint is told."""

    endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    code: str = field(repr=False)
    verifier: str = field(default="", repr=False)
    redirect_uri: str = ""
    """Empty for a service that knows it by itself."""

    bodies: Sequence[str] = (JSON,)
    """In which form; a further one is tried when the server cannot read the one before."""


def fetch_token(exchange: Exchange) -> Mapping[str, Any]:
    """Exchange a code for what the service gives for it; there is an ``access_token``.

    Raises:
        Refusal: ``oauth_unreachable``, ``oauth_empty_identity``.
    """
    client = OAuth2Client(
        _Wire(exchange.bodies),
        client_id=exchange.client_id,
        client_secret=exchange.client_secret,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
        redirect_uri=exchange.redirect_uri,
    )
    try:
        token: Mapping[str, Any] = client.fetch_token(
            exchange.endpoint,
            grant_type="authorization_code",
            code=exchange.code,
            code_verifier=exchange.verifier,
            headers=_ACCEPT,
        )
    except OAuth2Error as error:
        facts = {"endpoint": exchange.endpoint, "reason": str(error.error)[:100]}
        logger.warning("a sign-in service accepted no code", extra=facts)
        raise Refusal("oauth_empty_identity") from error
    except HttpError as error:
        raise refusal_for(error, exchange.endpoint) from error
    except ValueError as error:  # an answer that is no JSON object
        raise refusal_for(HttpError("the answer is no JSON object"), exchange.endpoint) from error
    access_token = text_of(token.get("access_token"))
    if not access_token or not access_token.isascii():  # nothing else fits into a header
        raise Refusal("oauth_empty_identity")
    return token


def fetch_profile(url: str, access_token: str) -> Mapping[str, Any]:
    """Return what a service says of the owner of a token.

    Raises:
        Refusal: ``oauth_unreachable``, ``oauth_empty_identity``.
    """
    return fetch_object(url, headers={"Authorization": f"Bearer {access_token}"})


def fetch_object(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """Return the JSON object that an address holds.

    Raises:
        Refusal: ``oauth_unreachable``, ``oauth_empty_identity``.
    """
    try:
        answer = http.get(
            url, params=params, headers={**_ACCEPT, **(headers or {})}, timeout_s=TIMEOUT_S
        ).json()
    except HttpError as error:
        raise refusal_for(error, url) from error
    if not isinstance(answer, dict):
        raise refusal_for(HttpError("the answer is no JSON object"), url)
    return answer


def refusal_for(error: HttpError, url: str) -> Refusal:
    """Return what a person is told of a failed call, and log the rest."""
    # Nobody writes a secret into an address without a query.
    facts = {"endpoint": url.partition("?")[0], "reason": str(error)}
    logger.warning("a call to a sign-in service failed", extra=facts)
    said_no = error.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}
    return Refusal("oauth_empty_identity" if said_no else "oauth_unreachable")


class _Wire:
    """What Authlib sends its token request through."""

    def __init__(self, bodies: Sequence[str]) -> None:
        self._bodies = bodies

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth
    ) -> "_Answer":
        """Send a token request; an answer of any status is one."""
        url, own_headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        fields = dict(parse_qsl(body))
        for kind in self._bodies:
            answer = http.post(url, **{kind: fields}, headers=own_headers, timeout_s=TIMEOUT_S)
            if not _is_unread(answer):
                break
        return _Answer(answer)


class _Answer:
    """What Authlib reads a token from."""

    def __init__(self, answer: HttpAnswer) -> None:
        self.status_code = answer.status
        self._body = answer.body

    def json(self) -> Any:
        """Parse the body, also of a refusal.

        Raises:
            ValueError: it is no JSON.
        """
        tree = orjson.loads(self._body)
        if not isinstance(tree, dict):
            return tree
        # Authlib stumbles over the rest: descriptions in Chinese, lifetimes that are no numbers.
        return {name: tree[name] for name in _MEMBERS if tree.get(name)}

    def raise_for_status(self) -> None:
        """Refuse what is no success.

        Raises:
            HttpError: always but for a 2xx.
        """
        if not 200 <= self.status_code < 300:
            raise HttpError(f"status code: {self.status_code}", self.status_code)


def _is_unread(answer: HttpAnswer) -> bool:
    """Say whether the server could not read this form of the request."""
    if answer.status not in _UNREADABLE:
        return False
    try:
        tree = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return True
    return not (isinstance(tree, dict) and tree.get("error") in _VERDICTS)
