from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from oneapi import resources, snapshot
from oneapi.lib.database import Database
from oneapi.models.option import Option
from tests.support.sign_in_services import SignInServices

PATH = "/api/option/"


def shown(client: FlaskClient) -> dict[str, str]:
    return {row["key"]: row["value"] for row in client.get(PATH).get_json()["data"]}


def test_the_list_holds_keys_and_texts(root_client: FlaskClient) -> None:
    pairs = shown(root_client)

    assert pairs["PasswordLoginEnabled"] == "true"
    assert pairs["QuotaPerUnit"] == "500000"
    assert "SMTPToken" not in pairs
    assert all(isinstance(value, str) for value in pairs.values())


def test_a_change_is_in_force_at_once(root_client: FlaskClient) -> None:
    answer = root_client.put(PATH, json={"key": "RetryTimes", "value": "3"})

    assert answer.get_json() == {"success": True, "message": ""}
    assert shown(root_client)["RetryTimes"] == "3"
    assert snapshot.current().options.retry_times == 3


@pytest.mark.parametrize("body", [b"{", b"", b'{"key": "Notice", "value": null}', b'{"key": 5}'])
def test_a_body_that_cannot_be_read_is_400(root_client: FlaskClient, body: bytes) -> None:
    answer = root_client.put(PATH, data=body)

    assert answer.status_code == 400
    assert answer.get_json()["code"] == "invalid_parameter"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"key": "NoSuchOption", "value": "x"}, "unknown_option"),
        ({"value": "x"}, "unknown_option"),
        ({"key": "RetryTimes", "value": "many"}, "invalid_option_value"),
        ({"key": "GitHubOAuthEnabled", "value": "true"}, "option_dependency_missing"),
    ],
)
def test_other_refusals_are_200(root_client: FlaskClient, body: dict[str, str], code: str) -> None:
    answer = root_client.put(PATH, json=body)

    assert answer.status_code == 200
    assert answer.get_json()["code"] == code


def test_several_are_changed_together(root_client: FlaskClient) -> None:
    entries = [{"key": "RetryTimes", "value": 2}, {"key": "SystemName", "value": "Gate"}]

    answer = root_client.post("/api/option/batch", json={"options": entries}).get_json()

    assert answer["success"] is True
    assert shown(root_client)["SystemName"] == "Gate"


def test_one_bad_value_stops_all(root_client: FlaskClient) -> None:
    entries = [{"key": "SystemName", "value": "Gate"}, {"key": "RetryTimes", "value": 99}]

    answer = root_client.post("/api/option/batch", json={"options": entries}).get_json()

    assert answer["code"] == "invalid_option_value"
    assert answer["data"] == "RetryTimes"
    assert shown(root_client)["SystemName"] == "One API"


@pytest.mark.parametrize("entries", [None, "x", [5], [{"key": "Notice"}]])
def test_a_batch_of_the_wrong_form_is_refused(root_client: FlaskClient, entries: object) -> None:
    answer = root_client.post("/api/option/batch", json={"options": entries}).get_json()

    assert answer["code"] == "invalid_parameter"


def test_no_answer_shows_a_stored_secret(
    root_client: FlaskClient, client: FlaskClient, db: Database
) -> None:
    for key in ("SMTPToken", "GitHubClientSecret", "TurnstileSecretKey"):
        root_client.put(PATH, json={"key": key, "value": "planted-secret"})

    with db.reading() as session:
        assert session.get_one(Option, "SMTPToken").value == "planted-secret"
    for answer in (root_client.get(PATH), client.get("/api/status")):
        assert "planted-secret" not in answer.get_data(as_text=True)


def test_a_provider_is_asked_for_its_endpoints(
    root_client: FlaskClient, services: SignInServices
) -> None:
    url = services.url
    resources.bind_settings(replace(resources.settings, safe_fetch_allow="127.0.0.0/8"))

    answer = root_client.get(f"{PATH}oidc_discovery", query_string={"url": url}).get_json()

    assert answer["data"] == {
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "userinfo_endpoint": f"{url}/userinfo",
    }


def test_discovery_is_no_way_into_our_own_network(
    root_client: FlaskClient, services: SignInServices
) -> None:
    answer = root_client.get(f"{PATH}oidc_discovery", query_string={"url": services.url}).get_json()

    assert answer["code"] == "invalid_parameter"
    assert services.server.asked == []
