"""Reservations that nobody will close."""

import gevent
import pytest

from oneapi import resources
from oneapi.billing import sweeper
from oneapi.billing.entries import Payer
from oneapi.billing.hold import Hold
from oneapi.lib import clock
from tests.billing.books import log_of, read_books

pytestmark = pytest.mark.usefixtures("ledger_db")


def test_an_untouched_reservation_is_given_back_after_five_minutes() -> None:
    hold = Hold("a", Payer(1, 1))
    hold.reserve(300)
    now_s = clock.now_s()

    with resources.db.transaction() as session:
        early = sweeper.release_stale(session, now_s=now_s + 200)
    with resources.db.transaction() as session:
        late = sweeper.release_stale(session, now_s=now_s + 400)

    assert (early, late) == (0, 1)
    assert (read_books().quota, read_books().token_left) == (1000, 500)
    hold.settle(120, channel_id=1, log=log_of(120))
    assert (read_books().quota, read_books().token_left, read_books().rows) == (880, 380, 1)


def test_a_touched_reservation_lives_on() -> None:
    hold = Hold("a", Payer(1, 1))
    hold.reserve(300)
    now_s = clock.now_s()

    with resources.db.transaction() as session:
        sweeper.touch(session, ["a"], now_s=now_s + 300)
        released = sweeper.release_stale(session, now_s=now_s + 400)

    assert released == 0
    hold.close()


def test_a_node_that_starts_gives_back_what_its_former_workers_held() -> None:
    Hold("a", Payer(1, 1)).reserve(300)

    with resources.db.transaction() as session:
        foreign = sweeper.release_owned_by(session, "node-2")
        own = sweeper.release_owned_by(session, "node-1")

    assert (foreign, own) == (0, 1)
    assert read_books().quota == 1000


def test_what_is_a_day_old_is_forgotten() -> None:
    Hold("a", Payer(1, 1)).reserve(300)
    now_s = clock.now_s()

    with resources.db.transaction() as session:
        sweeper.release_owned_by(session, "node-1")
        sweeper.forget_old(session, now_s=now_s + 90_000)

    assert read_books().reserved_rows == 0


def test_what_is_held_by_many_calls_goes_back_to_each_payer() -> None:
    for number in range(3):
        Hold(f"a{number}", Payer(1, 1)).reserve(100)
        Hold(f"b{number}", Payer(1, 2, token_limited=False)).reserve(50)

    with resources.db.transaction() as session:
        released = sweeper.release_owned_by(session, "node-1")

    assert released == 6
    assert (read_books().quota, read_books().token_left) == (1000, 500)


def test_a_released_reservation_is_not_released_again() -> None:
    Hold("a", Payer(1, 1)).reserve(300)

    with resources.db.transaction() as session:
        sweeper.release_owned_by(session, "node-1")
        again = sweeper.release_owned_by(session, "node-1")

    assert again == 0
    assert read_books().quota == 1000


def test_sweeping_beside_settlements_leaves_the_books_right() -> None:
    """On servers both take the same rows at once."""
    holds = [Hold(f"r{number}", Payer(1, 1)) for number in range(40)]
    for hold in holds:
        hold.reserve(10)

    def sweep() -> None:
        with resources.db.transaction() as session:
            sweeper.release_owned_by(session, "node-1")

    def settle(hold: Hold) -> None:
        hold.settle(5, channel_id=1, log=log_of(5))

    sweeping = gevent.spawn(sweep)
    gevent.joinall([gevent.spawn(settle, hold) for hold in holds], raise_error=True)
    sweeping.get()

    books = read_books()
    assert (books.quota, books.token_left, books.logged) == (800, 300, 200)
    assert books.reserved_rows == 0
