from typing import Any

import pytest
from flask.testing import FlaskClient

from oneapi.lib.database import Database
from oneapi.models.token import Token
from tests.support.people import Person

KEYS = {
    "id", "user_id", "key", "status", "name", "created_time", "accessed_time", "expired_time",
    "remain_quota", "unlimited_quota", "used_quota", "models", "subnet",
}  # fmt: skip


def create(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/token/", json=body).get_json()
    assert answer["success"], answer
    token: dict[str, Any] = answer["data"]
    return token


def test_a_new_token_is_answered_with_its_key(alice_client: FlaskClient, alice: Person) -> None:
    token = create(alice_client, name="ci", remain_quota=100_000, models="gpt-4o")

    assert set(token) == KEYS
    assert len(token["key"]) == 48
    assert token["user_id"] == alice.id
    assert token["expired_time"] == -1
    assert token["subnet"] == ""


def test_a_list_shows_the_newest_first(alice_client: FlaskClient) -> None:
    ids = [create(alice_client, name=name)["id"] for name in ("a", "b", "c")]

    listed = alice_client.get("/api/token/?p=0").get_json()

    assert [token["id"] for token in listed["data"]] == ids[::-1]


def test_a_status_change_touches_nothing_else(alice_client: FlaskClient, db: Database) -> None:
    token = create(alice_client, name="ci", remain_quota=5)

    answer = alice_client.put(
        "/api/token/?status_only=true", json={"id": token["id"], "status": 2, "remain_quota": 99}
    ).get_json()

    assert answer["data"] == {**token, "status": 2}


def test_a_full_update_answers_the_token(alice_client: FlaskClient) -> None:
    token = create(alice_client, name="ci")
    change = {
        "id": token["id"],
        "name": "cd",
        "remain_quota": 500,
        "expired_time": 1_999_999_999,
        "unlimited_quota": True,
        "models": "gpt-4o",
        "subnet": "10.0.0.0/8",
        "status": 2,
    }

    answer = alice_client.put("/api/token/", json=change).get_json()

    assert answer["data"] == {**token, **change, "status": 1}


def test_a_deleted_token_is_gone(alice_client: FlaskClient) -> None:
    path = f"/api/token/{create(alice_client)['id']}"

    assert alice_client.delete(path + "/").get_json() == {"success": True, "message": ""}
    assert alice_client.get(path).get_json()["code"] == "record_not_found"
    assert alice_client.delete(path).get_json()["code"] == "record_not_found"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/token/0", "id_missing"),
        ("GET", "/api/token/abc", "invalid_parameter"),
        ("GET", "/api/token/99999999", "record_not_found"),
        ("GET", "/api/token/99999999999999999999", "invalid_parameter"),
        ("DELETE", "/api/token/0", "id_missing"),
        ("DELETE", "/api/token/abc", "id_missing"),
    ],
)
def test_an_id_that_names_nothing_is_refused(
    alice_client: FlaskClient, method: str, path: str, code: str
) -> None:
    assert alice_client.open(path, method=method).get_json()["code"] == code


def test_nobody_reaches_the_tokens_of_others(
    alice_client: FlaskClient, root_client: FlaskClient
) -> None:
    token_id = create(alice_client, name="mine")["id"]

    for answer in (
        root_client.get(f"/api/token/{token_id}"),
        root_client.put("/api/token/", json={"id": token_id, "name": "yours"}),
        root_client.delete(f"/api/token/{token_id}"),
    ):
        assert answer.get_json()["code"] == "record_not_found"
    assert root_client.get("/api/token/search?keyword=mine").get_json()["data"] == []


def test_a_list_can_be_narrowed(alice_client: FlaskClient) -> None:
    for name in ("ci-1", "ci-2", "other"):
        create(alice_client, name=name)

    listed = alice_client.get("/api/token/?status=1&keyword=ci").get_json()

    assert [token["name"] for token in listed["data"]] == ["ci-2", "ci-1"]
    assert listed["total"] == 2


def test_several_are_changed_and_deleted_at_once(alice_client: FlaskClient, db: Database) -> None:
    ids = [create(alice_client)["id"] for _ in range(3)]

    changed = alice_client.put("/api/token/batch", json={"ids": ids[:2], "status": 2}).get_json()
    deleted = alice_client.post("/api/token/batch", json={"ids": [*ids[1:], 99]}).get_json()

    assert (changed["data"], deleted["data"]) == (2, 2)
    with db.reading() as session:
        assert session.get_one(Token, ids[0]).status == 2


@pytest.mark.parametrize("ids", [None, [], "1", [1.5], ["1"], list(range(501))])
def test_a_batch_names_at_most_500_ids(alice_client: FlaskClient, ids: Any) -> None:
    answer = alice_client.post("/api/token/batch", json={"ids": ids}).get_json()

    assert answer["code"] == "invalid_parameter"


def test_root_can_limit_the_number_of_tokens(
    alice_client: FlaskClient, root_client: FlaskClient
) -> None:
    root_client.put("/api/option/", json={"key": "TokenCountLimit", "value": 1})
    create(alice_client)

    answer = alice_client.post("/api/token/", json={}).get_json()

    assert answer["code"] == "token_limit_reached"
