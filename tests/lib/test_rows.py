from pathlib import Path

import gevent
import pytest
from gevent.event import Event
from sqlalchemy import select

from oneapi import startup
from oneapi.factory import create_app
from oneapi.lib import dsn
from oneapi.lib.database import Database
from oneapi.lib.rows import get_or_add
from oneapi.models.own import Revision
from oneapi.resources import db as bound
from tests.support import servers


def test_a_missing_row_is_added(db: Database) -> None:
    with db.transaction() as session:
        row = get_or_add(session, Revision(name="test", value=5, updated_at=0))
        row.value += 1

    with db.reading() as session:
        assert session.get_one(Revision, "test").value == 6


def test_a_row_that_is_there_stays_as_it_is(db: Database) -> None:
    with db.transaction() as session:
        session.add(Revision(name="test", value=5, updated_at=0))

    with db.transaction() as session:
        assert get_or_add(session, Revision(name="test", value=0, updated_at=0)).value == 5


@pytest.mark.parametrize("kind", [dsn.MYSQL, dsn.POSTGRESQL])
def test_who_adds_a_row_does_not_wait_for_who_adds_another(kind: str, tmp_path: Path) -> None:
    settings = servers.settings_on(kind, tmp_path)
    startup.prepare(settings)
    create_app(settings)
    looked = {"a": Event(), "b": Event()}

    def add(own: str, other: str) -> None:
        with bound.transaction() as session:
            session.get(Revision, own, with_for_update=True)
            looked[own].set()
            looked[other].wait()
            get_or_add(session, Revision(name=own, value=0, updated_at=0))

    gevent.joinall([gevent.spawn(add, "a", "b"), gevent.spawn(add, "b", "a")], raise_error=True)

    with bound.reading() as session:
        assert set(session.scalars(select(Revision.name))) >= {"a", "b"}
    bound.engine.dispose()
