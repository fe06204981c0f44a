import csv
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from oneapi.lib import clock
from oneapi.lib.database import Database
from oneapi.models.log import Log, LogType
from oneapi.web.api import logs
from tests.support.people import Person

KEYS = {
    "id", "user_id", "created_at", "type", "content", "username", "token_name", "model_name",
    "quota", "prompt_tokens", "completion_tokens", "channel", "request_id", "elapsed_time",
    "is_stream", "system_prompt_reset", "other",
}  # fmt: skip
OTHER = {"model_ratio": 15.0, "attempts": [{"channel_id": 3, "status": 500, "code": None}]}


def add(db: Database, person: Person, **columns: Any) -> int:
    values = {
        "user_id": person.id,
        "username": person.username,
        "type": LogType.CONSUME,
        "created_at": clock.now_s(),
        "model_name": "gpt-4o",
        "quota": 10,
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "channel_id": 7,
        **columns,
    }
    with db.transaction() as session:
        row = Log(**values)
        session.add(row)
        session.flush()
        return row.id


def data(client: FlaskClient, path: str) -> Any:
    answer = client.get(path).get_json()
    assert answer["success"], answer
    return answer["data"]


def test_administrators_see_every_row_whole(
    adam_client: FlaskClient, db: Database, alice: Person, root: Person
) -> None:
    first = add(db, root)
    second = add(db, alice, other=json.dumps(OTHER), request_id="20250101")

    rows = data(adam_client, "/api/log/?p=0")

    assert [row["id"] for row in rows] == [second, first]
    assert all(set(row) == KEYS for row in rows)
    assert (rows[0]["channel"], rows[0]["username"]) == (7, "alice")
    assert json.loads(rows[0]["other"]) == OTHER
    assert rows[1]["other"] == ""


def test_users_see_their_own_rows_without_ids_and_channels(
    alice_client: FlaskClient, db: Database, alice: Person, root: Person
) -> None:
    add(db, root)
    add(db, alice, other=json.dumps(OTHER))

    (row,) = data(alice_client, "/api/log/self?username=root&channel=99")

    assert set(row) == KEYS
    assert (row["id"], row["channel"], row["user_id"]) == (0, 0, alice.id)
    assert json.loads(row["other"]) == {"model_ratio": 15.0}


def test_lists_are_narrowed_by_the_query(
    adam_client: FlaskClient, db: Database, alice: Person
) -> None:
    first = add(db, alice, created_at=1000, token_name="ci")
    second = add(db, alice, created_at=2000, model_name="dall-e-3", channel_id=8)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in data(adam_client, f"/api/log/?{query}")]

    assert ids("username=alice&end_timestamp=1000") == [first]
    assert ids("start_timestamp=1001") == [second]
    assert ids("channel=8") == [second]
    assert ids("token_name=ci&type=2") == [first]
    assert ids("model_name=dall") == []
    assert ids("username=alic") == []


def test_numbers_that_are_none_narrow_nothing(
    adam_client: FlaskClient, db: Database, alice: Person
) -> None:
    add(db, alice)

    query = f"type=x&channel=y&start_timestamp=z&end_timestamp={'9' * 30}&p=q"

    assert len(data(adam_client, f"/api/log?{query}")) == 1


def test_pages_hold_ten_rows(adam_client: FlaskClient, db: Database, alice: Person) -> None:
    for _ in range(11):
        add(db, alice)

    answer = adam_client.get("/api/log/?p=1&page_size=10").get_json()

    assert len(answer["data"]) == 1
    assert answer["total"] == 11
    assert len(data(adam_client, "/api/log/")) == 10


def test_a_search_looks_at_types_and_contents(
    adam_client: FlaskClient, alice_client: FlaskClient, db: Database, alice: Person, root: Person
) -> None:
    add(db, alice, type=LogType.TOP_UP, content="order 4711")
    add(db, root, type=LogType.TOP_UP, content="order 4712")

    assert len(data(adam_client, "/api/log/search?keyword=order")) == 2
    assert len(data(adam_client, "/api/log/search?keyword=1")) == 2
    (own,) = data(alice_client, "/api/log/self/search?keyword=order")
    assert (own["id"], own["content"]) == (0, "order 4711")
    assert data(alice_client, "/api/log/self/search?keyword=zzz") == []


def test_sums_count_calls_only(
    adam_client: FlaskClient, alice_client: FlaskClient, db: Database, alice: Person, root: Person
) -> None:
    add(db, alice)
    add(db, alice, created_at=1000, model_name="dall-e-3")
    add(db, root)
    add(db, alice, type=LogType.TOP_UP, quota=500)

    assert data(adam_client, "/api/log/stat")["quota"] == 30
    assert data(adam_client, "/api/log/stat?username=alice&type=1")["quota"] == 20
    assert data(adam_client, "/api/log/stat?end_timestamp=1000") == {
        "quota": 10,
        "requests": 1,
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "rpm": 2,
        "tpm": 10,
    }
    assert data(alice_client, "/api/log/self/stat?username=root")["quota"] == 20
    assert data(alice_client, "/api/log/self/stat?model_name=dall-e-3")["quota"] == 10


def test_the_other_figures_follow_the_type(
    adam_client: FlaskClient, db: Database, alice: Person
) -> None:
    add(db, alice)
    for _ in range(3):
        add(db, alice, type=LogType.MANAGE, prompt_tokens=0)

    assert data(adam_client, "/api/log/stat")["requests"] == 1
    assert data(adam_client, "/api/log/stat?type=3")["requests"] == 3


def test_sums_stay_when_a_user_is_renamed(
    alice_client: FlaskClient, db: Database, alice: Person
) -> None:
    add(db, alice, username="her former name")

    assert data(alice_client, "/api/log/self/stat")["quota"] == 10


def test_old_rows_are_deleted(adam_client: FlaskClient, db: Database, alice: Person) -> None:
    add(db, alice, created_at=1000)
    add(db, alice)

    answer = adam_client.delete("/api/log/?target_timestamp=2000").get_json()

    assert answer == {"success": True, "message": "", "data": 1}
    kept, *rest = data(adam_client, "/api/log/")
    assert kept["content"] == "1 log rows from before 1970-01-01 00:33:20 UTC deleted"
    assert (kept["type"], kept["username"]) == (3, "adam")
    assert len(rest) == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "target_timestamp_missing"),
        ("?target_timestamp=x", "target_timestamp_missing"),
        ("?target_timestamp=0", "target_timestamp_missing"),
        ("?target_timestamp=-5", "target_timestamp_missing"),
        ("?target_timestamp=99999999999", "invalid_parameter"),
    ],
)
def test_rows_are_deleted_up_to_a_time_in_the_past(
    adam_client: FlaskClient, query: str, code: str
) -> None:
    assert adam_client.delete(f"/api/log/{query}").get_json()["code"] == code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/log/"),
        ("GET", "/api/log/search"),
        ("GET", "/api/log/stat"),
        ("DELETE", "/api/log/?target_timestamp=1000"),
    ],
)
def test_the_rows_of_all_are_for_administrators(
    alice_client: FlaskClient, method: str, path: str
) -> None:
    assert alice_client.open(path, method=method).get_json()["code"] == "permission_denied"


def exported(client: FlaskClient, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(answer.data.decode("utf-8-sig").splitlines()))


def test_all_rows_are_exported_as_they_are_listed(
    adam_client: FlaskClient, db: Database, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_PART_ROWS", 2)
    ids = [add(db, alice, quota=n) for n in range(5)]
    add(db, alice, type=LogType.TOP_UP)

    rows = exported(adam_client, "/api/log/export?type=2")

    assert [int(row["id"]) for row in rows] == ids[::-1]
    assert (rows[0]["username"], rows[0]["channel"], rows[0]["quota"]) == ("alice", "7", "4")


def test_an_export_ends_at_its_limit(
    adam_client: FlaskClient, db: Database, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_PART_ROWS", 2)
    monkeypatch.setattr(logs, "_EXPORTED_ROWS", 4)
    for _ in range(6):
        add(db, alice)

    assert len(exported(adam_client, "/api/log/export")) == 4


def test_users_export_their_own_rows(
    alice_client: FlaskClient, db: Database, alice: Person, root: Person
) -> None:
    add(db, root)
    add(db, alice)

    (row,) = exported(alice_client, "/api/log/self/export?username=root")

    assert row["model_name"] == "gpt-4o"
    assert {"channel", "user_id", "username"}.isdisjoint(row)


def test_an_export_of_nothing_is_a_header(alice_client: FlaskClient) -> None:
    assert exported(alice_client, "/api/log/self/export") == []
