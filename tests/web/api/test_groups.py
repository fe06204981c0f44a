from flask.testing import FlaskClient


def test_groups_are_listed_with_default_first(
    adam_client: FlaskClient, root_client: FlaskClient
) -> None:
    root_client.put(
        "/api/option/", json={"key": "GroupRatio", "value": '{"vip": 1, "a": 2, "default": 1}'}
    )

    answer = adam_client.get("/api/group/").get_json()

    assert answer == {"success": True, "message": "", "data": ["default", "a", "vip"]}


def test_groups_are_for_administrators(alice_client: FlaskClient) -> None:
    assert alice_client.get("/api/group/").get_json()["code"] == "permission_denied"
