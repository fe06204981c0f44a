import re
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from oneapi.lib.database import Database
from oneapi.models.user import User
from oneapi.web_app import WebApp
from tests.support.mail_options import set_up_mail
from tests.support.mail_server import MailSink
from tests.support.people import Person, signed_in

OK = {"success": True, "message": ""}
MAIL = "al+ice@mail.example"


@pytest.fixture
def sink(db: Database, mail_sink: MailSink) -> MailSink:
    """A system that sends mail and verifies addresses."""
    set_up_mail(mail_sink, EmailVerificationEnabled=True)
    return mail_sink


def get(client: FlaskClient, path: str, email: str, language: str = "en") -> dict[str, Any]:
    url = f"{path}?email={quote(email)}"
    answer = client.get(url, headers={"Accept-Language": language})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.get_json()
    return body


def code_in(sink: MailSink) -> str:
    (code,) = re.findall(r">([0-9a-f]{6})<", sink.the_mail().html)
    return str(code)


def token_in(sink: MailSink) -> str:
    return str(re.findall(r"token=([0-9a-f]{32})", sink.the_mail().html)[0])


def test_a_guest_registers_with_the_code_from_his_mail(client: FlaskClient, sink: MailSink) -> None:
    assert get(client, "/api/verification", MAIL) == OK
    body = {
        "username": "ann",
        "password": "secret-123",
        "email": MAIL,
        "verification_code": code_in(sink),
    }

    assert client.post("/api/user/register", json=body).get_json() == OK

    again = client.post("/api/user/register", json={**body, "username": "eve"}).get_json()
    assert again["code"] == "verification_code_invalid"
    client.post("/api/user/login", json={"username": "ann", "password": "secret-123"})
    assert client.get("/api/user/self").get_json()["data"]["email"] == MAIL


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "验证码"), ("en", "code")])
def test_a_mail_speaks_the_language_of_the_request(
    client: FlaskClient, sink: MailSink, language: str, word: str
) -> None:
    get(client, "/api/verification", MAIL, language)

    assert word in sink.the_mail().subject


def test_a_plus_that_a_page_forgot_to_encode_is_a_plus(client: FlaskClient, sink: MailSink) -> None:
    client.get(f"/api/verification?email={MAIL}")

    assert sink.the_mail().to == [MAIL]


def test_guests_cannot_make_a_system_send_mail_that_verifies_nobody(
    client: FlaskClient, alice_client: FlaskClient, db: Database, mail_sink: MailSink
) -> None:
    set_up_mail(mail_sink)

    assert get(client, "/api/verification", MAIL)["code"] == "email_verification_disabled"
    assert get(alice_client, "/api/verification", MAIL) == OK


@pytest.mark.parametrize("path", ["/api/verification", "/api/reset_password"])
def test_a_request_without_an_address_is_refused(client: FlaskClient, path: str) -> None:
    assert client.get(path).get_json()["code"] == "invalid_parameter"


def test_mail_routes_are_limited_like_guessing(client: FlaskClient) -> None:
    paths = ["/api/verification", "/api/reset_password"] * 10

    codes = [client.get(path).get_json()["code"] for path in [*paths, "/api/reset_password"]]

    assert codes == ["invalid_parameter"] * 20 + ["rate_limited"]


def test_a_forgotten_password_is_replaced_and_every_session_ends(
    app: WebApp, client: FlaskClient, sink: MailSink, alice: Person, db: Database
) -> None:
    with db.transaction() as session:
        session.get_one(User, alice.id).email = MAIL
    elsewhere = signed_in(app, alice)
    assert get(client, "/api/reset_password", MAIL) == OK
    wish = {"email": MAIL, "token": token_in(sink)}

    answer = client.post("/api/user/reset", json=wish).get_json()

    assert answer == {**OK, "data": answer["data"]}
    assert re.fullmatch(r"\S{12}", answer["data"])
    assert elsewhere.get("/api/user/self").status_code == 401
    login = {"username": "alice", "password": answer["data"]}
    assert client.post("/api/user/login", json=login).get_json()["success"] is True
    assert client.post("/api/user/reset", json=wish).get_json()["code"] == "reset_link_invalid"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_parameter"),
        ({"email": MAIL}, "invalid_parameter"),
        ({"token": "x"}, "invalid_parameter"),
        ({"email": MAIL, "token": 5}, "invalid_parameter"),
        ({"email": MAIL, "token": "0" * 32}, "reset_link_invalid"),
        ({"email": "a\x00b", "token": "0" * 32}, "invalid_input"),
    ],
)
def test_a_wrong_link_resets_nothing(client: FlaskClient, body: dict[str, Any], code: str) -> None:
    assert client.post("/api/user/reset", json=body).get_json()["code"] == code


def test_an_unknown_address_is_told_so(client: FlaskClient, sink: MailSink) -> None:
    answer = get(client, "/api/reset_password", "nobody@mail.example")

    assert answer["code"] == "email_not_registered"
