from typing import Any

from flask.testing import FlaskClient

from oneapi.accounts import users
from oneapi.lib.database import Database
from tests.support.channels import create
from tests.support.people import Person

KEYS = {
    "model", "owned_by", "groups", "model_ratio", "completion_ratio", "group_ratio",
    "fixed_price", "cache_ratio", "priced", "enabled",
}  # fmt: skip


def set_option(root_client: FlaskClient, key: str, value: str) -> None:
    answer = root_client.put("/api/option/", json={"key": key, "value": value}).get_json()
    assert answer["success"], answer


def models(client: FlaskClient, query: str = "") -> list[str]:
    answer = client.get(f"/api/pricing{query}").get_json()
    assert answer["success"], answer
    return [offer["model"] for offer in answer["data"]]


def test_a_user_sees_prices_of_his_own_group(
    root_client: FlaskClient, alice_client: FlaskClient, db: Database, alice: Person
) -> None:
    with db.transaction() as session:
        users.get(session, alice.id).group = "vip"
    create(root_client, name="one", models="gpt-4o", group="default,vip")
    create(root_client, name="two", models="other", group="default")
    set_option(root_client, "GroupRatio", '{"default": 1, "vip": 0.5}')
    set_option(root_client, "ModelFixedPrice", '{"gpt-4o": 0.04}')

    answer: dict[str, Any] = alice_client.get("/api/pricing/").get_json()

    (offer,) = answer["data"]
    assert set(offer) == KEYS
    assert (offer["model"], offer["owned_by"], offer["groups"]) == ("gpt-4o", "openai", ["vip"])
    assert (offer["group_ratio"], offer["fixed_price"], offer["cache_ratio"]) == (0.5, 0.04, 1)
    assert (offer["priced"], offer["enabled"]) == (True, True)


def test_only_administrators_choose_a_group(
    adam_client: FlaskClient, alice_client: FlaskClient, alice: Person
) -> None:
    create(adam_client, name="one", models="a", group="default")

    (offer,) = adam_client.get("/api/pricing?group=vip").get_json()["data"]
    assert (offer["groups"], offer["enabled"]) == (["default"], False)
    assert models(alice_client, "?group=default") == ["a"]
    refused = alice_client.get("/api/pricing?group=vip").get_json()
    assert refused["code"] == "permission_denied"


def test_guests_see_prices_only_if_they_are_public(
    client: FlaskClient, root_client: FlaskClient
) -> None:
    create(root_client, name="one", models="a", group="default")
    create(root_client, name="two", models="b", group="vip")

    assert client.get("/api/pricing").status_code == 401

    set_option(root_client, "PricingPublicEnabled", "true")

    assert models(client) == ["a"]
    assert client.get("/api/pricing?group=vip").get_json()["code"] == "permission_denied"
    assert models(root_client) == ["a", "b"]
