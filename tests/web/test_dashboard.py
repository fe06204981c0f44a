from typing import Any

import pytest
from flask.testing import FlaskClient

from oneapi.lib.database import Database
from oneapi.models.token import NEVER, Token
from oneapi.models.user import User
from tests.support.people import Person

KEY = "k" * 48
PREFIXES = ["/dashboard/billing", "/v1/dashboard/billing"]


@pytest.fixture
def key(db: Database, alice: Person) -> dict[str, str]:
    """Headers with a key that has 400,000 units left and 100,000 used."""
    with db.transaction() as session:
        session.get_one(User, alice.id).quota = 1_500_000
        session.get_one(User, alice.id).used_quota = 500_000
        session.add(
            Token(
                user_id=alice.id,
                key=KEY,
                remain_quota=400_000,
                used_quota=100_000,
                expired_time=1_999_999_999,
            )
        )
    return {"Authorization": f"Bearer sk-{KEY}"}


def set_option(root_client: FlaskClient, key: str, value: str) -> None:
    assert root_client.put("/api/option/", json={"key": key, "value": value}).get_json()["success"]


def set_token(db: Database, **values: Any) -> None:
    with db.transaction() as session:
        for name, value in values.items():
            setattr(session.query(Token).filter_by(key=KEY).one(), name, value)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_key_tells_its_limit(client: FlaskClient, key: dict[str, str], prefix: str) -> None:
    answer = client.get(f"{prefix}/subscription", headers=key)

    assert answer.get_json() == {
        "object": "billing_subscription",
        "has_payment_method": True,
        "soft_limit_usd": 1,
        "hard_limit_usd": 1,
        "system_hard_limit_usd": 1,
        "access_until": 1_999_999_999,
    }


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_key_tells_what_it_used_in_cents(
    client: FlaskClient, key: dict[str, str], prefix: str
) -> None:
    answer = client.get(f"{prefix}/usage?start_date=2025-02-01", headers=key)

    assert answer.get_json() == {"object": "list", "total_usage": 20}


def test_an_unlimited_key_has_a_limit_that_nobody_reaches(
    client: FlaskClient, db: Database, key: dict[str, str]
) -> None:
    set_token(db, unlimited_quota=True, expired_time=NEVER)

    subscription = client.get("/dashboard/billing/subscription", headers=key).get_json()
    usage = client.get("/dashboard/billing/usage", headers=key).get_json()

    assert subscription["hard_limit_usd"] == 100_000_000
    assert subscription["access_until"] == 0
    assert usage["total_usage"] == 20


def test_figures_can_be_in_units(
    client: FlaskClient, root_client: FlaskClient, key: dict[str, str]
) -> None:
    set_option(root_client, "DisplayInCurrencyEnabled", "false")

    subscription = client.get("/dashboard/billing/subscription", headers=key).get_json()

    assert subscription["hard_limit_usd"] == 500_000


def test_figures_can_be_the_owners(
    client: FlaskClient, root_client: FlaskClient, key: dict[str, str]
) -> None:
    set_option(root_client, "DisplayTokenStatEnabled", "false")

    subscription = client.get("/dashboard/billing/subscription", headers=key).get_json()
    usage = client.get("/dashboard/billing/usage", headers=key).get_json()

    assert subscription["hard_limit_usd"] == 4
    assert subscription["access_until"] == 0
    assert usage["total_usage"] == 100


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, "missing_api_key"), ({"Authorization": "Bearer sk-nonsense"}, "invalid_api_key")],
)
def test_refusals_have_openai_form(client: FlaskClient, headers: dict[str, str], code: str) -> None:
    answer = client.get("/v1/dashboard/billing/usage", headers=headers)

    error = answer.get_json()["error"]
    assert answer.status_code == 401
    assert error["code"] == code
    assert error["type"] == "one_api_error"
    assert error["message"].endswith(f"(request id: {answer.headers['X-Oneapi-Request-Id']})")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_browsers_of_any_site_may_ask(
    client: FlaskClient, key: dict[str, str], prefix: str
) -> None:
    origin = {"Origin": "https://chat.example"}

    preflight = client.options(f"{prefix}/usage", headers=origin)
    answer = client.get(f"{prefix}/usage", headers={**key, **origin})

    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_management_api_is_closed_to_other_sites(client: FlaskClient) -> None:
    answer = client.get("/api/status", headers={"Origin": "https://chat.example"})

    assert "Access-Control-Allow-Origin" not in answer.headers


def test_another_method_is_404(client: FlaskClient, key: dict[str, str]) -> None:
    assert client.post("/v1/dashboard/billing/usage", headers=key).status_code == 404
