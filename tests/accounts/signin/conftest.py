from collections.abc import Iterator
from dataclasses import replace

import pytest

from oneapi import resources
from oneapi.options import Options
from oneapi.settings import Settings
from tests.support.sign_in_services import (
    CLIENT_ID,
    HOME,
    SECRET,
    WECHAT_TOKEN,
    SignInServices,
    sign_in_services,
)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInServices]:
    with sign_in_services() as running:
        moved = replace(
            Settings(),
            github_base_url=running.url,
            github_api_url=running.url,
            lark_base_url=running.url,
            safe_fetch_allow="127.0.0.0/8",
        )
        monkeypatch.setattr(resources, "settings", moved)
        yield running


@pytest.fixture
def options(services: SignInServices) -> Options:
    return Options(
        server_address=HOME,
        github_client_id=CLIENT_ID,
        github_client_secret=SECRET,
        lark_client_id=CLIENT_ID,
        lark_client_secret=SECRET,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=SECRET,
        oidc_token_endpoint=f"{services.url}/token",
        oidc_userinfo_endpoint=f"{services.url}/userinfo",
        oidc_well_known=f"{services.url}/.well-known/openid-configuration",
        wechat_server_address=services.url,
        wechat_server_token=WECHAT_TOKEN,
    )
