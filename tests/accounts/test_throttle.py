import pytest
from sqlalchemy import func, select

from oneapi.accounts import throttle
from oneapi.accounts.throttle import FREE_FAILURES, WINDOW_S
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.own import LoginFailure

SUBJECT = throttle.subject_of("id:1", "198.51.100.1")
NOW_S = 1_700_000_000


def fail(db: Database, times: int, *, now_s: int = NOW_S) -> None:
    for _ in range(times):
        with db.transaction() as session:
            throttle.count_failure(session, SUBJECT, now_s=now_s)


def wait_of(db: Database, *, now_s: int) -> int:
    """Seconds that the pair still has to wait; 0 if it need not."""
    try:
        with db.reading() as session:
            throttle.check(session, SUBJECT, now_s=now_s)
    except Refusal as refusal:
        return refusal.retry_after_s or 0
    return 0


def test_four_failures_are_free(db: Database) -> None:
    fail(db, FREE_FAILURES - 1)

    assert wait_of(db, now_s=NOW_S) == 0


def test_the_fifth_failure_costs_a_minute(db: Database) -> None:
    fail(db, FREE_FAILURES)

    assert wait_of(db, now_s=NOW_S) == 60
    assert wait_of(db, now_s=NOW_S + 59) == 1
    assert wait_of(db, now_s=NOW_S + 60) == 0


def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(db: Database) -> None:
    fail(db, FREE_FAILURES)
    now_s, waits = NOW_S, []
    for _ in range(6):
        now_s += wait_of(db, now_s=now_s)
        fail(db, 1, now_s=now_s)
        waits.append(wait_of(db, now_s=now_s))

    assert waits == [120, 240, 480, 900, 900, 900]


def test_failures_of_long_ago_do_not_count(db: Database) -> None:
    fail(db, FREE_FAILURES - 1)

    fail(db, 1, now_s=NOW_S + WINDOW_S + 1)

    assert wait_of(db, now_s=NOW_S + WINDOW_S + 1) == 0


def test_a_success_clears_it(db: Database) -> None:
    fail(db, FREE_FAILURES)

    with db.transaction() as session:
        throttle.clear(session, SUBJECT)

    assert wait_of(db, now_s=NOW_S) == 0


def test_another_address_does_not_wait(db: Database) -> None:
    fail(db, FREE_FAILURES)

    with db.reading() as session:
        throttle.check(session, throttle.subject_of("id:1", "198.51.100.2"), now_s=NOW_S)


def test_the_table_names_nobody(db: Database) -> None:
    fail(db, 1)

    with db.reading() as session:
        subject = session.scalars(select(LoginFailure.subject)).one()

    assert len(subject) == 64
    assert "198" not in subject


@pytest.mark.parametrize(("later_s", "left"), [(WINDOW_S, 1), (WINDOW_S + 1, 0)])
def test_rows_that_no_longer_count_are_deleted(db: Database, later_s: int, left: int) -> None:
    fail(db, 1)

    with db.transaction() as session:
        throttle.delete_old(session, now_s=NOW_S + later_s)

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(LoginFailure)) == left
