from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from oneapi import locks
from oneapi.channels import balance
from oneapi.relay import probe_run
from tests.support.books import eventually
from tests.support.channels import KEY, create, show
from tests.support.upstream import StubUpstream, running
from tests.support.web_server import Told, WebServer, web_server

MAPPED = '{"a": "b"}'


@pytest.fixture
def provider() -> Iterator[WebServer]:
    """A provider of type DeepSeek that tells a balance."""
    told = Told(b'{"balance_infos": [{"currency": "CNY", "total_balance": "12.50"}]}')
    with web_server(lambda asked: told if "/user/balance" in asked.path else Told(status=401)) as s:
        yield s


def test_a_balance_is_asked_for_and_kept(adam_client: FlaskClient, provider: WebServer) -> None:
    channel_id = create(adam_client, type=36, base_url=provider.url)

    answer = adam_client.get(f"/api/channel/update_balance/{channel_id}").get_json()

    assert answer == {"success": True, "message": "", "balance": 12.5}
    channel = show(adam_client, channel_id)
    assert channel["balance"] == 12.5
    assert channel["balance_updated_time"] > 0


def test_all_balances_are_asked_for_in_the_background(
    adam_client: FlaskClient, provider: WebServer
) -> None:
    channel_id = create(adam_client, type=36, base_url=provider.url)

    answer = adam_client.get("/api/channel/update_balance").get_json()

    assert answer == {"success": True, "message": ""}
    eventually(lambda: show(adam_client, channel_id)["balance"] == 12.5)


@pytest.mark.parametrize(
    ("body", "code"),
    [({"type": 3}, "balance_not_supported"), ({"type": 44}, "upstream_error")],
)
def test_a_balance_that_nobody_tells_is_a_refusal(
    adam_client: FlaskClient, provider: WebServer, body: dict[str, Any], code: str
) -> None:
    channel_id = create(adam_client, base_url=provider.url, **body)

    answer = adam_client.get(f"/api/channel/update_balance/{channel_id}").get_json()

    assert (answer["success"], answer["code"]) == (False, code)


@pytest.fixture(scope="module")
def upstream() -> Iterator[StubUpstream]:
    with running() as server:
        yield server


def test_a_channel_is_tested(adam_client: FlaskClient, upstream: StubUpstream) -> None:
    channel_id = create(adam_client, base_url=upstream.base(text="Hello!"), model_mapping=MAPPED)

    answer = adam_client.get(f"/api/channel/test/{channel_id}?model=none").get_json()

    assert answer == {
        "success": True,
        "message": "Hello!",
        "time": answer["time"],
        "modelName": "none",
        "actualModel": "b",
    }
    assert show(adam_client, channel_id)["test_time"] > 0


def test_a_test_that_fails_says_why(adam_client: FlaskClient, upstream: StubUpstream) -> None:
    channel_id = create(adam_client, base_url=upstream.base(status=401, message="no such key"))

    answer = adam_client.get(f"/api/channel/test/{channel_id}").get_json()

    assert answer == {
        "success": False,
        "message": "The provider refused: 401: no such key",
        "code": "upstream_error",
        "time": 0,
        "modelName": "",
        "actualModel": "a",
    }


def test_a_test_that_cannot_be_made_says_why(adam_client: FlaskClient) -> None:
    channel_id = create(adam_client, models="dall-e-3")

    answer = adam_client.get(f"/api/channel/test/{channel_id}").get_json()

    assert answer["code"] == "test_not_supported"
    assert (answer["time"], answer["modelName"]) == (0, "")


def test_all_channels_are_tested_in_the_background(
    adam_client: FlaskClient, upstream: StubUpstream
) -> None:
    channel_id = create(adam_client, base_url=upstream.base())

    nothing = adam_client.get("/api/channel/test?scope=none").get_json()
    started = adam_client.get("/api/channel/test").get_json()

    assert nothing == started == {"success": True, "message": ""}
    eventually(lambda: not _test_status(adam_client)["running"])
    assert show(adam_client, channel_id)["test_time"] > 0


@pytest.mark.parametrize(
    ("lock", "path", "code"),
    [
        (probe_run.LOCK, "/api/channel/test?scope=all", "channel_test_running"),
        (balance.LOCK, "/api/channel/update_balance", "channel_balance_running"),
    ],
)
def test_what_runs_already_is_not_begun_again(
    adam_client: FlaskClient, lock: str, path: str, code: str
) -> None:
    assert locks.Run.begin(lock) is not None

    assert adam_client.get(path).get_json()["code"] == code


def _test_status(client: FlaskClient) -> dict[str, Any]:
    data: dict[str, Any] = client.get("/api/channel/test/status").get_json()["data"]
    return data


def test_an_upstream_is_asked_which_models_it_offers(adam_client: FlaskClient) -> None:
    with web_server(lambda _: Told(b'{"data": [{"id": "b"}, {"id": "a"}]}')) as server:
        channel_id = create(adam_client, base_url=server.url)
        body = {"type": 14, "key": "k", "base_url": server.url}

        stored = adam_client.get(f"/api/channel/fetch_models/{channel_id}").get_json()
        draft = adam_client.post("/api/channel/fetch_models", json=body).get_json()

    assert stored == draft == {"success": True, "message": "", "data": ["a", "b"]}
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.asked[1].headers["x-api-key"] == "k"


def test_a_provider_without_a_list_is_not_asked(adam_client: FlaskClient) -> None:
    channel_id = create(adam_client, type=3, base_url="https://a.example")

    answer = adam_client.get(f"/api/channel/fetch_models/{channel_id}").get_json()

    assert answer["code"] == "models_not_supported"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/channel/test/0", "record_not_found"),
        ("/api/channel/test/99999999", "record_not_found"),
        ("/api/channel/test/abc", "invalid_parameter"),
        ("/api/channel/update_balance/0", "record_not_found"),
        ("/api/channel/update_balance/abc", "invalid_parameter"),
        ("/api/channel/fetch_models/0", "record_not_found"),
    ],
)
def test_what_names_no_channel_is_refused(adam_client: FlaskClient, path: str, code: str) -> None:
    answer = adam_client.get(path).get_json()

    assert set(answer) == {"success", "message", "code"}
    assert answer["code"] == code


@pytest.mark.parametrize(
    "path",
    ["test/1", "test", "test/status", "update_balance/1", "update_balance", "fetch_models/1"],
)
def test_upstreams_are_asked_by_administrators_only(alice_client: FlaskClient, path: str) -> None:
    assert alice_client.get(f"/api/channel/{path}").get_json()["code"] == "permission_denied"


@pytest.mark.parametrize("path", ["test/1", "test", "update_balance/1", "update_balance"])
def test_other_sites_cannot_make_a_browser_ask(adam_client: FlaskClient, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}

    answer = adam_client.get(f"/api/channel/{path}", headers=headers)

    assert answer.get_json()["code"] == "cross_site_request"
