"""Any OpenID provider that an administrator has set up.

Who somebody is, is what the userinfo endpoint says.  With a well-known address set, an ID token
is checked too, and has to be there when the sign-in was started with a nonce.

Source: https://openid.net/specs/openid-connect-core-1_0.html
"""

from authlib.common.urls import add_params_to_uri

from oneapi.accounts.signin import discovery, exchange, id_tokens
from oneapi.accounts.signin.contract import Arrival, Departure, Profile, text_of
from oneapi.accounts.signin.exchange import FORM, JSON, Exchange
from oneapi.accounts.signin.id_tokens import Expected
from oneapi.errors import Refusal
from oneapi.lib import clock
from oneapi.options import Options


class Oidc:
    """Knows people by their ``sub``."""

    name = "oidc"
    column = "oidc_id"
    display_name = "OIDC User"

    def is_on(self, options: Options) -> bool:
        return options.oidc_enabled

    def address(self, departure: Departure) -> str:
        options = departure.options
        query = {
            "client_id": options.oidc_client_id,
            "redirect_uri": _redirect_uri(options),
            "response_type": "code",
            "scope": "openid profile email",
            "state": departure.state,
            "nonce": departure.nonce,
            "code_challenge": departure.challenge,
            "code_challenge_method": "S256",
        }
        address: str = add_params_to_uri(options.oidc_authorization_endpoint, query.items())
        return address

    def read_profile(self, arrival: Arrival) -> Profile:
        """Ask the provider who this is.

        Raises:
            Refusal: ``oauth_unreachable``, ``oauth_empty_identity``, ``oauth_identity_invalid``.
        """
        options = arrival.options
        token = exchange.fetch_token(
            Exchange(
                endpoint=options.oidc_token_endpoint,
                client_id=options.oidc_client_id,
                client_secret=options.oidc_client_secret,
                code=arrival.code,
                verifier=arrival.verifier,
                redirect_uri=_redirect_uri(options),
                bodies=(FORM, JSON),  # the standard's, and what One API sends
            )
        )
        access_token = str(token["access_token"])
        found = exchange.fetch_profile(options.oidc_userinfo_endpoint, access_token)
        identity = text_of(found.get("sub"))
        id_token = text_of(token.get("id_token"))
        if options.oidc_well_known and (id_token or arrival.nonce):
            _check(id_token, identity, access_token, arrival)
        return Profile(
            identity=identity,
            username=text_of(found.get("preferred_username")),
            display_name=text_of(found.get("name")),
            email="" if found.get("email_verified") is False else text_of(found.get("email")),
        )


def _check(id_token: str, identity: str, access_token: str, arrival: Arrival) -> None:
    """Refuse an ID token that is not this person's, of this sign-in."""
    options = arrival.options
    expected = Expected(
        client_id=options.oidc_client_id,
        client_secret=options.oidc_client_secret,
        access_token=access_token,
        nonce=arrival.nonce,
        now_s=clock.now_s(),
    )
    provider = discovery.look_up(options.oidc_well_known)
    if id_tokens.subject_of(id_token, provider, expected) != identity:
        raise Refusal("oauth_identity_invalid")


def _redirect_uri(options: Options) -> str:
    return f"{options.server_address}/oauth/oidc"
