"""A call inside the process: what it asks the database, and what becomes of a bug."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from oneapi.channels import store
from oneapi.channels.draft import ChannelDraft
from oneapi.lib.database import Database
from oneapi.lib.sse import Event
from oneapi.models.log import Log
from oneapi.models.own import Reservation
from oneapi.models.token import Token
from oneapi.models.user import User
from oneapi.providers.adaptors.openai import OpenAIAdaptor
from oneapi.web_app import WebApp
from oneapi.wire.answers import Chunk
from tests.support.gateway import MODEL, chat_body
from tests.support.people import Person
from tests.support.upstream import StubUpstream, running

KEY = "k" * 48
BALANCE = 1_000_000


@pytest.fixture(scope="module")
def upstream() -> Iterator[StubUpstream]:
    with running() as server:
        yield server


@pytest.fixture
def caller(client: FlaskClient, db: Database, alice: Person, upstream: StubUpstream) -> FlaskClient:
    """A client whose key is alice's, with one channel."""
    body = {
        "type": 1,
        "key": "k",
        "models": MODEL,
        "group": "default",
        "base_url": upstream.base(tag="v1", interval=0.02),
    }
    with db.transaction() as session:
        store.create(session, ChannelDraft.from_json(body), now_s=1)
        session.add(Token(user_id=alice.id, key=KEY, name="t", unlimited_quota=True))
        session.get_one(User, alice.id).quota = BALANCE
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer sk-{KEY}"
    return client


def balance(db: Database, person: Person) -> int | None:
    with db.reading() as session:
        return session.get_one(User, person.id).quota


def test_a_warm_call_asks_the_database_nothing_but_the_ledger(
    caller: FlaskClient, db: Database
) -> None:
    statements: list[str] = []
    caller.post("/v1/chat/completions", json=chat_body())

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(*facts: Any) -> None:
        statements.append(facts[2])

    answer = caller.post("/v1/chat/completions", json=chat_body())

    assert answer.status_code == 200
    assert statements == []


def test_a_bug_is_500_in_form_and_costs_nothing(
    caller: FlaskClient, db: Database, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("the secret of this bug")

    monkeypatch.setattr(OpenAIAdaptor, "read_reply", broken)

    answer = caller.post("/v1/chat/completions", json=chat_body())

    error = answer.get_json()["error"]
    assert (answer.status_code, error["type"]) == (500, "one_api_panic")
    assert "secret" not in answer.text
    assert balance(db, alice) == BALANCE
    with db.reading() as session:
        assert session.scalars(select(Reservation)).all() == []


class Broken:
    """Reads a stream whose second event it cannot take."""

    finished = False

    def __init__(self) -> None:
        self.heard = 0

    def feed(self, event: Event) -> tuple[Chunk, ...]:
        self.heard += 1
        if self.heard > 1:
            raise ZeroDivisionError("the secret of this bug")
        return (Chunk(wire=event.data, text="hello"),)


def test_a_bug_in_a_stream_ends_it_with_an_error_event(
    caller: FlaskClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenAIAdaptor, "open_stream", lambda *_: Broken())

    answer = caller.post("/v1/chat/completions", json=chat_body(stream=True))

    *_, last, _ = answer.text.split("\n\n")
    assert answer.status_code == 200
    assert json.loads(last.removeprefix("data: "))["error"]["type"] == "one_api_panic"
    assert "secret" not in answer.text
    with db.reading() as session:
        assert session.scalars(select(Reservation)).all() == []
        assert json.loads(session.scalars(select(Log.other)).one() or "")["ended"] == (
            "upstream_broken"
        )


def test_the_data_plane_sets_no_cookie(caller: FlaskClient) -> None:
    answer = caller.post("/v1/chat/completions", json=chat_body())

    assert "Set-Cookie" not in answer.headers


def test_a_texts_language_follows_the_client(client: FlaskClient, app: WebApp) -> None:
    texts = {
        language: client.post(
            "/v1/chat/completions", json={}, headers={"Accept-Language": language}
        ).get_json()["error"]["message"]
        for language in ("en", "zh-CN", "fr")
    }

    assert texts["en"] != texts["zh-CN"]
    assert texts["fr"].split(" (request id")[0] == texts["en"].split(" (request id")[0]
