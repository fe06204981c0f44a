from typing import Any

import pytest
from flask.testing import FlaskClient

from oneapi.lib.database import Database
from oneapi.web_app import WebApp
from tests.support.people import Person, signed_in

LOGIN = "/api/user/login"


def sign_in(client: FlaskClient, name: str, password: str) -> dict[str, Any]:
    body: dict[str, Any] = client.post(
        LOGIN, json={"username": name, "password": password}
    ).get_json()
    return body


def test_a_sign_in_answers_who_it_was(client: FlaskClient, root: Person) -> None:
    answer = sign_in(client, "root", root.password)

    assert answer["data"] == {
        "id": 1,
        "username": "root",
        "password": "",
        "display_name": "Root User",
        "role": 100,
        "status": 1,
        "email": "",
        "github_id": "",
        "wechat_id": "",
        "lark_id": "",
        "oidc_id": "",
        "verification_code": "",
        "access_token": "",
        "quota": 0,
        "used_quota": 0,
        "request_count": 0,
        "group": "",
        "aff_code": "",
        "inviter_id": 0,
        "need_change_password": True,
    }
    assert client.get("/api/user/self").get_json()["data"]["quota"] == 500_000_000_000_000


@pytest.mark.parametrize(
    "body", [{}, {"username": "root"}, {"username": "", "password": "x"}, {"username": 5}]
)
def test_a_sign_in_without_both_parts_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post(LOGIN, json=body).get_json()["code"] == "invalid_parameter"


def test_signing_in_with_a_password_can_be_switched_off(
    client: FlaskClient, root_client: FlaskClient, root: Person
) -> None:
    root_client.put("/api/option/", json={"key": "PasswordLoginEnabled", "value": "false"})

    assert sign_in(client, "root", root.password)["code"] == "password_login_disabled"


def test_the_sixth_wrong_password_has_to_wait(client: FlaskClient, alice: Person) -> None:
    for _ in range(5):
        assert sign_in(client, "alice", "wrong-123")["code"] == "wrong_credentials"

    answer = client.post(LOGIN, json={"username": "alice", "password": alice.password})

    assert answer.status_code == 429
    assert answer.get_json()["code"] == "login_throttled"
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_a_sign_in_starts_a_new_session(app: WebApp, alice: Person) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["oauth_state"] = "left over"

    sign_in(client, "alice", alice.password)

    with client.session_transaction() as cookie:
        assert "oauth_state" not in cookie


def test_signing_out_deletes_the_cookie(alice_client: FlaskClient) -> None:
    answer = alice_client.get("/api/user/logout")

    assert answer.get_json() == {"success": True, "message": ""}
    assert alice_client.get_cookie("session") is None
    assert alice_client.get("/api/user/self").status_code == 401


def test_signing_out_works_without_a_session(client: FlaskClient) -> None:
    assert client.get("/api/user/logout").get_json()["success"] is True


def test_the_own_record_shows_no_secret(alice_client: FlaskClient, db: Database) -> None:
    data = alice_client.get("/api/user/self").get_json()["data"]

    assert data["username"] == "alice"
    assert data["password"] == data["access_token"] == ""
    assert data["need_change_password"] is False


def test_people_change_names_and_nothing_else(
    alice_client: FlaskClient, db: Database, alice: Person
) -> None:
    body = {
        "username": "alice2",
        "display_name": "Al 阿尔",
        "role": 100,
        "quota": 999,
        "group": "vip",
        "status": 2,
        "id": 1,
    }

    assert alice_client.put("/api/user/self", json=body).get_json()["success"] is True

    data = alice_client.get("/api/user/self").get_json()["data"]
    assert (data["username"], data["display_name"]) == ("alice2", "Al 阿尔")
    assert (data["id"], data["role"], data["quota"]) == (alice.id, 1, 0)
    assert (data["group"], data["status"]) == ("default", 1)


def test_a_new_password_ends_the_other_sessions(app: WebApp, alice: Person) -> None:
    here, there = signed_in(app, alice), signed_in(app, alice)

    answer = here.put("/api/user/self", json={"password": "another-123"})

    assert answer.get_json()["success"] is True
    assert here.get("/api/user/self").status_code == 200
    assert there.get("/api/user/self").status_code == 401
    assert sign_in(app.test_client(), "alice", "another-123")["success"] is True


def test_the_old_password_is_checked_when_it_is_sent(
    alice_client: FlaskClient, alice: Person
) -> None:
    wrong = {"password": "another-123", "original_password": "wrong-123"}
    right = {"password": "another-123", "original_password": alice.password}

    assert alice_client.put("/api/user/self", json=wrong).get_json()["code"] == "wrong_credentials"
    assert alice_client.put("/api/user/self", json=right).get_json()["success"] is True


def test_a_new_access_token_replaces_the_old_one(
    client: FlaskClient, alice_client: FlaskClient
) -> None:
    first = alice_client.get("/api/user/token").get_json()["data"]
    second = alice_client.post("/api/user/token").get_json()["data"]

    def code(token: str) -> str | None:
        answer = client.get("/api/user/self", headers={"Authorization": token}).get_json()
        found: str | None = answer.get("code")
        return found

    assert len(second) == 32
    assert code(first) == "invalid_access_token"
    assert code(second) is None


def test_signing_out_everywhere_keeps_this_browser(app: WebApp, alice: Person) -> None:
    here, there = signed_in(app, alice), signed_in(app, alice)

    assert here.post("/api/user/sign_out_everywhere").get_json()["success"] is True

    assert here.get("/api/user/self").status_code == 200
    assert there.get("/api/user/self").status_code == 401


def test_registering_makes_an_account_and_signs_nobody_in(client: FlaskClient) -> None:
    body = {"username": "ann", "password": "secret-123", "role": 100}

    answer = client.post("/api/user/register", json=body)

    assert answer.get_json() == {"success": True, "message": ""}
    assert client.get("/api/user/self").status_code == 401
    assert sign_in(client, "ann", "secret-123")["data"]["role"] == 1
    tokens = client.get("/api/token/").get_json()["data"]
    assert [token["name"] for token in tokens] == ["default"]


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("RegisterEnabled", "registration_disabled"),
        ("PasswordRegisterEnabled", "password_registration_disabled"),
    ],
)
def test_registering_can_be_switched_off(
    client: FlaskClient, root_client: FlaskClient, option: str, code: str
) -> None:
    root_client.put("/api/option/", json={"key": option, "value": "false"})

    answer = client.post("/api/user/register", data="no JSON, and nobody looks")

    assert answer.get_json()["code"] == code


def test_registering_is_limited_like_guessing(client: FlaskClient) -> None:
    body = {"username": "", "password": "secret-123"}

    codes = [client.post("/api/user/register", json=body).get_json()["code"] for _ in range(21)]

    assert codes == ["invalid_input"] * 20 + ["rate_limited"]


def test_an_invitation_leads_to_its_owner(client: FlaskClient, alice_client: FlaskClient) -> None:
    code = alice_client.get("/api/user/aff").get_json()["data"]
    body = {"username": "ann", "password": "secret-123", "aff_code": code}

    client.post("/api/user/register", json=body)

    sign_in(client, "ann", "secret-123")
    me = client.get("/api/user/self").get_json()["data"]
    assert me["inviter_id"] == alice_client.get("/api/user/self").get_json()["data"]["id"]


def test_people_delete_their_accounts(
    alice_client: FlaskClient, client: FlaskClient, alice: Person
) -> None:
    answer = alice_client.delete("/api/user/self")

    assert answer.get_json() == {"success": True, "message": ""}
    assert alice_client.get("/api/user/self").status_code == 401
    assert sign_in(client, "alice", alice.password)["code"] == "wrong_credentials"


def test_root_keeps_his_account(root_client: FlaskClient) -> None:
    assert root_client.delete("/api/user/self").get_json()["code"] == "root_protected"
