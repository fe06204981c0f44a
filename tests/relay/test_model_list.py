from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from oneapi.channels.draft import ChannelDraft
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.relay import model_list
from tests.support.web_server import Asked, Told, WebServer, web_server

KEY = "sk-planted-secret-of-the-channel"
ANSWERS = {
    "/v1/models": {"data": [{"id": "b"}, {"id": "a"}, {"id": "a"}]},
    "/v1beta/models": {"models": [{"name": "models/gemini-b"}, {"name": "models/gemini-a"}]},
    "/api/tags": {"models": [{"name": "llama3:latest"}]},
    "/odd/v1/models": {"data": "none"},
}


def answer(asked: Asked) -> Told:
    path = asked.path.partition("?")[0]
    if path == "/moved/v1/models":
        return Told(status=302, headers={"Location": "/v1/models"})
    if path in ANSWERS:
        return Told(orjson.dumps(ANSWERS[path]))
    return Told(orjson.dumps({"error": {"message": f"wrong key {KEY}"}}), status=401)


@pytest.fixture
def upstream() -> Iterator[WebServer]:
    with web_server(answer) as running:
        yield running


def names(base_url: str, **body: Any) -> list[str]:
    members = {"type": 1, "key": KEY, "base_url": base_url, **body}
    return model_list.of_draft(ChannelDraft.from_json(members).given)


@pytest.mark.parametrize(
    ("number", "found", "header"),
    [
        (1, ["a", "b"], ("authorization", f"Bearer {KEY}")),
        (14, ["a", "b"], ("x-api-key", KEY)),
        (24, ["gemini-a", "gemini-b"], ("x-goog-api-key", KEY)),
        (30, ["llama3:latest"], ("authorization", f"Bearer {KEY}")),
    ],
)
def test_each_dialect_is_asked_in_its_way(
    db: Database, upstream: WebServer, number: int, found: list[str], header: tuple[str, str]
) -> None:
    assert names(upstream.url, type=number) == found

    (asked,) = upstream.asked
    assert asked.method == "GET"
    assert header in asked.headers.items()


def test_the_first_of_several_keys_is_used(db: Database, upstream: WebServer) -> None:
    names(upstream.url, key="\nsk-first\nsk-second")

    assert upstream.asked[0].headers["authorization"] == "Bearer sk-first"


def test_a_config_may_name_the_version(db: Database, upstream: WebServer) -> None:
    assert names(upstream.url, type=24, config='{"api_version": "v1beta"}')


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nowhere", "401: wrong key ***"),
        ("/moved", "302: "),
        ("/odd", "502: the answer is no list of models"),
    ],
)
def test_an_upstream_that_lists_nothing_is_a_refusal(
    db: Database, upstream: WebServer, path: str, reason: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        names(upstream.url + path)

    assert refusal.value.code == "upstream_error"
    assert str(refusal.value.facts["reason"]).startswith(reason)
    assert len(upstream.asked) == 1


@pytest.mark.parametrize(
    ("number", "base_url"), [(3, "https://a.example"), (43, "https://a.example"), (50, "")]
)
def test_some_have_no_list(db: Database, number: int, base_url: str) -> None:
    with pytest.raises(Refusal, match="models_not_supported"):
        names(base_url, type=number)
