import pytest
from gevent.event import Event

from oneapi import locks
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.locks import Run
from tests.support.books import eventually

NOW = 1_740_000_000


def test_a_lock_has_one_holder_until_it_expires(db: Database) -> None:
    with db.transaction() as session:
        assert locks.acquire(session, "work", owner="a", now_s=NOW, for_s=60)
        assert not locks.acquire(session, "work", owner="b", now_s=NOW + 59, for_s=60)
        assert locks.acquire(session, "work", owner="b", now_s=NOW + 60, for_s=60)
        assert not locks.renew(session, "work", owner="a", now_s=NOW + 61, for_s=60)


def test_locks_of_different_names_do_not_meet(db: Database) -> None:
    with db.transaction() as session:
        assert locks.acquire(session, "one", owner="a", now_s=NOW, for_s=60)
        assert locks.acquire(session, "two", owner="b", now_s=NOW, for_s=60)


def test_a_released_lock_is_free(db: Database) -> None:
    with db.transaction() as session:
        locks.acquire(session, "work", owner="a", now_s=NOW, for_s=60)
        locks.release(session, "work", owner="b")
        assert not locks.acquire(session, "work", owner="b", now_s=NOW, for_s=60)

        locks.release(session, "work", owner="a")

        assert locks.acquire(session, "work", owner="b", now_s=NOW, for_s=60)


def test_everybody_sees_how_far_the_holder_is(db: Database) -> None:
    with db.transaction() as session:
        assert locks.progress_of(session, "work", now_s=NOW) is None

        locks.acquire(session, "work", owner="a", now_s=NOW, for_s=60)
        assert locks.progress_of(session, "work", now_s=NOW) == {}

        locks.renew(session, "work", owner="a", now_s=NOW, for_s=60, progress={"done": 3})
        assert locks.progress_of(session, "work", now_s=NOW) == {"done": 3}
        assert locks.progress_of(session, "work", now_s=NOW + 60) is None


def test_a_new_holder_begins_without_the_progress_of_the_last(db: Database) -> None:
    with db.transaction() as session:
        locks.acquire(session, "work", owner="a", now_s=NOW, for_s=60)
        locks.renew(session, "work", owner="a", now_s=NOW, for_s=60, progress={"done": 3})

        locks.acquire(session, "work", owner="b", now_s=NOW + 60, for_s=60)

        assert locks.progress_of(session, "work", now_s=NOW + 60) == {}


def test_two_runs_of_one_process_exclude_each_other(db: Database) -> None:
    first = Run.begin("work")

    assert first is not None
    assert Run.begin("work") is None
    assert first.tell({"done": 1})
    first.end()
    assert Run.begin("work") is not None
    assert not first.tell({"done": 2})


def test_work_in_the_background_frees_its_lock_and_refuses_company(db: Database) -> None:
    begun, goes_on = Event(), Event()
    told: list[bool] = []

    def work(run: Run) -> None:
        begun.set()
        goes_on.wait()
        told.append(run.tell({"done": 1}))

    locks.start("work", work, busy="work_is_running")
    begun.wait()
    with pytest.raises(Refusal, match="work_is_running"):
        locks.start("work", work, busy="work_is_running")
    goes_on.set()

    eventually(lambda: Run.begin("work") is not None)
    assert told == [True]
