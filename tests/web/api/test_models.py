from flask.testing import FlaskClient

from oneapi.channels import store
from oneapi.channels.draft import ChannelDraft
from oneapi.lib.database import Database


def add_channel(db: Database, models: str, group: str, status: int = 1) -> None:
    body = {"type": 1, "key": "k", "models": models, "group": group, "status": status}
    with db.transaction() as session:
        store.create(session, ChannelDraft.from_json(body), now_s=0)


def test_every_model_is_listed_as_openai_lists_them(adam_client: FlaskClient) -> None:
    answer = adam_client.get("/api/channel/models").get_json()

    assert set(answer) == {"object", "data"}
    first = answer["data"][0]
    assert first == {
        "id": "gpt-3.5-turbo",
        "object": "model",
        "created": 1626777600,
        "owned_by": "openai",
        "permission": first["permission"],
        "root": "gpt-3.5-turbo",
        "parent": None,
    }
    assert first["permission"][0]["organization"] == "*"
    owners = {model["owned_by"] for model in answer["data"] if "claude" in model["id"]}
    assert {"anthropic", "aws"} <= owners


def test_models_are_listed_by_the_number_of_their_channel_type(alice_client: FlaskClient) -> None:
    by_type = alice_client.get("/api/models").get_json()["data"]

    assert "gpt-4o" in by_type["1"]
    assert by_type["43"] is None
    assert {str(number) for number in range(1, 52)} <= set(by_type)
    assert "0" not in by_type


def test_a_user_sees_what_his_group_can_reach(alice_client: FlaskClient, db: Database) -> None:
    add_channel(db, "b,a", "default,vip")
    add_channel(db, "a,c", "default")
    add_channel(db, "d", "vip")
    add_channel(db, "e", "default", status=2)

    assert alice_client.get("/api/user/available_models").get_json() == {
        "success": True,
        "message": "",
        "data": ["a", "b", "c"],
    }


def test_a_group_without_channels_reaches_nothing(alice_client: FlaskClient) -> None:
    assert alice_client.get("/api/user/available_models").get_json()["data"] == []
