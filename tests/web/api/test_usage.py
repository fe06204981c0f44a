import zoneinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from oneapi.lib import clock
from oneapi.lib.database import Database
from oneapi.logbook import DAY_S
from oneapi.models.log import Log, LogType
from tests.support.channels import create
from tests.support.people import Person

MONDAY = 20_003 * DAY_S
RANGE = f"start={MONDAY}&end={MONDAY + DAY_S - 1}"


def add(db: Database, person: Person, **columns: Any) -> None:
    values = {
        "user_id": person.id,
        "username": person.username,
        "type": LogType.CONSUME,
        "created_at": MONDAY,
        "model_name": "gpt-4o",
        "token_name": "ci",
        "quota": 10,
        "prompt_tokens": 3,
        "completion_tokens": 2,
        **columns,
    }
    with db.transaction() as session:
        session.add(Log(**values))


def data(client: FlaskClient, path: str) -> Any:
    answer = client.get(path).get_json()
    assert answer["success"], answer
    return answer["data"]


def test_the_dashboard_shows_seven_days_by_model(
    alice_client: FlaskClient, db: Database, alice: Person, root: Person
) -> None:
    today = clock.now_s() // DAY_S * DAY_S
    for at in (today, today, today - 6 * DAY_S, today - 6 * DAY_S - 1):
        add(db, alice, created_at=at)
    add(db, root, created_at=today)

    first, last = data(alice_client, "/api/user/dashboard")

    assert first["Day"] < last["Day"]
    assert {**last, "Day": ""} == {
        "Day": "",
        "ModelName": "gpt-4o",
        "RequestCount": 2,
        "Quota": 20,
        "PromptTokens": 6,
        "CompletionTokens": 4,
    }


def test_an_empty_dashboard_is_an_empty_list(alice_client: FlaskClient) -> None:
    assert data(alice_client, "/api/user/dashboard") == []


def test_a_range_of_the_own_usage_is_told_in_buckets(
    alice_client: FlaskClient, db: Database, alice: Person, root: Person
) -> None:
    add(db, alice)
    add(db, alice, created_at=MONDAY + DAY_S - 1)
    add(db, alice, created_at=MONDAY + DAY_S)
    add(db, root)

    found = data(alice_client, f"/api/user/dashboard?{RANGE}&granularity=week")

    assert found == [
        {
            "time": MONDAY,
            "model_name": "gpt-4o",
            "requests": 2,
            "quota": 20,
            "prompt_tokens": 6,
            "completion_tokens": 4,
        }
    ]


def test_days_are_those_of_the_wanted_zone(
    alice_client: FlaskClient, db: Database, alice: Person
) -> None:
    add(db, alice, created_at=MONDAY)

    (point,) = data(alice_client, f"/api/user/dashboard?{RANGE}&tz=America/New_York")

    assert point["time"] == MONDAY - DAY_S + 4 * 3600


def test_zones_are_known_where_the_system_has_none(alice_client: FlaskClient) -> None:
    """Small images come without them; the package ``tzdata`` brings them."""
    zoneinfo.reset_tzpath(to=())
    ZoneInfo.clear_cache()
    try:
        assert data(alice_client, f"/api/user/dashboard?{RANGE}&tz=Asia/Shanghai") == []
    finally:
        zoneinfo.reset_tzpath()


def test_a_range_without_an_end_lasts_until_now(
    alice_client: FlaskClient, db: Database, alice: Person
) -> None:
    add(db, alice, created_at=clock.now_s())
    add(db, alice, created_at=clock.now_s() - 8 * DAY_S)

    found = data(alice_client, "/api/user/dashboard?granularity=hour")

    assert [point["requests"] for point in found] == [1]


def test_administrators_see_the_usage_of_all(
    adam_client: FlaskClient, db: Database, alice: Person, root: Person
) -> None:
    add(db, alice)
    add(db, root)

    (point,) = data(adam_client, f"/api/dashboard?{RANGE}")

    assert point["quota"] == 20
    assert {"id", "name"}.isdisjoint(point)


def test_usage_is_told_by_user_channel_and_model(
    adam_client: FlaskClient, db: Database, alice: Person, root: Person
) -> None:
    channel_id = create(adam_client, name="the channel")
    add(db, alice, channel_id=channel_id)
    add(db, root, channel_id=99)

    def named(query: str) -> list[tuple[Any, str, int]]:
        found = data(adam_client, f"/api/dashboard?{RANGE}&{query}")
        return [(point["id"], point["name"], point["quota"]) for point in found]

    assert named("scope=user") == [(root.id, "root", 10), (alice.id, "alice", 10)]
    assert named(f"scope=user&id={alice.id}") == [(alice.id, "alice", 10)]
    assert named("scope=channel") == [(channel_id, "the channel", 10), (99, "", 10)]
    assert named("scope=model") == [("gpt-4o", "gpt-4o", 20)]
    assert named("scope=model&id=gpt-4o") == [("gpt-4o", "gpt-4o", 20)]
    assert named("scope=model&id=other") == []
    assert named("scope=token") == [(0, "", 20)]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("granularity=month", "granularity"),
        ("tz=Europe/Atlantis", "tz"),
        ("tz=../../etc/passwd", "tz"),
        ("tz=Europe", "tz"),
        ("start=x", "start"),
        ("start=-1", "end"),
        ("start=20&end=10", "end"),
        ("start=1&end=9999999999999999", "end"),
        (f"start=1&end={368 * DAY_S}", "start"),
        (f"start=1&end={33 * DAY_S}&granularity=hour", "start"),
    ],
)
def test_ranges_that_cannot_be_told_are_refused(
    alice_client: FlaskClient, query: str, param: str
) -> None:
    answer = alice_client.get(f"/api/user/dashboard?{query}").get_json()

    assert answer["code"] == "invalid_parameter"
    assert param in answer["message"]


@pytest.mark.parametrize("query", ["scope=group", "scope=user&id=alice"])
def test_scopes_that_there_are_not_are_refused(adam_client: FlaskClient, query: str) -> None:
    assert adam_client.get(f"/api/dashboard?{query}").get_json()["code"] == "invalid_parameter"


def test_the_usage_of_all_is_for_administrators(alice_client: FlaskClient) -> None:
    assert alice_client.get("/api/dashboard").get_json()["code"] == "permission_denied"
