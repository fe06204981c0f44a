import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient

from oneapi import options, resources
from oneapi.lib import clock
from oneapi.lib.database import Database
from oneapi.web_app import WebApp
from tests.support.people import Person
from tests.support.ports import free_port
from tests.support.web_server import Asked, Told, WebServer, web_server

REGISTER = "/api/user/register"
GUARDED = [("POST", REGISTER), ("GET", "/api/verification"), ("GET", "/api/reset_password")]


def judge(asked: Asked) -> Told:
    form = dict(parse_qsl(asked.body.decode()))
    if form["response"] == "garbled":
        return Told(b"<html>")
    human = form["response"] == "human" and form["secret"] == "key of the site"
    return Told(json.dumps({"success": human}).encode())


@pytest.fixture
def cloudflare(db: Database) -> Iterator[WebServer]:
    """Somebody who tells people from robots; the check is switched on."""
    set_options(
        db,
        TurnstileSiteKey="site",
        TurnstileSecretKey="key of the site",
        TurnstileCheckEnabled=True,
    )
    with web_server(judge) as server:
        ask_at(f"{server.url}/siteverify")
        yield server


def set_options(db: Database, **values: object) -> None:
    with db.transaction() as session:
        for key, value in values.items():
            options.update(session, key, value)


def ask_at(address: str) -> None:
    resources.bind_settings(replace(resources.settings, turnstile_address=address))


def code_of(client: FlaskClient, path: str = REGISTER, method: str = "POST") -> str:
    answer = client.open(path, method=method, json={} if method == "POST" else None)
    assert answer.status_code == 200
    return str(answer.get_json()["code"])


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_robots_are_kept_out(
    client: FlaskClient, cloudflare: WebServer, method: str, path: str
) -> None:
    assert code_of(client, path, method) == "turnstile_missing"
    assert code_of(client, f"{path}?turnstile=robot", method) == "turnstile_failed"
    assert not code_of(client, f"{path}?turnstile=human", method).startswith("turnstile")


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_nobody_is_checked_unless_the_check_is_on(
    client: FlaskClient, method: str, path: str
) -> None:
    assert not code_of(client, path, method).startswith("turnstile")


def test_cloudflare_is_told_who_asks(client: FlaskClient, cloudflare: WebServer) -> None:
    client.post(f"{REGISTER}?turnstile=human", json={}, headers={"X-Forwarded-For": "11.2.3.4"})

    (asked,) = cloudflare.asked
    assert (asked.method, asked.path) == ("POST", "/siteverify")
    assert dict(parse_qsl(asked.body.decode())) == {
        "secret": "key of the site",
        "response": "human",
        "remoteip": "11.2.3.4",
    }


def test_a_pass_is_remembered_for_ten_minutes(client: FlaskClient, cloudflare: WebServer) -> None:
    code_of(client, f"{REGISTER}?turnstile=human")

    assert code_of(client) == "invalid_input"
    assert len(cloudflare.asked) == 1
    with client.session_transaction() as cookie:
        assert 0 <= clock.now_s() - cookie["turnstile"] < 60
        cookie["turnstile"] -= 601
    assert code_of(client) == "turnstile_missing"


@pytest.mark.parametrize("left_over", [True, "yes", clock.now_s() + 86_400])
def test_a_session_that_says_something_else_has_not_passed(
    client: FlaskClient, cloudflare: WebServer, left_over: object
) -> None:
    with client.session_transaction() as cookie:
        cookie["turnstile"] = left_over

    assert code_of(client) == "turnstile_missing"


def test_signing_in_is_checked_only_if_asked_for(
    client: FlaskClient, cloudflare: WebServer, db: Database, alice: Person
) -> None:
    login = {"username": "alice", "password": alice.password}

    assert client.post("/api/user/login", json=login).get_json()["success"] is True

    set_options(db, TurnstileLoginEnabled=True)
    client.get("/api/user/logout")
    refused = client.post("/api/user/login", json=login).get_json()
    passed = client.post("/api/user/login?turnstile=human", json=login).get_json()

    assert refused["code"] == "turnstile_missing"
    assert passed["success"] is True


def test_signing_in_needs_no_pass_while_the_check_is_off(
    client: FlaskClient, db: Database, alice: Person
) -> None:
    set_options(db, TurnstileLoginEnabled=True)

    login = {"username": "alice", "password": alice.password}

    assert client.post("/api/user/login", json=login).get_json()["success"] is True


def test_a_check_that_cannot_be_made_is_not_passed(
    client: FlaskClient, cloudflare: WebServer
) -> None:
    assert code_of(client, f"{REGISTER}?turnstile=garbled") == "turnstile_failed"

    ask_at(f"http://127.0.0.1:{free_port()}/")

    assert code_of(client, f"{REGISTER}?turnstile=human") == "turnstile_failed"


def test_the_pass_is_signed(app: WebApp, client: FlaskClient, cloudflare: WebServer) -> None:
    client.set_cookie("session", "eyJ0dXJuc3RpbGUiOjk5OTk5OTk5OTl9.aaaaaa.bbbbbb")

    assert code_of(client) == "turnstile_missing"
