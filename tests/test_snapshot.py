from collections.abc import Iterator
from contextlib import contextmanager

import gevent
import pytest
from gevent.event import Event
from prometheus_client import REGISTRY
from sqlalchemy.orm import Session

from oneapi import revision, snapshot
from oneapi.channels import store
from oneapi.channels.draft import ChannelDraft
from oneapi.errors import DatabaseUnavailable
from oneapi.lib.database import Database
from oneapi.models.channel import Channel
from oneapi.models.own import Revision


def add_channel(db: Database, models: str) -> None:
    body = {"type": 1, "key": "k", "models": models, "group": "default"}
    with db.transaction() as session:
        store.create(session, ChannelDraft.from_json(body), now_s=1)
        revision.bump(session)


def models() -> list[str]:
    return snapshot.current().models_of("default")


def test_a_change_is_in_the_next_snapshot_taken(db: Database) -> None:
    snapshot.current()

    add_channel(db, " a , b ,")

    assert models() == ["a", "b"]


def test_a_snapshot_that_was_taken_never_changes(db: Database) -> None:
    before = snapshot.current()

    add_channel(db, "a")

    assert before.models_of("default") == []


def test_a_change_while_another_reads_is_not_missed(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two calls arrive during a change: neither may go on with the old state afterwards."""
    has_read, may_end = Event(), Event()
    real = db.reading

    @contextmanager
    def slow(**limits: float) -> Iterator[Session]:
        with real(**limits) as session:
            yield session
            has_read.set()
            may_end.wait(5)

    snapshot.mark_stale()
    monkeypatch.setattr(db, "reading", slow)
    builder = gevent.spawn(snapshot.current)
    assert has_read.wait(5)

    add_channel(db, "late")
    later = gevent.spawn(models)
    gevent.sleep(0)
    may_end.set()

    assert later.get(timeout=5) == ["late"]
    assert builder.get(timeout=5).models_of("default") == []


def test_the_last_state_stays_in_force_while_the_database_is_away(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_channel(db, "a")
    assert models() == ["a"]

    monkeypatch.setattr(db, "reading", away)
    snapshot.mark_stale()

    assert models() == ["a"]


def away(**_limits: float) -> None:
    raise DatabaseUnavailable("gone")


def test_it_comes_back_with_the_database(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "_FAILED_REST_S", 0)
    snapshot.current()
    with monkeypatch.context() as broken:
        broken.setattr(db, "reading", away)
        add_channel(db, "a")
        assert models() == []

    assert models() == ["a"]


def test_calls_do_not_queue_up_for_a_database_that_fails(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def noted(**_limits: float) -> None:
        tries.append(1)
        gevent.sleep(0)
        raise DatabaseUnavailable("gone")

    snapshot.current()
    monkeypatch.setattr(db, "reading", noted)
    snapshot.mark_stale()

    gevent.joinall([gevent.spawn(models) for _ in range(20)], raise_error=True)

    assert len(tries) == 1


def test_somebody_elses_change_is_seen_by_the_revision(db: Database) -> None:
    snapshot.current()
    with Session(db.engine) as session, session.begin():
        session.add(Channel(type=1, status=1, models="other", group="default"))
        session.merge(Revision(name=revision.CONFIG, value=99, updated_at=1))
    unnoticed = models()

    snapshot.refresh_if_moved()

    assert (unnoticed, models()) == ([], ["other"])


def test_the_revision_in_force_is_a_metric(db: Database) -> None:
    add_channel(db, "a")

    taken = snapshot.current()

    assert taken.revision > 0
    assert REGISTRY.get_sample_value("oneapi_configuration_revision") == taken.revision
