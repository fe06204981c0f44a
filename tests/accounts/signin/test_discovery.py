from dataclasses import replace

import pytest

from oneapi import resources
from oneapi.accounts.signin import discovery
from oneapi.errors import Refusal
from tests.support.sign_in_services import SignInServices
from tests.support.web_server import Told

WELL_KNOWN = discovery.WELL_KNOWN


def code_for(url: str) -> str:
    with pytest.raises(Refusal) as refused:
        discovery.look_up_guarded(url)
    return refused.value.code


@pytest.mark.parametrize("ending", ["", "/", WELL_KNOWN, f"{WELL_KNOWN} "])
def test_a_provider_tells_its_endpoints(services: SignInServices, ending: str) -> None:
    found = discovery.look_up_guarded(services.url + ending)

    assert found == discovery.look_up(services.url)
    assert found.authorization_endpoint == f"{services.url}/authorize"
    assert found.token_endpoint == f"{services.url}/token"
    assert found.userinfo_endpoint == f"{services.url}/userinfo"


@pytest.mark.parametrize("url", ["", "no address", "file:///etc/passwd", "http:///x"])
def test_what_is_no_web_address_is_refused(services: SignInServices, url: str) -> None:
    assert code_for(url) == "invalid_parameter"


def test_our_own_network_is_not_asked(
    services: SignInServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "settings", replace(resources.settings, safe_fetch_allow=""))

    assert code_for(services.url) == "invalid_parameter"
    assert services.server.asked == []


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"token_endpoint": 5}'])
def test_another_document_is_none(services: SignInServices, body: bytes) -> None:
    services.faults[WELL_KNOWN] = lambda: Told(body)

    assert code_for(services.url) == "oauth_unreachable"


def test_a_provider_that_is_away_is_said_to_be(services: SignInServices) -> None:
    services.faults[WELL_KNOWN] = lambda: Told(status=500)

    assert code_for(services.url) == "oauth_unreachable"
