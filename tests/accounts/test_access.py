"""How a key becomes a caller while many ask at once, and while the database is in trouble."""

from collections.abc import Iterator
from contextlib import contextmanager

import gevent
import pytest
from sqlalchemy.orm import Session

from oneapi.accounts import access
from oneapi.errors import DatabaseUnavailable, Refusal
from oneapi.lib.database import Database
from oneapi.models.token import Token
from tests.accounts.test_tokens import create
from tests.support.people import Person


@pytest.fixture
def key(db: Database, alice: Person) -> str:
    """A key of alice that nobody has used yet."""
    token_id = create(db, alice, name="t", unlimited_quota=True)
    with db.reading() as session:
        found = session.get_one(Token, token_id).key
    assert found is not None
    return found


def ask(key: str) -> int:
    return access.authenticate(key, client_address="127.0.0.1").token_id


def test_many_calls_with_one_key_read_it_once(
    db: Database, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, reads = db.reading, []

    @contextmanager
    def counted(**limits: float) -> Iterator[Session]:
        reads.append(1)
        gevent.sleep(0)
        with real(**limits) as session:
            yield session

    monkeypatch.setattr(db, "reading", counted)
    calls = [gevent.spawn(ask, key) for _ in range(20)]
    gevent.joinall(calls, raise_error=True)

    assert len({call.get() for call in calls}) == 1
    assert len(reads) == 1


def test_many_calls_with_one_key_wait_for_a_silent_database_together(
    db: Database, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def silent(**_limits: float) -> None:
        tries.append(1)
        gevent.sleep(0)
        raise DatabaseUnavailable("the database did not answer in time")

    with monkeypatch.context() as away:
        away.setattr(db, "reading", silent)
        calls = [gevent.spawn(ask, key) for _ in range(20)]
        gevent.joinall(calls)

    assert {type(call.exception) for call in calls} == {DatabaseUnavailable}
    assert len(tries) == 1
    assert ask(key)


def test_a_reader_that_is_ended_takes_nobody_with_it(
    db: Database, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as slow:
        slow.setattr(db, "reading", lambda **_limits: gevent.sleep(60))
        first = gevent.spawn(ask, key)
        gevent.sleep(0)
        second = gevent.spawn(ask, key)
        gevent.sleep(0)
        first.kill()
        second.join(5)

    assert isinstance(second.exception, DatabaseUnavailable)
    assert ask(key)


def test_an_unknown_key_is_remembered_as_such(db: Database) -> None:
    for _ in range(2):
        with pytest.raises(Refusal) as refused:
            ask("nobody")
        assert refused.value.code == "invalid_api_key"
