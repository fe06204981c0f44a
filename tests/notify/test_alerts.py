import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from oneapi import options, resources
from oneapi.lib.database import Database
from oneapi.notify import alerts
from oneapi.notify.letters import Named
from oneapi.notify.outbox import outbox
from tests.support.pusher import pusher
from tests.support.web_server import WebServer


@pytest.fixture
def root_hears(db: Database) -> Iterator[WebServer]:
    with pusher() as server:
        with db.transaction() as session:
            options.update(session, "MessagePusherAddress", server.url)
        yield server


def titles(server: WebServer) -> list[str]:
    outbox.drain(10)
    return [json.loads(asked.body)["title"] for asked in server.asked]


def test_a_channel_that_stays_slow_is_told_once_a_day(root_hears: WebServer) -> None:
    for number in (1, 2, 1, 1):
        alerts.channel_slow(Named(number, "c"), reason="response_time 7.00 s > 5.00 s")

    assert titles(root_hears) == ["Channel “c” (#1) is slow", "Channel “c” (#2) is slow"]


def test_root_reads_the_language_of_the_system(root_hears: WebServer) -> None:
    resources.bind_settings(replace(resources.settings, default_language="zh"))

    alerts.channel_enabled(Named(1, "主"))

    assert titles(root_hears) == ["渠道「主」（#1）已恢复"]
