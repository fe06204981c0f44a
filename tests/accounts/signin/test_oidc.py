import base64
import hmac
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from oneapi.accounts.signin.contract import Arrival, Profile
from oneapi.accounts.signin.oidc import Oidc
from oneapi.errors import Refusal
from oneapi.options import Options
from tests.support.sign_in_services import (
    CLIENT_ID,
    HOME,
    SECRET,
    Grant,
    SignInServices,
    signing_key,
)
from tests.support.web_server import Told

NONCE = "nonce-of-this-sign-in"
PROFILE = {"sub": "somebody", "name": "Some Body"}


def arrive(
    services: SignInServices, options: Options, *, nonce: str = NONCE, **profile: Any
) -> Profile:
    grant = Grant({**PROFILE, **profile}, redirect_uri=f"{HOME}/oauth/oidc", nonce=nonce)
    arrival = Arrival(options=options, code=services.code_for(grant), nonce=nonce)
    return Oidc().read_profile(arrival)


def refusal(services: SignInServices, options: Options, *, nonce: str = NONCE) -> str:
    with pytest.raises(Refusal) as refused:
        arrive(services, options, nonce=nonce)
    return refused.value.code


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def encoded(tree: dict[str, Any]) -> str:
    return base64url(json.dumps(tree).encode())


def test_an_id_token_of_this_sign_in_is_accepted(
    services: SignInServices, options: Options
) -> None:
    assert arrive(services, options).identity == "somebody"


@pytest.mark.parametrize(
    "claims", [{}, {"aud": [CLIENT_ID]}, {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}]
)
def test_rsa_keys_and_lists_of_audiences_are_understood(
    services: SignInServices, options: Options, claims: dict[str, Any]
) -> None:
    services.key, services.algorithm, services.claims = signing_key("RSA"), "RS256", claims

    assert arrive(services, options).identity == "somebody"


def test_the_client_secret_may_sign(services: SignInServices, options: Options) -> None:
    services.key, services.algorithm = OctKey.import_key(SECRET), "HS256"
    services.faults["/jwks"] = lambda: Told(b'{"keys": []}')

    assert arrive(services, options).identity == "somebody"


NOW = int(time.time())
WRONG_CLAIMS: list[dict[str, Any]] = [
    {"nonce": "of another sign-in"},
    {"nonce": None},
    {"aud": "another"},
    {"aud": ["another"]},
    {"aud": None},
    {"aud": [CLIENT_ID, "another"]},
    {"azp": "another"},
    {"iss": "https://evil.example"},
    {"iss": None},
    {"sub": "somebody else"},
    {"sub": None},
    {"exp": NOW - 61},
    {"exp": None},
    {"exp": "never"},
    {"iat": None},
    {"nbf": NOW + 3600},
    {"at_hash": "of-another-token"},
]


@pytest.mark.parametrize("claims", WRONG_CLAIMS, ids=str)
def test_an_id_token_that_says_something_else_is_refused(
    services: SignInServices, options: Options, claims: dict[str, Any]
) -> None:
    services.claims = claims

    assert refusal(services, options) == "oauth_identity_invalid"


def test_a_clock_may_be_a_minute_off(services: SignInServices, options: Options) -> None:
    now = int(time.time())
    services.claims = {"exp": now - 5, "iat": now + 30}

    assert arrive(services, options).identity == "somebody"


def test_a_token_of_another_sign_in_is_refused_where_no_nonce_was_sent(
    services: SignInServices, options: Options
) -> None:
    services.claims = {"nonce": "of another sign-in"}

    assert refusal(services, options, nonce="") == "oauth_identity_invalid"


def test_a_foreign_signature_is_refused(services: SignInServices, options: Options) -> None:
    published = signing_key("EC", "second").as_dict(private=False)
    services.key = signing_key("EC", "foreign")
    services.faults["/jwks"] = lambda: Told(json.dumps({"keys": [published]}).encode())

    assert refusal(services, options) == "oauth_identity_invalid"


@pytest.mark.parametrize(
    "id_token",
    ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lYm9keSJ9."],
    ids=["none", "a word", "nonsense", "unsigned"],
)
def test_what_is_no_signed_token_is_refused(
    services: SignInServices, options: Options, id_token: str
) -> None:
    services.tokens["t"] = Grant(PROFILE)
    body = f'{{"access_token": "t", "id_token": "{id_token}"}}'.encode()
    services.faults["/token"] = lambda: Told(body)

    assert refusal(services, options) == "oauth_identity_invalid"


def test_a_public_key_is_no_shared_secret(services: SignInServices, options: Options) -> None:
    services.key = signing_key("RSA")
    assert isinstance(services.key, RSAKey)
    public = services.key.as_pem(private=False)
    now = int(time.time())
    claims = {"iss": services.url, "sub": "somebody", "aud": CLIENT_ID, "nonce": NONCE}
    header = {"alg": "HS256", "kid": "first"}
    said = f"{encoded(header)}.{encoded({**claims, 'iat': now, 'exp': now + 60})}"
    forged = f"{said}.{base64url(hmac.digest(public, said.encode(), 'sha256'))}"
    services.tokens["t"] = Grant(PROFILE)
    services.faults["/token"] = lambda: Told(
        f'{{"access_token": "t", "id_token": "{forged}"}}'.encode()
    )

    assert refusal(services, options) == "oauth_identity_invalid"


@pytest.mark.parametrize(
    "keys",
    [
        b"{}",
        b'{"keys": 5}',
        b'{"keys": []}',
        b'{"keys": [5]}',
        b'{"keys": [{"kty": "EC"}]}',
        b'{"keys": [{"kty": "RSA", "n": "AQ", "e": "AQAB"}]}',
    ],
)
def test_keys_that_are_none_are_refused(
    services: SignInServices, options: Options, keys: bytes
) -> None:
    services.faults["/jwks"] = lambda: Told(keys)

    assert refusal(services, options) == "oauth_identity_invalid"


@pytest.mark.parametrize("path", ["/jwks", "/.well-known/openid-configuration"])
def test_without_keys_nobody_is_believed(
    services: SignInServices, options: Options, path: str
) -> None:
    services.faults[path] = lambda: Told(status=503)

    assert refusal(services, options) == "oauth_unreachable"


def test_a_document_that_names_no_issuer_proves_nothing(
    services: SignInServices, options: Options
) -> None:
    body = f'{{"jwks_uri": "{services.url}/jwks"}}'.encode()
    services.faults["/.well-known/openid-configuration"] = lambda: Told(body)
    services.claims = {"iss": ""}

    assert refusal(services, options) == "oauth_identity_invalid"


def test_an_issuer_of_many_tenants_is_named_by_the_token(
    services: SignInServices, options: Options
) -> None:
    document = f'{{"issuer": "https://ms/{{tenantid}}/v2", "jwks_uri": "{services.url}/jwks"}}'
    services.faults["/.well-known/openid-configuration"] = lambda: Told(document.encode())

    services.claims = {"iss": "https://ms/a-tenant/v2", "tid": "a-tenant"}
    assert arrive(services, options).identity == "somebody"
    services.claims = {"iss": "https://ms/a-tenant/v2", "tid": "another"}
    assert refusal(services, options) == "oauth_identity_invalid"


def test_a_page_that_sends_no_nonce_may_get_no_id_token(
    services: SignInServices, options: Options
) -> None:
    services.gives_id_tokens = False

    assert arrive(services, options, nonce="").identity == "somebody"
    assert refusal(services, options) == "oauth_identity_invalid"


def test_without_a_well_known_address_the_id_token_is_not_looked_at(
    services: SignInServices, options: Options
) -> None:
    services.claims = {"aud": "another"}

    assert arrive(services, replace(options, oidc_well_known="")).identity == "somebody"


def test_the_issuers_address_is_enough(services: SignInServices, options: Options) -> None:
    assert arrive(services, replace(options, oidc_well_known=f"{services.url}/")).identity
    assert services.told_to("/.well-known/openid-configuration")


def test_an_address_that_its_provider_doubts_is_left_out(
    services: SignInServices, options: Options
) -> None:
    address = "o@cat.example"

    assert arrive(services, options, email=address).email == address
    assert arrive(services, options, email=address, email_verified=True).email == address
    assert arrive(services, options, email=address, email_verified=False).email == ""
