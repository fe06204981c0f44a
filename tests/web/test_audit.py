import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from oneapi.lib.database import Database
from oneapi.models.channel import Channel
from oneapi.models.log import Log, LogType
from oneapi.models.redemption import Redemption
from oneapi.models.user import Role
from oneapi.web import audit, auth
from oneapi.web_app import WebApp
from tests.support.people import Person, signed_in


def test_a_row_names_the_actor_and_the_request(app: WebApp, db: Database, adam: Person) -> None:
    @app.post("/api/of-the-test")
    @auth.require_admin
    def change() -> str:
        with db.transaction() as session:
            audit.note(session, "log_option_changed", key="Notice")
        return ""

    answer = signed_in(app, adam).post("/api/of-the-test", headers={"Accept-Language": "zh"})

    with db.reading() as session:
        row = session.scalars(select(Log)).one()
        assert (row.type, row.user_id, row.username) == (3, adam.id, "adam")
        assert row.content == "Option Notice changed"
        assert row.request_id == answer.headers["X-Oneapi-Request-Id"]
        assert row.created_at


Act = Callable[[FlaskClient, int], TestResponse]


def changes(method: str, path: str, body: Mapping[str, Any] | None = None) -> Act:
    """Return a request about the row whose id it is given; ``{id}`` and "ID" stand for it."""

    def act(client: FlaskClient, row_id: int) -> TestResponse:
        filled = {name: row_id if value == "ID" else value for name, value in (body or {}).items()}
        filled = {name: [row_id] if value == ["ID"] else value for name, value in filled.items()}
        return client.open(path.format(id=row_id), method=method, json=filled)

    return act


ACTS: Mapping[str, Act] = {
    "user_administration.create_user": changes(
        "POST", "/api/user/", {"username": "new", "password": "secret-123"}
    ),
    "user_administration.change_user": changes("PUT", "/api/user/", {"id": "ID", "quota": 5}),
    "user_administration.manage_user": changes(
        "POST", "/api/user/manage", {"username": "alice", "action": "disable"}
    ),
    "user_administration.delete_user": changes("DELETE", "/api/user/{id}"),
    "topup.book_payment": changes("POST", "/api/topup", {"user_id": "ID", "quota": 5}),
    "options.change_option": changes("PUT", "/api/option/", {"key": "RetryTimes", "value": "3"}),
    "options.change_options": changes(
        "POST", "/api/option/batch", {"options": [{"key": "RetryTimes", "value": "3"}]}
    ),
    "logs.delete_logs": changes("DELETE", "/api/log/?target_timestamp=5"),
    "channels.create_channels": changes("POST", "/api/channel/", {"type": 1, "key": "k"}),
    "channels.change_channel": changes("PUT", "/api/channel/", {"id": "ID", "priority": 5}),
    "channels.delete_channel": changes("DELETE", "/api/channel/{id}"),
    "channels.delete_disabled_channels": changes("DELETE", "/api/channel/disabled"),
    "channels.delete_channels": changes("POST", "/api/channel/batch", {"ids": ["ID"]}),
    "channels.change_channels": changes(
        "PUT", "/api/channel/batch", {"ids": ["ID"], "priority": 5}
    ),
    "channels.copy_channel": changes("POST", "/api/channel/copy/{id}"),
    "redemptions.create_redemptions": changes(
        "POST", "/api/redemption/", {"name": "n", "count": 1}
    ),
    "redemptions.change_redemption": changes("PUT", "/api/redemption/", {"id": "ID", "name": "x"}),
    "redemptions.delete_redemption": changes("DELETE", "/api/redemption/{id}"),
    "redemptions.delete_redemptions": changes("POST", "/api/redemption/batch", {"ids": ["ID"]}),
    "redemptions.change_redemptions": changes(
        "PUT", "/api/redemption/batch", {"ids": ["ID"], "status": 2}
    ),
}
"""Everything that administrators change, by its view."""

CHANGE_NOTHING = {
    "/api/channel/fetch_models",
    "/api/option/test_mail",
    "/api/option/test_pusher",
}
"""Posts that only ask somebody else something."""


@pytest.fixture
def row_ids(app: WebApp, db: Database, alice: Person) -> Mapping[str, int]:
    """A row to act on, by the blueprint that acts on it."""
    with db.transaction() as session:
        channel = Channel(type=1, key="k", name="c", models="m", group="g", status=2)
        code = Redemption(key="c" * 32, name="c", quota=1, status=1)
        session.add_all([channel, code, Log(created_at=1, type=2)])
        session.flush()
        return {
            "channels": channel.id,
            "redemptions": code.id,
            "user_administration": alice.id,
            "topup": alice.id,
        }


@pytest.mark.parametrize("view", ACTS)
def test_every_change_by_an_administrator_leaves_a_row_of_his(
    view: str, root_client: FlaskClient, row_ids: Mapping[str, int], db: Database
) -> None:
    answer = ACTS[view](root_client, row_ids.get(view.partition(".")[0], 0)).get_json()

    assert answer["success"], answer
    with db.reading() as session:
        rows = session.scalars(select(Log).where(Log.type == LogType.MANAGE)).all()
        assert len(rows) == 1
        assert "root" in {rows[0].username, (rows[0].content or "").partition(" ")[0]}


def test_no_way_to_change_something_is_forgotten_here(app: WebApp) -> None:
    changing = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) & {"POST", "PUT", "DELETE"}
        and rule.rule.rstrip("/") not in CHANGE_NOTHING
        and getattr(app.view_functions[rule.endpoint], "required_role", 0) >= Role.ADMIN
    }

    assert changing == set(ACTS)


def told(client: FlaskClient) -> list[Any]:
    rows = client.get("/api/log/?type=3").get_json()["data"]
    return [json.loads(row["other"]) if row["other"] else None for row in rows]


def put(client: FlaskClient, key: str, value: str) -> None:
    assert client.put("/api/option/", json={"key": key, "value": value}).get_json()["success"]


def test_root_reads_what_an_option_said_before(root_client: FlaskClient) -> None:
    put(root_client, "RetryTimes", "3")
    put(root_client, "RetryTimes", "4")

    assert told(root_client) == [
        {"option": "RetryTimes", "before": "3", "after": "4"},
        {"option": "RetryTimes", "before": "0", "after": "3"},
    ]


def test_administrators_read_only_that_it_was_changed(
    root_client: FlaskClient, adam_client: FlaskClient
) -> None:
    put(root_client, "RetryTimes", "3")

    (row,) = adam_client.get("/api/log/?type=3").get_json()["data"]

    assert (row["username"], row["content"]) == ("root", "Option RetryTimes changed")
    assert row["other"] == ""
    assert "RetryTimes" in adam_client.get("/api/log/export").get_data(as_text=True)
    assert "before" not in adam_client.get("/api/log/export").get_data(as_text=True)


def test_secrets_are_not_written_down(root_client: FlaskClient, db: Database) -> None:
    for value in ("planted-one", "planted-two", ""):
        put(root_client, "SMTPToken", value)

    masked = "********"
    assert [(row["before"], row["after"]) for row in told(root_client)] == [
        (masked, ""),
        (masked, masked),
        ("", masked),
    ]
    with db.reading() as session:
        assert not [row for row in session.scalars(select(Log)) if "planted" in str(vars(row))]


def test_of_a_table_only_the_changed_prices_are_told(root_client: FlaskClient) -> None:
    put(root_client, "GroupRatio", '{"default": 1, "vip": 1, "svip": 1}')
    put(root_client, "GroupRatio", '{"default": 1, "vip": 2, "new": 3}')

    assert told(root_client) == [
        {
            "option": "GroupRatio",
            "before": {"vip": 1, "svip": 1},
            "after": {"vip": 2, "new": 3},
        }
    ]


def test_a_form_that_saves_what_nobody_changed_leaves_no_row(root_client: FlaskClient) -> None:
    for pair in root_client.get("/api/option/").get_json()["data"]:
        if pair["key"] in {"RetryTimes", "GroupRatio", "Theme", "ModelRatio"}:
            put(root_client, pair["key"], pair["value"])

    assert told(root_client) == []


def test_the_rows_of_one_administrator_and_time_are_found_in_pages(
    root_client: FlaskClient, adam_client: FlaskClient
) -> None:
    for number in range(3):
        put(root_client, "RetryTimes", str(number + 1))
    adam_client.post("/api/channel/", json={"type": 1, "key": "k"})

    path = "/api/log/?type=3&username=root&page_size=2&p=1&start_timestamp=1"
    answer = root_client.get(path).get_json()

    assert (len(answer["data"]), answer["total"]) == (1, 3)
    assert root_client.get("/api/log/?type=3&end_timestamp=1").get_json()["data"] == []
