from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from oneapi import resources
from oneapi.factory import create_app
from oneapi.settings import Settings


@pytest.fixture
def strict(settings: Settings) -> Iterator[FlaskClient]:
    """Three requests to the API and two to pages; the rest is refused."""
    app = create_app(replace(settings, global_api_rate_limit=3, global_web_rate_limit=2))
    yield app.test_client()
    resources.db.engine.dispose()


@pytest.fixture
def unlimited(settings: Settings) -> Iterator[FlaskClient]:
    app = create_app(replace(settings, global_api_rate_limit=0, global_web_rate_limit=0))
    yield app.test_client()
    resources.db.engine.dispose()


def statuses(client: FlaskClient, *paths: str, **headers: str) -> list[int]:
    return [client.get(path, headers=headers, buffered=True).status_code for path in paths]


def test_the_api_has_one_bucket_for_all_its_routes(strict: FlaskClient) -> None:
    paths = ("/api/status", "/api/notice/", "/dashboard/billing/usage", "/api/about")

    assert statuses(strict, *paths) == [200, 200, 401, 429]


def test_a_refusal_says_when_to_come_back(strict: FlaskClient) -> None:
    statuses(strict, "/api/status", "/api/status", "/api/status")

    answer = strict.get("/api/status")

    assert answer.get_json()["code"] == "rate_limited"
    assert 0 < int(answer.headers["Retry-After"]) <= 181


def test_billing_endpoints_refuse_in_openai_form(strict: FlaskClient) -> None:
    statuses(strict, "/api/status", "/api/status", "/api/status")

    answer = strict.get("/dashboard/billing/usage")

    assert answer.status_code == 429
    assert answer.get_json()["error"]["code"] == "rate_limited"


def test_pages_have_a_bucket_of_their_own(strict: FlaskClient) -> None:
    statuses(strict, "/api/status", "/api/status", "/api/status")

    assert statuses(strict, "/login", "/token", "/log") == [200, 200, 429]


def test_each_address_has_its_own(strict: FlaskClient) -> None:
    statuses(strict, "/api/status", "/api/status", "/api/status")

    header = {"X-Forwarded-For": "198.51.100.7"}
    assert strict.get("/api/status", headers=header).status_code == 200


def test_an_invented_address_does_not_help(strict: FlaskClient) -> None:
    peer = {"REMOTE_ADDR": "203.0.113.9"}
    answers = [
        strict.get(
            "/api/status",
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
            environ_base=peer,
        ).status_code
        for number in range(4)
    ]

    assert answers == [200, 200, 200, 429]


def test_a_limit_of_zero_is_none(unlimited: FlaskClient) -> None:
    assert set(statuses(unlimited, *["/api/status"] * 10)) == {200}


def test_operators_are_not_limited(strict: FlaskClient) -> None:
    assert set(statuses(strict, *["/livez"] * 10)) == {200}


def test_critical_routes_allow_twenty_tries(client: FlaskClient) -> None:
    answers = [client.post("/api/user/login", json={}).status_code for _ in range(21)]

    assert answers == [200] * 20 + [429]
    assert client.get("/api/status").status_code == 200


def test_a_limited_route_counts_in_the_common_bucket_too(strict: FlaskClient) -> None:
    for _ in range(3):
        strict.post("/api/user/login", json={})

    assert strict.get("/api/status").status_code == 429
