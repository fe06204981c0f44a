from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from oneapi import metrics, resources
from oneapi.factory import create_app
from oneapi.settings import Settings
from oneapi.web import draining

FAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def guarded(settings: Settings) -> Iterator[FlaskClient]:
    """A node whose counters need a token."""
    app = create_app(replace(settings, metrics_token="scrape", metrics_allow=""))
    yield app.test_client()
    resources.db.engine.dispose()


def test_a_living_process_says_so(client: FlaskClient) -> None:
    answer = client.get("/livez", environ_base=FAR)

    assert answer.status_code == 200
    assert answer.get_data(as_text=True) == "ok"


def test_a_ready_process_says_one_word_to_strangers(client: FlaskClient) -> None:
    answer = client.get("/readyz", environ_base=FAR)

    assert answer.status_code == 200
    assert answer.get_data(as_text=True) == "ok"


def test_operators_see_the_parts(client: FlaskClient) -> None:
    assert client.get("/readyz").get_json() == {
        "status": "ok",
        "database": "sqlite",
        "redis": "off",
        "rate_limits": "per worker",
        "node": "localhost:3000",
    }


def test_a_draining_process_is_not_ready(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining._State, "draining", True)

    answer = client.get("/readyz", environ_base=FAR)

    assert answer.status_code == 503
    assert answer.get_data(as_text=True) == "draining"


@pytest.mark.parametrize(
    "change", ["UPDATE alembic_version SET version_num = '0001'", "DELETE FROM alembic_version"]
)
def test_a_schema_that_is_not_current_is_not_ready(client: FlaskClient, change: str) -> None:
    with resources.db.transaction() as session:
        session.connection().exec_driver_sql(change)

    answer = client.get("/readyz", environ_base=FAR)

    assert answer.status_code == 503
    assert answer.get_data(as_text=True) == "schema"


def test_a_schema_of_a_newer_node_is_ready(client: FlaskClient) -> None:
    with resources.db.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert client.get("/readyz", environ_base=FAR).status_code == 200


def test_counters_are_shown_to_allowed_addresses(client: FlaskClient) -> None:
    metrics.ESTIMATED_USAGE.inc()

    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert "oneapi_estimated_usage_total" in answer.get_data(as_text=True)


def test_nobody_else_learns_that_there_are_counters(client: FlaskClient) -> None:
    assert client.get("/metrics", environ_base=FAR).status_code == 404


@pytest.mark.parametrize(
    ("header", "status"),
    [("Bearer scrape", 200), ("Bearer wrong", 404), ("", 404), ("Bearer ", 404)],
)
def test_a_token_opens_the_counters(guarded: FlaskClient, header: str, status: int) -> None:
    assert guarded.get("/metrics", headers={"Authorization": header}).status_code == status


def test_an_empty_token_opens_nothing(client: FlaskClient) -> None:
    answer = client.get("/metrics", headers={"Authorization": "Bearer "}, environ_base=FAR)

    assert answer.status_code == 404
