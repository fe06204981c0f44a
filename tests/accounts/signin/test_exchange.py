import logging
from collections.abc import Callable

import pytest

from oneapi.accounts.signin import exchange
from oneapi.accounts.signin.exchange import FORM, JSON, Exchange
from oneapi.errors import Refusal
from oneapi.lib import http
from tests.support.proxy import proxy
from tests.support.sign_in_services import CLIENT_ID, SECRET, TOKEN, Grant, SignInServices
from tests.support.web_server import Told

GRANT = Grant({"sub": "somebody"})
GOOD = "a-good-token"

FAULTS: dict[str, Callable[[], Told]] = {
    "status 500": lambda: Told(b"{}", status=500),
    "status 500 with an error": lambda: Told(b'{"error": "server_error"}', status=500),
    "an unknown status": lambda: Told(b"", status=599),
    "a page": lambda: Told(b"<html>"),
    "no object": lambda: Told(b"[]"),
    "nothing": lambda: Told(b""),
    "half an answer": lambda: Told(b'{"access_token": "x', headers={"Content-Length": "500"}),
    "too much": lambda: Told(b" " * (http.MAX_BYTES + 1)),
    "a redirect": lambda: Told(status=302, headers={"Location": "/token"}),
}


def fetch(services: SignInServices, path: str = TOKEN["oidc"], **members: object) -> str:
    """Return the token, or why there is none."""
    wanted = {
        "endpoint": f"{services.url}{path}",
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "code": services.code_for(GRANT),
        "bodies": (FORM, JSON),
        **members,
    }
    try:
        token = exchange.fetch_token(Exchange(**wanted))  # type: ignore[arg-type]
    except Refusal as refusal:
        return refusal.code
    return str(token["access_token"])


def profile_of(services: SignInServices, token: str = GOOD) -> str:
    """Return whose token it is, or why nobody knows."""
    services.tokens[GOOD] = GRANT
    try:
        return str(exchange.fetch_profile(f"{services.url}/userinfo", token)["sub"])
    except Refusal as refusal:
        return refusal.code


def test_a_code_becomes_a_token_and_the_token_a_profile(services: SignInServices) -> None:
    token = fetch(services)

    assert profile_of(services, token) == "somebody"


def test_a_server_that_reads_no_forms_is_sent_json(services: SignInServices) -> None:
    services.reads_only_json = True

    assert profile_of(services, fetch(services)) == "somebody"
    assert len(services.told_to("/token")) == 2


def test_a_server_that_said_no_is_not_asked_twice(services: SignInServices) -> None:
    assert fetch(services, code="used") == "oauth_empty_identity"
    assert fetch(services, client_secret="wrong") == "oauth_empty_identity"
    assert len(services.told_to("/token")) == 2


def test_an_error_with_status_200_is_one(services: SignInServices) -> None:
    path = TOKEN["github"]

    assert fetch(services, path, code="used", bodies=(JSON,)) == "oauth_empty_identity"


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"access_token": ""}', b'{"access_token": 5}', '{"access_token": "é"}'.encode()],
)
def test_an_answer_without_a_usable_token_is_none(services: SignInServices, body: bytes) -> None:
    services.faults["/token"] = lambda: Told(body)

    assert fetch(services) == "oauth_empty_identity"


def test_members_that_nobody_needs_may_be_strange(services: SignInServices) -> None:
    body = b'{"access_token": "t", "error": null, "expires_in": [1], "expires_at": {}}'
    services.faults["/token"] = lambda: Told(body)

    assert fetch(services) == "t"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_token_endpoint_that_is_broken_counts_as_away(
    services: SignInServices, fault: str
) -> None:
    services.faults["/token"] = FAULTS[fault]

    assert fetch(services) == "oauth_unreachable"


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "a redirect"])
def test_a_userinfo_endpoint_that_is_broken_counts_as_away(
    services: SignInServices, fault: str
) -> None:
    services.faults["/userinfo"] = FAULTS[fault]

    assert profile_of(services) == "oauth_unreachable"


def test_a_token_that_is_not_accepted_names_nobody(services: SignInServices) -> None:
    assert profile_of(services, "foreign") == "oauth_empty_identity"


def test_a_server_that_hangs_is_given_up(
    services: SignInServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "TIMEOUT_S", 0.2)
    services.faults = {"/token": services.hang, "/userinfo": services.hang}

    assert fetch(services) == "oauth_unreachable"
    assert profile_of(services) == "oauth_unreachable"


@pytest.mark.parametrize("endpoint", ["", "no address", "http://127.0.0.1:1/token", "ftp://x/"])
def test_an_address_where_nobody_answers_counts_as_away(
    services: SignInServices, endpoint: str
) -> None:
    assert fetch(services, endpoint=endpoint) == "oauth_unreachable"


def test_what_goes_wrong_is_logged_without_secrets(
    services: SignInServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="oneapi")
    services.faults["/token"] = lambda: Told(b'{"error": "invalid_grant"}', status=400)

    fetch(services, code="planted-code", verifier="planted-verifier", client_secret="planted-s")
    profile_of(services, "planted-token")

    logged = "".join(str(record.__dict__) for record in caplog.records if record.name != "urllib3")
    assert "invalid_grant" in logged
    assert "planted" not in logged
    assert "planted" not in repr(
        Exchange(endpoint="", client_id="", client_secret="planted", code="planted")
    )


def test_the_systems_proxy_is_used(
    services: SignInServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy() as outside:
        outside.moved["provider.example"] = ("127.0.0.1", services.server.port)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{outside.port}")

        token = fetch(services, endpoint="http://provider.example/token")

    assert token in services.tokens
    assert outside.asked == ["http provider.example:80"]
