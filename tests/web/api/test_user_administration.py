from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from oneapi.lib.database import Database
from oneapi.models.log import Log
from oneapi.models.token import Token
from oneapi.models.user import Role, User
from oneapi.web_app import WebApp
from tests.support.people import Person, add_person, signed_in

USERS = "/api/user/"
MANAGE = "/api/user/manage"


def me(client: FlaskClient) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/user/self").get_json()
    return body


def rows(db: Database) -> list[tuple[str | None, str | None]]:
    with db.reading() as session:
        found = session.execute(select(Log.username, Log.content).order_by(Log.id))
        return [(username, content) for username, content in found]


def key_of(db: Database, person: Person) -> str:
    key = "k" * 48
    with db.transaction() as session:
        session.add(Token(user_id=person.id, key=key, name="", unlimited_quota=True))
    return key


def models_status(client: FlaskClient, key: str) -> int:
    return client.get("/v1/models", headers={"Authorization": f"Bearer sk-{key}"}).status_code


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


def test_administrators_make_common_users(
    root_client: FlaskClient, client: FlaskClient, db: Database
) -> None:
    body = {"username": "ann", "password": "secret-123", "display_name": "Ann", "role": 10}

    answer = root_client.post(USERS, json=body)

    assert answer.get_json() == {"success": True, "message": ""}
    login = client.post("/api/user/login", json=body).get_json()["data"]
    assert (login["display_name"], login["role"]) == ("Ann", 1)
    assert rows(db)[-1][0] == "root"
    assert "ann" in (rows(db)[-1][1] or "")


@pytest.mark.parametrize(
    ("role", "code"), [(1, None), (10, "role_too_high"), (100, "role_too_high")]
)
def test_nobody_asks_for_a_role_like_his_own(
    adam_client: FlaskClient, role: int, code: str | None
) -> None:
    body = {"username": "ann", "password": "secret-123", "role": role}

    assert adam_client.post(USERS, json=body).get_json().get("code") == code


def test_a_taken_name_is_refused(adam_client: FlaskClient, alice: Person) -> None:
    body = {"username": "alice", "password": "secret-123"}

    assert adam_client.post(USERS, json=body).get_json()["code"] == "username_taken"


def test_a_change_tells_the_log_what_and_who(
    adam_client: FlaskClient, db: Database, alice: Person
) -> None:
    body = {"id": alice.id, "group": "vip", "quota": 1000, "password": "fresh-1234"}

    assert adam_client.put(USERS, json=body).get_json() == {"success": True, "message": ""}

    (actor, change), (owner, balance) = rows(db)
    assert (actor, owner) == ("adam", "alice")
    assert "group" in (change or "")
    assert "fresh-1234" not in (change or "")
    assert "adam" in (balance or "")
    assert "$0.002000" in (balance or "")


def test_a_change_of_nothing_leaves_no_row(
    adam_client: FlaskClient, db: Database, alice: Person
) -> None:
    adam_client.put(USERS, json={"id": alice.id, "username": "alice", "quota": 0})

    assert rows(db) == []


def test_a_new_password_of_somebody_else_works(
    adam_client: FlaskClient, app: WebApp, alice: Person
) -> None:
    browser = signed_in(app, alice)

    adam_client.put(USERS, json={"id": alice.id, "password": "fresh-1234"})

    assert browser.get("/api/user/self").status_code == 401
    login = {"username": "alice", "password": "fresh-1234"}
    assert browser.post("/api/user/login", json=login).get_json()["success"] is True


def test_root_stays_signed_in_when_he_changes_his_own_password(
    root_client: FlaskClient, root: Person
) -> None:
    root_client.put(USERS, json={"id": root.id, "password": "fresh-1234"})

    assert me(root_client)["success"] is True


def test_only_listed_members_are_written(
    adam_client: FlaskClient, db: Database, alice: Person
) -> None:
    body = {
        "id": alice.id,
        "access_token": "f" * 32,
        "aff_code": "mine",
        "used_quota": 7,
        "request_count": 7,
        "inviter_id": 1,
    }

    adam_client.put(USERS, json=body)

    with db.reading() as session:
        user = session.get_one(User, alice.id)
        assert user.access_token != "f" * 32
        assert user.aff_code != "mine"
        assert (user.used_quota, user.request_count, user.inviter_id) == (0, 0, 0)


def test_a_ban_acts_on_every_way_in_at_once(
    root_client: FlaskClient, client: FlaskClient, app: WebApp, db: Database, alice: Person
) -> None:
    browser, key = signed_in(app, alice), key_of(db, alice)
    access_token = browser.get("/api/user/token").get_json()["data"]
    assert models_status(client, key) == 200

    answer = root_client.post(MANAGE, json={"username": "alice", "action": "disable"})

    assert (answer.get_json()["data"]["status"], answer.get_json()["data"]["id"]) == (2, 0)
    assert browser.get("/api/user/self").status_code == 401
    by_token = client.get("/api/user/self", headers={"Authorization": access_token})
    assert by_token.get_json()["code"] == "user_banned"
    assert models_status(client, key) == 403


def test_who_is_admitted_again_has_his_keys_back(
    root_client: FlaskClient, client: FlaskClient, db: Database, alice: Person
) -> None:
    key = key_of(db, alice)
    root_client.post(MANAGE, json={"username": "alice", "action": "disable"})

    root_client.post(MANAGE, json={"username": "alice", "action": "enable"})

    assert models_status(client, key) == 200


def test_a_new_role_acts_in_an_open_session(
    root_client: FlaskClient, alice_client: FlaskClient
) -> None:
    assert alice_client.get(USERS).get_json()["code"] == "permission_denied"

    answer = root_client.post(MANAGE, json={"username": "alice", "action": "promote"})

    assert answer.get_json()["data"]["role"] == Role.ADMIN
    assert alice_client.get(USERS).get_json()["success"] is True
    root_client.post(MANAGE, json={"username": "alice", "action": "demote"})
    assert alice_client.get(USERS).get_json()["code"] == "permission_denied"
    assert me(alice_client)["success"] is True


def test_what_is_managed_stands_in_the_log(
    root_client: FlaskClient, db: Database, alice: Person
) -> None:
    root_client.post(MANAGE, json={"username": "alice", "action": "promote"})

    actor, content = rows(db)[-1]
    assert actor == "root"
    assert "alice" in (content or "")
    assert "promote" in (content or "")


@pytest.mark.parametrize(
    ("user_id", "code"),
    [
        ("0", "id_missing"),
        ("x", "invalid_parameter"),
        ("99", "record_not_found"),
        ("1", "target_role_too_high"),
    ],
)
def test_deleting_can_be_refused(adam_client: FlaskClient, user_id: str, code: str) -> None:
    assert adam_client.delete(USERS + user_id).get_json()["code"] == code


def test_a_deleted_user_is_gone_from_list_and_relay(
    adam_client: FlaskClient, client: FlaskClient, db: Database, alice: Person
) -> None:
    key = key_of(db, alice)
    assert models_status(client, key) == 200

    answer = adam_client.delete(f"{USERS}{alice.id}")

    assert answer.get_json() == {"success": True, "message": ""}
    assert models_status(client, key) == 401
    names = [user["username"] for user in adam_client.get(USERS).get_json()["data"]]
    assert names == ["adam", "root"]
    assert "alice" in (rows(db)[-1][1] or "")
