"""Browsers that go to a sign-in service and come back, and a gateway where all are switched on."""

from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from oneapi import options, resources
from tests.support.sign_in_services import (
    CLIENT_ID,
    HOME,
    SECRET,
    WECHAT_TOKEN,
    Grant,
    SignInServices,
)

WEB = ("github", "lark", "oidc")
OCTOCAT: dict[str, dict[str, Any]] = {
    "github": {"login": "octocat", "id": 583231, "name": "The Octocat", "email": "o@cat.example"},
    "lark": {"open_id": "ou_octocat", "name": "The Octocat"},
    "oidc": {
        "sub": "248289761001",
        "name": "The Octocat",
        "preferred_username": "octocat",
        "email": "o@cat.example",
    },
}


def switch_on(services: SignInServices) -> None:
    """Set up everything as an operator would."""
    url = services.url
    moved = {"github_base_url": url, "github_api_url": url, "lark_base_url": url}
    resources.bind_settings(replace(resources.settings, **moved))  # type: ignore[arg-type]
    set_options(
        ServerAddress=HOME,
        GitHubClientId=CLIENT_ID,
        GitHubClientSecret=SECRET,
        GitHubOAuthEnabled="true",
        LarkClientId=CLIENT_ID,
        LarkClientSecret=SECRET,
        OidcClientId=CLIENT_ID,
        OidcClientSecret=SECRET,
        OidcAuthorizationEndpoint=f"{url}/authorize?tenant=a",
        OidcTokenEndpoint=f"{url}/token",
        OidcUserinfoEndpoint=f"{url}/userinfo",
        OidcWellKnown=f"{url}/.well-known/openid-configuration",
        OidcEnabled="true",
        WeChatServerAddress=f"{url}/",
        WeChatServerToken=WECHAT_TOKEN,
        WeChatAuthEnabled="true",
    )


def set_options(**values: str) -> None:
    with resources.db.transaction() as session:
        for key, value in values.items():
            options.update(session, key, value)


def set_out(client: FlaskClient, name: str) -> str:
    """Fetch a service's address as our own page does."""
    answer = client.get(f"/api/oauth/state?provider={name}").get_json()
    assert answer["success"] is True, answer
    address: str = answer["authorization_url"]
    return address


def come_back(client: FlaskClient, name: str, **query: str) -> dict[str, Any]:
    body: dict[str, Any] = client.get(f"/api/oauth/{name}", query_string=query).get_json()
    return body


def travel(
    client: FlaskClient, services: SignInServices, name: str, **profile: Any
) -> dict[str, Any]:
    """Go to a service and come back, as somebody there."""
    address = set_out(client, name)
    return come_back(client, name, **services.visit(address, {**OCTOCAT[name], **profile}))


def travel_by_old_page(
    client: FlaskClient, services: SignInServices, name: str, **profile: Any
) -> dict[str, Any]:
    """The same with a page that builds the service's address by itself, as One API's do."""
    state = client.get("/api/oauth/state").get_json()["data"]
    redirect_uri = "" if name == "github" else f"{HOME}/oauth/{name}"
    code = services.code_for(Grant({**OCTOCAT[name], **profile}, redirect_uri=redirect_uri))
    return come_back(client, name, state=state, code=code)


def me(client: FlaskClient) -> dict[str, Any]:
    data: dict[str, Any] = client.get("/api/user/self").get_json()["data"]
    return data
