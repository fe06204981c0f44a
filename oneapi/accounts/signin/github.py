"""GitHub, or a GitHub Enterprise Server.

Source: https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps

An account's login can be renamed and then taken by somebody else; its number stays.
"""

from authlib.common.urls import add_params_to_uri

from oneapi import resources
from oneapi.accounts.signin import exchange
from oneapi.accounts.signin.contract import Arrival, Departure, Profile, text_of
from oneapi.accounts.signin.exchange import Exchange
from oneapi.options import Options


class GitHub:
    """Knows people by their login."""

    name = "github"
    column = "github_id"
    display_name = "GitHub User"

    def is_on(self, options: Options) -> bool:
        return options.github_oauth_enabled

    def address(self, departure: Departure) -> str:
        # Without a redirect URI GitHub sends people to the one that the operator registered.
        query = {
            "client_id": departure.options.github_client_id,
            "state": departure.state,
            "scope": "user:email",
            "code_challenge": departure.challenge,
            "code_challenge_method": "S256",
        }
        base = resources.settings.github_base_url
        address: str = add_params_to_uri(f"{base}/login/oauth/authorize", query.items())
        return address

    def read_profile(self, arrival: Arrival) -> Profile:
        settings = resources.settings
        token = exchange.fetch_token(
            Exchange(
                endpoint=f"{settings.github_base_url}/login/oauth/access_token",
                client_id=arrival.options.github_client_id,
                client_secret=arrival.options.github_client_secret,
                code=arrival.code,
                verifier=arrival.verifier,
            )
        )
        found = exchange.fetch_profile(f"{settings.github_api_url}/user", token["access_token"])
        number = found.get("id")
        return Profile(
            identity=text_of(found.get("login")),
            display_name=text_of(found.get("name")),
            email=text_of(found.get("email")),
            number=str(number) if isinstance(number, int) else "",
        )
