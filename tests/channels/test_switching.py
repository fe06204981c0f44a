import json
from collections.abc import Iterator

import gevent
import pytest

from oneapi import options
from oneapi.channels import store, switching
from oneapi.channels.draft import ChannelDraft
from oneapi.channels.switching import Cause
from oneapi.lib.database import Database
from oneapi.models.channel import Channel
from oneapi.models.own import ChannelExtra
from oneapi.notify.outbox import outbox
from tests.support.pusher import pusher
from tests.support.web_server import WebServer

DEAD_KEY = Cause(reason="upstream_credential", model="m", answer="401 invalid_api_key")


@pytest.fixture
def root_hears(db: Database) -> Iterator[WebServer]:
    with pusher() as server:
        with db.transaction() as session:
            options.update(session, "MessagePusherAddress", server.url)
        yield server


@pytest.fixture
def channel_id(db: Database) -> int:
    body = {"type": 1, "name": "main <1>", "key": "sk-1", "models": "m"}
    with db.transaction() as session:
        return store.create(session, ChannelDraft.from_json(body), now_s=0)[0].id


def letters(server: WebServer) -> list[dict[str, str]]:
    outbox.drain(10)
    return [json.loads(asked.body) for asked in server.asked]


def status_of(db: Database, channel_id: int) -> int | None:
    with db.reading() as session:
        return session.get_one(Channel, channel_id).status


def test_root_hears_which_channel_was_switched_off_and_why(
    db: Database, channel_id: int, root_hears: WebServer
) -> None:
    switching.switch_off(channel_id, DEAD_KEY)

    (letter,) = letters(root_hears)
    assert letter["title"] == f"Channel “main <1>” (#{channel_id}) was disabled"
    assert "does not accept the key" in letter["description"]
    assert "401 invalid_api_key" in letter["description"]
    assert "main &lt;1&gt;" in letter["content"]
    assert status_of(db, channel_id) == 3
    with db.reading() as session:
        assert session.get_one(ChannelExtra, channel_id).disabled_model == "m"


def test_many_failures_at_once_make_one_letter(
    db: Database, channel_id: int, root_hears: WebServer
) -> None:
    at_once = [gevent.spawn(switching.switch_off, channel_id, DEAD_KEY) for _ in range(20)]

    gevent.joinall(at_once, raise_error=True)

    assert len(letters(root_hears)) == 1


def test_each_change_is_told(db: Database, channel_id: int, root_hears: WebServer) -> None:
    for _ in range(2):
        switching.switch_off(channel_id, DEAD_KEY)
        switching.switch_on(channel_id)
        switching.switch_on(channel_id)

    off, on = (f"Channel “main <1>” (#{channel_id}) {word}" for word in ("was disabled", "is back"))
    assert [letter["title"] for letter in letters(root_hears)] == [off, on, off, on]
    assert status_of(db, channel_id) == 1


def test_what_a_person_disabled_is_nobodys_news(
    db: Database, channel_id: int, root_hears: WebServer
) -> None:
    with db.transaction() as session:
        session.get_one(Channel, channel_id).status = 2

    switching.switch_off(channel_id, DEAD_KEY)
    switching.switch_on(channel_id)

    assert letters(root_hears) == []
    assert status_of(db, channel_id) == 2


def test_a_channel_that_is_gone_is_no_news(db: Database, root_hears: WebServer) -> None:
    switching.switch_off(99, DEAD_KEY)

    assert letters(root_hears) == []
