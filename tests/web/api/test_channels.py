import json
import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from oneapi.channels import store
from oneapi.channels.health import Failure
from oneapi.lib.database import Database
from oneapi.models.channel import Channel
from oneapi.models.log import Log, LogType
from oneapi.relay import blame
from tests.support.channels import KEY, create, show
from tests.support.people import Person

ONE_API_KEYS = {
    "id", "type", "key", "status", "name", "weight", "created_time", "test_time", "response_time",
    "base_url", "other", "balance", "balance_updated_time", "models", "group", "used_quota",
    "model_mapping", "priority", "config", "system_prompt",
}  # fmt: skip
OWN_KEYS = {
    "tag", "remark", "disabled_reason", "disabled_time", "last_error", "last_error_time",
    "cooldown_until",
}  # fmt: skip
AWS = {"region": "us-west-2", "ak": "AKIA", "sk": "planted-secret-sk"}


def audit_rows(db: Database) -> list[tuple[str | None, str | None]]:
    with db.reading() as session:
        rows = session.scalars(select(Log).where(Log.type == LogType.MANAGE).order_by(Log.id))
        return [(row.username, row.content) for row in rows]


def test_a_channel_is_shown_whole_but_for_its_key(adam_client: FlaskClient) -> None:
    channel_id = create(adam_client, group="default,vip", weight=3, tag="team")

    channel = show(adam_client, channel_id)

    assert set(channel) == ONE_API_KEYS | OWN_KEYS
    assert channel["key"] == ""
    assert (channel["group"], channel["weight"], channel["priority"]) == ("default,vip", 3, 0)
    assert (channel["other"], channel["base_url"], channel["tag"]) == (None, "", "team")


def test_a_list_shows_the_newest_first_and_ten_a_page(adam_client: FlaskClient) -> None:
    create(adam_client, key="\n".join(f"k{n}" for n in range(12)))

    first = adam_client.get("/api/channel/?p=0").get_json()
    second = adam_client.get("/api/channel?p=1&page_size=10").get_json()

    ids = [channel["id"] for channel in first["data"] + second["data"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(first["data"]), len(second["data"])) == (10, 2)
    assert "total" not in first
    assert second["total"] == 12


@pytest.mark.parametrize("path", ["/api/channel/", "/api/channel/search?keyword="])
def test_lists_cover_the_secrets_of_configs(adam_client: FlaskClient, path: str) -> None:
    create(adam_client, type=33, config=json.dumps(AWS))

    answer = adam_client.get(path)

    assert json.loads(answer.get_json()["data"][0]["config"])["sk"] == "********"
    assert b"planted-secret" not in answer.data


def test_who_reads_the_secrets_of_a_channel_is_written_down(
    adam_client: FlaskClient, db: Database
) -> None:
    channel_id = create(adam_client, type=33, config=json.dumps(AWS))
    plain_id = create(adam_client, name="plain")

    channel = show(adam_client, channel_id)
    show(adam_client, plain_id)

    assert json.loads(channel["config"]) == AWS
    assert audit_rows(db)[-1] == ("adam", f"Secrets of channel “one” (#{channel_id}) read")
    assert len(audit_rows(db)) == 3


def test_a_change_answers_the_channel_without_secrets(adam_client: FlaskClient) -> None:
    channel_id = create(adam_client, type=33, config=json.dumps(AWS))
    config = json.dumps({**AWS, "sk": "********", "region": "eu-west-1"})

    answer = adam_client.put("/api/channel/", json={"id": channel_id, "config": config})

    assert b"planted-secret" not in answer.data
    assert set(answer.get_json()["data"]) == ONE_API_KEYS | OWN_KEYS
    assert json.loads(show(adam_client, channel_id)["config"]) == {**AWS, "region": "eu-west-1"}


def test_counters_and_times_are_not_to_be_set(adam_client: FlaskClient) -> None:
    body = {"used_quota": 55, "balance": 9.5, "created_time": 1, "test_time": 1, "id": 700}
    channel_id = create(adam_client, **body)

    adam_client.put("/api/channel/", json={**body, "id": channel_id})

    channel = show(adam_client, channel_id)
    assert (channel["used_quota"], channel["balance"], channel["test_time"]) == (0, 0, 0)
    assert channel["created_time"] > 1


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/channel/0", "record_not_found"),
        ("GET", "/api/channel/99999999", "record_not_found"),
        ("GET", "/api/channel/abc", "invalid_parameter"),
        ("GET", "/api/channel/99999999999999999999", "invalid_parameter"),
        ("DELETE", "/api/channel/0", "id_missing"),
        ("DELETE", "/api/channel/abc", "invalid_parameter"),
        ("GET", "/api/channel/?status=9", "invalid_parameter"),
    ],
)
def test_what_names_no_channel_is_refused(
    adam_client: FlaskClient, method: str, path: str, code: str
) -> None:
    assert adam_client.open(path, method=method).get_json()["code"] == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "x"}, "id_missing"),
        ({"id": 99999999, "name": "x"}, "record_not_found"),
        ({"id": "1"}, "invalid_parameter"),
        ([], "invalid_parameter"),
    ],
)
def test_a_change_names_a_channel(adam_client: FlaskClient, body: Any, code: str) -> None:
    assert adam_client.put("/api/channel/", json=body).get_json()["code"] == code


def test_a_refused_creation_leaves_nothing(adam_client: FlaskClient, db: Database) -> None:
    answer = adam_client.post("/api/channel/", json={"type": 1, "key": "\n", "models": "a"})

    assert answer.get_json()["code"] == "no_key"
    assert adam_client.get("/api/channel/").get_json()["data"] == []
    assert audit_rows(db) == []


def test_a_body_may_hold_thousands_of_keys(adam_client: FlaskClient) -> None:
    two_mib = "k" * (2 * 1024 * 1024)

    assert adam_client.post("/api/channel/", json={"type": 1, "key": two_mib}).status_code == 200
    answer = adam_client.post("/api/channel/", json={"type": 1, "key": two_mib * 3})

    assert answer.status_code == 413
    assert answer.get_json()["code"] == "body_too_large"


def test_a_deleted_channel_is_gone_and_may_be_deleted_again(adam_client: FlaskClient) -> None:
    channel_id = create(adam_client)
    path = f"/api/channel/{channel_id}"

    assert adam_client.delete(path + "/").get_json() == {"success": True, "message": ""}
    assert adam_client.get(path).get_json()["code"] == "record_not_found"
    assert adam_client.delete(path).get_json() == {"success": True, "message": ""}


def test_the_disabled_ones_are_deleted_together(adam_client: FlaskClient) -> None:
    create(adam_client, key="a\nb\nc")
    for channel in adam_client.get("/api/channel/").get_json()["data"][:2]:
        adam_client.put("/api/channel/", json={"id": channel["id"], "status": 2})

    answer = adam_client.delete("/api/channel/disabled").get_json()

    assert answer == {"success": True, "message": "", "data": 2}
    assert len(adam_client.get("/api/channel/").get_json()["data"]) == 1


def test_every_change_leaves_a_row_with_its_actor(adam_client: FlaskClient, db: Database) -> None:
    channel_id = create(adam_client)
    adam_client.put("/api/channel/", json={"id": channel_id, "status": 2, "key": KEY})
    adam_client.delete("/api/channel/disabled")
    other_id = create(adam_client, name="two")
    adam_client.delete(f"/api/channel/{other_id}")
    adam_client.delete(f"/api/channel/{other_id}")

    assert audit_rows(db) == [
        ("adam", f"Channel “one” created (#{channel_id})"),
        ("adam", f"Channel “one” (#{channel_id}) changed: key, status"),
        ("adam", "1 disabled channels deleted"),
        ("adam", f"Channel “two” created (#{other_id})"),
        ("adam", f"Channel “two” (#{other_id}) deleted"),
    ]


def test_a_channel_tells_why_it_was_switched_off(adam_client: FlaskClient, db: Database) -> None:
    channel_id = create(adam_client)
    with db.transaction() as session:
        store.set_automatic_status(
            session, channel_id, enabled=False, reason="upstream_credential", now_s=1_740_000_000
        )

    channel = show(adam_client, channel_id)

    assert channel["status"] == 3
    assert channel["disabled_reason"] == "upstream_credential"
    assert channel["disabled_time"] == 1_740_000_000


def test_a_channel_tells_until_when_it_cools_down(adam_client: FlaskClient) -> None:
    channel_id = create(adam_client)
    blame.health().cool_downs.failed(
        channel_id, "a", Failure.RATE, now=time.monotonic(), retry_after_s=30
    )

    assert show(adam_client, channel_id)["cooldown_until"] > 1_740_000_000


def test_only_administrators_see_channels(alice_client: FlaskClient, alice: Person) -> None:
    for method, path in (
        ("GET", "/api/channel/"),
        ("POST", "/api/channel/"),
        ("PUT", "/api/channel/"),
        ("GET", "/api/channel/1"),
        ("DELETE", "/api/channel/1"),
        ("DELETE", "/api/channel/disabled"),
    ):
        answer = alice_client.open(path, method=method, json={})
        assert answer.get_json()["code"] == "permission_denied"


def test_old_rows_without_values_are_shown(adam_client: FlaskClient, db: Database) -> None:
    channel_id = create(adam_client)
    empty = ("weight", "priority", "base_url", "balance", "used_quota", "config", "name")
    with db.transaction() as session:
        session.execute(update(Channel).values(dict.fromkeys(empty)))

    channel_shown = show(adam_client, channel_id)

    assert (channel_shown["weight"], channel_shown["base_url"]) == (None, None)
    assert (channel_shown["balance"], channel_shown["name"], channel_shown["config"]) == (0, "", "")


def test_a_list_can_be_narrowed_and_ordered(adam_client: FlaskClient) -> None:
    create(adam_client, key="a\nb\nc", tag="team")
    create(adam_client, name="other", priority=9)

    answer = adam_client.get("/api/channel/?tag=team&order=id&page_size=2").get_json()

    ids = [channel["id"] for channel in answer["data"]]
    assert ids == sorted(ids)
    assert (len(ids), answer["total"]) == (2, 3)
    assert adam_client.get("/api/channel/?model=none").get_json()["total"] == 0
    for query in ("order=key", "type=99", "status=x"):
        answer = adam_client.get(f"/api/channel/?{query}").get_json()
        assert answer["code"] == "invalid_parameter"


def test_several_are_changed_and_deleted_at_once(adam_client: FlaskClient, db: Database) -> None:
    create(adam_client, key="a\nb\nc")
    listed = adam_client.get("/api/channel/").get_json()["data"]
    first, second, third = sorted(channel["id"] for channel in listed)

    changed = adam_client.put(
        "/api/channel/batch", json={"ids": [first, second], "status": 2, "name": "not this"}
    ).get_json()
    deleted = adam_client.post("/api/channel/batch", json={"ids": [second, third, 99]}).get_json()

    assert (changed["data"], deleted["data"]) == (2, 2)
    channel = show(adam_client, first)
    assert (channel["status"], channel["name"]) == (2, "one")
    assert [content for _, content in audit_rows(db)[1:]] == [
        f"Channels {first}, {second} changed: status",
        f"Channels {second}, {third} deleted",
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [1]},
        {"ids": [1], "name": "x"},
        {"ids": [], "status": 1},
        {"ids": list(range(501)), "status": 1},
        {"ids": [1], "status": 7},
    ],
)
def test_a_change_of_several_says_what_and_of_whom(
    adam_client: FlaskClient, body: dict[str, Any]
) -> None:
    answer = adam_client.put("/api/channel/batch", json=body).get_json()

    assert answer["code"] == "invalid_parameter"


def test_a_channel_is_copied_with_its_key(adam_client: FlaskClient, db: Database) -> None:
    channel_id = create(adam_client)

    first = adam_client.post(f"/api/channel/copy/{channel_id}").get_json()["data"]
    answer = adam_client.post(f"/api/channel/copy/{channel_id}", json={"name": "two"})

    second = answer.get_json()["data"]
    assert b"planted-secret" not in answer.data
    assert show(adam_client, first)["name"] == "one (copy)"
    assert (show(adam_client, second)["name"], show(adam_client, second)["status"]) == ("two", 2)
    with db.reading() as session:
        assert session.get_one(Channel, second).key == KEY
    assert audit_rows(db)[-1] == (
        "adam",
        f"Channel “two” (#{second}) copied from #{channel_id}",
    )
    assert adam_client.post("/api/channel/copy/99").get_json()["code"] == "record_not_found"
