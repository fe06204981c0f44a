from typing import Any

import pytest
from flask.testing import FlaskClient

from oneapi.lib.database import Database
from oneapi.models.user import User
from oneapi.web_app import WebApp
from tests.support.people import Person, add_person, signed_in

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


def test_no_list_shows_an_access_token(
    adam_client: FlaskClient, db: Database, root: Person
) -> None:
    with db.transaction() as session:
        session.get_one(User, root.id).access_token = "0123456789abcdef0123456789abcdef"
        session.get_one(User, root.id).email = "root@example.com"

    for path in ("/api/user/", "/api/user/search?keyword=root"):
        answer = adam_client.get(path).get_data(as_text=True)
        assert "root@example.com" in answer
        assert "0123456789abcdef" not in answer
        assert "$2a$" not in answer


def test_lists_have_ten_rows_and_a_total_on_request(adam_client: FlaskClient) -> None:
    for number in range(11):
        add_person(f"user{number}")

    plain = adam_client.get("/api/user/").get_json()
    second = adam_client.get("/api/user/?p=1").get_json()
    sized = adam_client.get("/api/user/?p=0&page_size=5").get_json()
    filtered = adam_client.get("/api/user/?keyword=user1").get_json()

    assert len(plain["data"]) == 10
    assert "total" not in plain
    assert len(second["data"]) == 3
    assert len(sized["data"]) == 5
    assert sized["total"] == 13
    assert filtered["total"] == 2


@pytest.mark.parametrize("page", ["-3", "x", "", "99999999999999999999999"])
def test_an_odd_page_number_breaks_nothing(adam_client: FlaskClient, page: str) -> None:
    assert adam_client.get(f"/api/user/?p={page}").get_json()["success"] is True


@pytest.mark.parametrize("query", ["role=5", "status=x", "status=9"])
def test_an_unknown_filter_value_is_refused(adam_client: FlaskClient, query: str) -> None:
    assert adam_client.get(f"/api/user/?{query}").get_json()["code"] == "invalid_parameter"


@pytest.mark.parametrize(
    ("user_id", "code"),
    [
        ("1", "target_role_too_high"),
        ("0", "id_missing"),
        ("x", "invalid_parameter"),
        ("99", "record_not_found"),
    ],
)
def test_reading_one_user_can_be_refused(adam_client: FlaskClient, user_id: str, code: str) -> None:
    assert adam_client.get(f"/api/user/{user_id}").get_json()["code"] == code


def test_administrators_read_common_users(adam_client: FlaskClient, alice: Person) -> None:
    answer = adam_client.get(f"/api/user/{alice.id}/").get_json()

    assert answer["data"]["username"] == "alice"
