"""ID tokens: who signed one, for whom, when, and for which sign-in.

Source: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, OctKey

from oneapi.accounts.signin import exchange
from oneapi.accounts.signin.discovery import Provider
from oneapi.errors import Refusal

logger = logging.getLogger(__name__)

LEEWAY_S: Final = 60
"""How far the provider's clock may be off."""

_SHARED_SECRET: Final = frozenset({"HS256", "HS384", "HS512"})
_ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
    "ES256", "ES384", "ES512", "EdDSA", "Ed25519", *sorted(_SHARED_SECRET),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token has to say."""

    client_id: str
    client_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    """What came with it."""

    nonce: str
    """Empty if none was sent; the token may then hold none."""

    now_s: int


def subject_of(id_token: str, provider: Provider, expected: Expected) -> str:
    """Return whom a token is about.

    Raises:
        Refusal: ``oauth_identity_invalid``; what ``fetch_object`` raises.
    """
    key_set = exchange.fetch_object(provider.jwks_uri)
    try:
        claims = _checked(id_token, key_set, provider, expected)
    # joserfc lets the errors of Python and of cryptography pass for keys that are none.
    except (JoseError, KeyError, TypeError, ValueError) as error:
        logger.warning("an ID token was refused", extra={"reason": type(error).__name__})
        raise Refusal("oauth_identity_invalid") from error
    return str(claims["sub"])


def _checked(
    id_token: str, key_set: Mapping[str, Any], provider: Provider, expected: Expected
) -> Mapping[str, Any]:
    if not provider.issuer or not expected.client_id or not expected.client_secret:
        raise ValueError("nothing to compare with")
    token = jwt.decode(id_token, _key_chooser(key_set, expected), algorithms=_ALGORITHMS)
    claims = CodeIDToken(
        token.claims,
        token.header,
        options={
            "iss": {"essential": True, "value": _issuer(provider, token.claims)},
            "aud": {"essential": True, "value": expected.client_id},
        },
        params={
            "nonce": expected.nonce,
            "client_id": expected.client_id,
            "access_token": expected.access_token,
        },
    )
    claims.validate(now=expected.now_s, leeway=LEEWAY_S)
    if "nonce" in claims and not expected.nonce:
        raise ValueError("the token was made for another sign-in")
    return claims  # type: ignore[no-any-return]  # Authlib has no types


def _key_chooser(key_set: Mapping[str, Any], expected: Expected) -> Callable[[Any], Key | KeySet]:
    """Return what finds the key of a token.

    A public key is never taken for a shared secret, nor the other way round.
    """

    def choose(token: Any) -> Key | KeySet:
        if token.headers().get("alg") in _SHARED_SECRET:
            return OctKey.import_key(expected.client_secret)
        return KeySet.import_key_set({"keys": _signing_keys(key_set)})

    return choose


def _signing_keys(key_set: Mapping[str, Any]) -> list[Any]:
    """Return the keys that may be meant; one of a kind unknown here must not hide the others."""
    kinds = {"RSA", "EC", "OKP"}
    return [key for key in key_set["keys"] if key["kty"] in kinds and key.get("use") != "enc"]


def _issuer(provider: Provider, claims: Mapping[str, Any]) -> str:
    """Return who must have issued a token.

    Source: https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer
    (for several tenants the document holds a placeholder).
    """
    return provider.issuer.replace("{tenantid}", str(claims.get("tid", "")))
