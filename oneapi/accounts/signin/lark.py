"""Feishu, and Lark outside of China.

Source: https://open.feishu.cn/document/common-capabilities/sso/api/obtain-oauth-code and
https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/authentication-management/access-token/get-user-access-token

There is no switch: a client id is one.
"""

from authlib.common.urls import add_params_to_uri

from oneapi import resources
from oneapi.accounts.signin import exchange
from oneapi.accounts.signin.contract import Arrival, Departure, Profile, text_of
from oneapi.accounts.signin.exchange import Exchange
from oneapi.errors import Refusal
from oneapi.options import Options


class Lark:
    """Knows people by their ``open_id``, which is another one for every app."""

    name = "lark"
    column = "lark_id"
    display_name = "Lark User"

    def is_on(self, options: Options) -> bool:  # noqa: ARG002 - every service is asked
        return True

    def address(self, departure: Departure) -> str:
        query = {
            "redirect_uri": _redirect_uri(departure.options),
            "client_id": _client_id(departure.options),
            "state": departure.state,
            "code_challenge": departure.challenge,
            "code_challenge_method": "S256",
        }
        page = f"{_host('accounts')}/open-apis/authen/v1/authorize"
        address: str = add_params_to_uri(page, query.items())
        return address

    def read_profile(self, arrival: Arrival) -> Profile:
        token = exchange.fetch_token(
            Exchange(
                endpoint=f"{_host('open')}/open-apis/authen/v2/oauth/token",
                client_id=_client_id(arrival.options),
                client_secret=arrival.options.lark_client_secret,
                code=arrival.code,
                verifier=arrival.verifier,
                redirect_uri=_redirect_uri(arrival.options),
            )
        )
        url = f"{_host('passport')}/suite/passport/oauth/userinfo"
        found = exchange.fetch_profile(url, token["access_token"])
        return Profile(
            identity=text_of(found.get("open_id")), display_name=text_of(found.get("name"))
        )


def _client_id(options: Options) -> str:
    if not options.lark_client_id:
        raise Refusal("oauth_disabled")
    return options.lark_client_id


def _redirect_uri(options: Options) -> str:
    return f"{options.server_address}/oauth/lark"


def _host(role: str) -> str:
    """Return one of the three hosts; a base of another shape stands for all of them."""
    return resources.settings.lark_base_url.replace("://open.", f"://{role}.", 1)
