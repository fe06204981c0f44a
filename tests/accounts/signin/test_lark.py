from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from oneapi import resources
from oneapi.accounts.signin.contract import Departure
from oneapi.accounts.signin.lark import Lark
from oneapi.errors import Refusal
from oneapi.options import Options
from oneapi.settings import Settings

DEPARTURE = Departure(
    options=Options(lark_client_id="cli_1"), state="state", nonce="nonce", challenge="challenge"
)


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("", "accounts.feishu.cn"),
        ("https://open.larksuite.com", "accounts.larksuite.com"),
        ("https://lark.example:8443", "lark.example:8443"),
    ],
)
def test_people_go_to_the_host_for_accounts(
    monkeypatch: pytest.MonkeyPatch, base: str, host: str
) -> None:
    settings = Settings(lark_base_url=base) if base else Settings()
    monkeypatch.setattr(resources, "settings", settings)

    assert urlsplit(Lark().address(DEPARTURE)).netloc == host


def test_without_a_client_id_nobody_goes_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "settings", Settings())

    with pytest.raises(Refusal, match="oauth_disabled"):
        Lark().address(replace(DEPARTURE, options=Options()))
