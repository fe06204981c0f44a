from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from oneapi.lib.database import Database
from oneapi.models.log import Log
from tests.support.people import Person

PATH = "/api/redemption/"
KEYS = {
    "id", "user_id", "key", "status", "name", "quota", "created_time", "redeemed_time", "count",
    "used_user_id",
}  # fmt: skip


def create(client: FlaskClient, **body: Any) -> list[str]:
    answer = client.post(PATH, json={"name": "promo", "count": 1, **body}).get_json()
    assert answer["success"], answer
    codes: list[str] = answer["data"]
    return codes


def newest(client: FlaskClient) -> dict[str, Any]:
    row: dict[str, Any] = client.get(PATH).get_json()["data"][0]
    return row


def test_new_codes_are_answered_and_listed(adam_client: FlaskClient, adam: Person) -> None:
    codes = create(adam_client, count=3, quota=250_000)

    listed = adam_client.get(f"{PATH}?p=0").get_json()

    assert [row["key"] for row in listed["data"]] == codes[::-1]
    assert "total" not in listed
    assert set(listed["data"][0]) == KEYS
    assert listed["data"][0] | {"id": 0, "key": "", "created_time": 0} == {
        "id": 0, "user_id": adam.id, "key": "", "status": 1, "name": "promo", "quota": 250_000,
        "created_time": 0, "redeemed_time": 0, "count": 0, "used_user_id": 0,
    }  # fmt: skip


def test_pages_may_be_larger_and_know_their_total(adam_client: FlaskClient) -> None:
    create(adam_client, count=25)

    answer = adam_client.get(f"{PATH}?p=1&page_size=20").get_json()

    assert (len(answer["data"]), answer["total"]) == (5, 25)


def test_lists_are_narrowed(adam_client: FlaskClient) -> None:
    create(adam_client, name="a")
    create(adam_client, name="b")
    adam_client.put(f"{PATH}?status_only=1", json={"id": newest(adam_client)["id"], "status": 2})

    by_state = adam_client.get(f"{PATH}?status=2").get_json()
    by_name = adam_client.get(f"{PATH}?keyword=a").get_json()

    assert [row["name"] for row in by_state["data"]] == ["b"]
    assert ([row["name"] for row in by_name["data"]], by_name["total"]) == (["a"], 1)
    assert adam_client.get(f"{PATH}?status=9").get_json()["code"] == "invalid_parameter"


def test_a_state_is_changed_without_the_rest(adam_client: FlaskClient) -> None:
    create(adam_client, quota=5)
    row = newest(adam_client)
    body = {"id": row["id"], "status": 2, "quota": 9, "name": "x"}

    answer = adam_client.put(f"{PATH}?status_only=true", json=body).get_json()

    assert answer["data"] == {**row, "status": 2}


def test_a_change_answers_the_code(adam_client: FlaskClient) -> None:
    create(adam_client, quota=5)
    row = newest(adam_client)

    answer = adam_client.put(PATH, json={"id": row["id"], "quota": 9, "name": "x"}).get_json()

    assert answer["data"] == {**row, "quota": 9, "name": "x"}
    assert adam_client.get(f"{PATH}{row['id']}").get_json()["data"] == answer["data"]


def test_who_used_a_code_is_shown(
    adam_client: FlaskClient, alice_client: FlaskClient, alice: Person
) -> None:
    (code,) = create(adam_client)
    alice_client.post("/api/user/topup", json={"key": code})

    row = newest(adam_client)

    assert (row["status"], row["used_user_id"]) == (3, alice.id)
    assert row["redeemed_time"] >= row["created_time"] > 0


def test_several_are_changed_and_deleted_at_once(adam_client: FlaskClient) -> None:
    create(adam_client, count=3)
    ids = [row["id"] for row in adam_client.get(PATH).get_json()["data"]]

    changed = adam_client.put(f"{PATH}batch", json={"ids": ids[:2], "status": 2}).get_json()
    deleted = adam_client.post(f"{PATH}batch", json={"ids": [*ids[1:], 999]}).get_json()

    assert (changed["data"], deleted["data"]) == (2, 2)
    assert [row["status"] for row in adam_client.get(PATH).get_json()["data"]] == [2]


def test_a_used_code_among_several_stops_all(
    adam_client: FlaskClient, alice_client: FlaskClient
) -> None:
    codes = create(adam_client, count=2)
    alice_client.post("/api/user/topup", json={"key": codes[1]})
    ids = [row["id"] for row in adam_client.get(PATH).get_json()["data"]]

    answer = adam_client.put(f"{PATH}batch", json={"ids": ids, "status": 2}).get_json()

    assert answer["code"] == "redemption_used"
    assert {row["status"] for row in adam_client.get(PATH).get_json()["data"]} == {1, 3}


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "0", "id_missing"),
        ("GET", "abc", "invalid_parameter"),
        ("GET", "99999999", "record_not_found"),
        ("DELETE", "0", "id_missing"),
        ("DELETE", "abc", "id_missing"),
        ("DELETE", "99999999", "record_not_found"),
    ],
)
def test_an_id_that_names_nothing_is_refused(
    adam_client: FlaskClient, method: str, path: str, code: str
) -> None:
    assert adam_client.open(f"{PATH}{path}", method=method).get_json()["code"] == code


def test_what_was_done_with_codes_is_written_down_without_them(
    adam_client: FlaskClient, db: Database
) -> None:
    codes = create(adam_client, count=3)
    ids = [row["id"] for row in adam_client.get(PATH).get_json()["data"]]
    adam_client.put(PATH, json={"id": ids[0], "name": "x"})
    adam_client.put(f"{PATH}batch", json={"ids": ids, "status": 2})
    adam_client.delete(f"{PATH}{ids[0]}")
    adam_client.post(f"{PATH}batch", json={"ids": ids[1:]})

    with db.reading() as session:
        rows = session.scalars(select(Log).where(Log.type == 3)).all()
        contents = [row.content or "" for row in rows]
        assert {row.username for row in rows} == {"adam"}
    assert len(contents) == 5
    assert not [code for code in codes if any(code in content for content in contents)]


def test_codes_are_for_administrators(alice_client: FlaskClient) -> None:
    assert alice_client.get(PATH).get_json()["code"] == "permission_denied"
