import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from oneapi import locks, options
from oneapi.channels import store
from oneapi.channels.draft import ChannelDraft
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.channel import Channel
from oneapi.models.log import Log
from oneapi.models.own import ChannelExtra
from oneapi.notify.outbox import outbox
from oneapi.relay import probe_run
from oneapi.relay.probe_run import Scope
from tests.support.books import eventually
from tests.support.pusher import pusher
from tests.support.upstream import StubUpstream, running


@pytest.fixture(scope="module")
def upstream() -> Iterator[StubUpstream]:
    with running() as server:
        yield server


def add(db: Database, base_url: str, **body: Any) -> int:
    members = {"type": 1, "key": "sk-1", "models": "a,b", "base_url": base_url, **body}
    with db.transaction() as session:
        return store.create(session, ChannelDraft.from_json(members), now_s=0)[0].id


def run_through(scope: Scope = Scope.ALL, *, announces: bool = False) -> None:
    run = locks.Run.begin(probe_run.LOCK)
    assert run is not None
    probe_run.run_all(scope, run, announces=announces)


def set_option(db: Database, key: str, value: object) -> None:
    with db.transaction() as session:
        options.update(session, key, value)


@contextmanager
def pushes(db: Database) -> Iterator[Callable[[], list[str]]]:
    """Set up a message pusher; gives a function that returns the titles it was told."""
    with pusher() as server:
        set_option(db, "MessagePusherAddress", server.url)
        yield lambda: [json.loads(asked.body)["title"] for asked in server.asked]
        outbox.drain(5)


def status_of(db: Database, channel_id: int) -> int | None:
    with db.reading() as session:
        return session.get_one(Channel, channel_id).status


def channels_asked(db: Database) -> set[int | None]:
    with db.reading() as session:
        return set(session.scalars(select(Log.channel_id).where(Log.type == 5)))


def disable(db: Database, channel_id: int, model: str = "") -> None:
    with db.transaction() as session:
        store.set_automatic_status(session, channel_id, enabled=False, reason="x", model=model)


def test_a_run_tests_every_channel(db: Database, upstream: StubUpstream) -> None:
    ids = {add(db, upstream.base(), status=status) for status in (1, 2, 3)}

    run_through()

    assert channels_asked(db) == ids
    assert probe_run.status() == {
        "running": True,
        "done": 3,
        "total": 3,
        "failed": 0,
        "started_at": probe_run.status()["started_at"],
    }


def test_a_run_may_test_the_disabled_ones_only(db: Database, upstream: StubUpstream) -> None:
    add(db, upstream.base())
    off = {add(db, upstream.base(), status=status) for status in (2, 3)}

    run_through(Scope.DISABLED)

    assert channels_asked(db) == off


def test_what_fails_and_what_is_not_tested_is_counted_apart(
    db: Database, upstream: StubUpstream
) -> None:
    bad = add(db, upstream.base(status=500))
    add(db, upstream.base(), models="dall-e-3")

    run_through()

    found = probe_run.status()
    assert (found["done"], found["failed"]) == (2, 1)
    with db.reading() as session:
        channel = session.get_one(Channel, bad)
        assert channel.status == 1
        assert channel.test_time


@pytest.mark.parametrize(("allowed", "status"), [(True, 3), (False, 1)])
def test_a_dead_key_switches_a_channel_off_if_the_options_say_so(
    db: Database, upstream: StubUpstream, *, allowed: bool, status: int
) -> None:
    set_option(db, "AutomaticDisableChannelEnabled", allowed)
    channel_id = add(db, upstream.base(status=401))

    run_through()

    assert status_of(db, channel_id) == status


def test_a_slow_channel_is_switched_off(db: Database, upstream: StubUpstream) -> None:
    set_option(db, "AutomaticDisableChannelEnabled", value=True)
    set_option(db, "ChannelDisableThreshold", 0.05)
    slow = add(db, upstream.base(delay=0.1))
    off = add(db, upstream.base(delay=0.1), status=2)

    run_through()

    assert status_of(db, slow) == 3
    assert status_of(db, off) == 2
    with db.reading() as session:
        reason = session.get_one(ChannelExtra, slow).disabled_reason or ""
        assert reason.startswith("response_time ")
        assert reason.endswith("> 0.05 s")


def test_a_channel_comes_back_with_the_model_that_switched_it_off(
    db: Database, upstream: StubUpstream
) -> None:
    set_option(db, "AutomaticEnableChannelEnabled", value=True)
    channel_id = add(db, upstream.base(tag="back"))
    disable(db, channel_id, model="b")

    run_through()

    assert upstream.last("back").json["model"] == "b"
    assert status_of(db, channel_id) == 1


def test_root_hears_of_what_a_run_changed(db: Database, upstream: StubUpstream) -> None:
    for key in ("AutomaticDisableChannelEnabled", "AutomaticEnableChannelEnabled"):
        set_option(db, key, value=True)
    add(db, upstream.base(status=401), name="dead")
    disable(db, add(db, upstream.base(), name="well again"))
    add(db, upstream.base(), name="fine")

    with pushes(db) as titles:
        run_through()

        eventually(lambda: len(titles()) >= 2)
        assert sorted(titles()) == [
            "Channel “dead” (#1) was disabled",
            "Channel “well again” (#2) is back",
        ]


def test_a_slow_channel_that_stays_on_is_told(db: Database, upstream: StubUpstream) -> None:
    set_option(db, "ChannelDisableThreshold", 0.05)
    channel_id = add(db, upstream.base(delay=0.1), name="slow")

    with pushes(db) as titles:
        run_through()

        eventually(lambda: bool(titles()))
        assert titles() == ["Channel “slow” (#1) is slow"]
    assert status_of(db, channel_id) == 1


def test_a_run_that_somebody_asked_for_tells_its_end(db: Database, upstream: StubUpstream) -> None:
    add(db, upstream.base())
    add(db, upstream.base(status=500))

    with pushes(db) as titles:
        run_through(announces=True)

        eventually(lambda: bool(titles()))
        assert titles() == ["The test of the channels is over"]


def test_what_a_person_disabled_does_not_come_back(db: Database, upstream: StubUpstream) -> None:
    set_option(db, "AutomaticEnableChannelEnabled", value=True)
    channel_id = add(db, upstream.base(), status=2)

    run_through()

    assert status_of(db, channel_id) == 2


def test_channels_come_back_only_if_the_options_say_so(
    db: Database, upstream: StubUpstream
) -> None:
    channel_id = add(db, upstream.base())
    disable(db, channel_id)

    run_through()

    assert status_of(db, channel_id) == 3


def test_a_run_goes_on_in_the_background(db: Database, upstream: StubUpstream) -> None:
    channel_id = add(db, upstream.base())

    probe_run.start(Scope.ALL)

    eventually(lambda: not probe_run.status()["running"])
    assert channels_asked(db) == {channel_id}


def test_one_run_is_enough(db: Database) -> None:
    assert locks.Run.begin(probe_run.LOCK) is not None

    with pytest.raises(Refusal, match="channel_test_running"):
        probe_run.start(Scope.ALL)

    assert probe_run.status()["running"]


def test_a_run_without_its_lock_stops(db: Database, upstream: StubUpstream) -> None:
    ids = [add(db, upstream.base()) for _ in range(20)]
    run = locks.Run.begin(probe_run.LOCK)
    assert run is not None
    run.end()

    probe_run.run_all(Scope.ALL, run)

    assert len(channels_asked(db)) < len(ids)


def test_nothing_runs_at_first(db: Database) -> None:
    assert probe_run.status() == {
        "running": False,
        "done": 0,
        "total": 0,
        "failed": 0,
        "started_at": 0,
    }
