"""Holds of many calls at once, through the writer of this process."""

import gevent
import pytest

from oneapi.billing import hold as hold_module
from oneapi.billing.entries import Payer
from oneapi.billing.hold import Hold
from oneapi.errors import Refusal
from tests.billing.books import log_of, read_books
from tests.support.books import eventually

pytestmark = pytest.mark.usefixtures("ledger_db")
UNLIMITED = Payer(1, 2, token_limited=False)


def call(number: int, *, holds: int, costs: int, payer: Payer = UNLIMITED) -> bool:
    """Make one call; say whether it was served."""
    try:
        with Hold(f"call-{number}", payer) as hold:
            hold.reserve(holds)
            hold.settle(costs, channel_id=1, log=log_of(costs))
    except Refusal:
        return False
    return True


def test_a_hundred_calls_are_served_on_quota_for_a_hundred() -> None:
    calls = [gevent.spawn(call, number, holds=10, costs=10) for number in range(400)]

    gevent.joinall(calls)

    books = read_books()
    assert [found.value for found in calls].count(True) == 100
    assert (books.quota, books.logged, books.rows, books.reserved_rows) == (0, 1000, 100, 0)


def test_calls_that_are_affordable_together_do_not_refuse_each_other() -> None:
    calls = [gevent.spawn(call, number, holds=400, costs=10) for number in range(50)]

    gevent.joinall(calls)

    assert all(found.value for found in calls)
    assert read_books().quota == 500


def test_a_hold_that_was_not_settled_gives_everything_back() -> None:
    with Hold("a", Payer(1, 1)) as hold:
        hold.reserve(300)

    books = read_books()
    assert (books.quota, books.token_left, books.reserved_rows, books.rows) == (1000, 500, 0, 0)


def test_a_hold_closes_once() -> None:
    hold = Hold("a", Payer(1, 1))
    hold.reserve(300)

    hold.settle(20, channel_id=1, log=log_of(20))
    hold.settle(20, channel_id=1, log=log_of(20))
    hold.close()

    assert (read_books().quota, read_books().rows) == (980, 1)


@pytest.mark.parametrize(
    ("payer", "amount", "code"),
    [
        (UNLIMITED, 1001, "insufficient_user_quota"),
        (Payer(1, 1), 501, "pre_consume_token_quota_failed"),
    ],
)
def test_a_refusal_says_which_of_the_two_is_short(payer: Payer, amount: int, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        Hold("a", payer).reserve(amount)

    assert (refusal.value.code, refusal.value.status) == (code, 403)


def test_a_free_call_holds_nothing_and_is_counted() -> None:
    assert call(1, holds=0, costs=0)

    books = read_books()
    assert (books.quota, books.requests, books.rows) == (1000, 1, 1)


def test_a_call_that_is_short_waits_for_another_to_close() -> None:
    first = Hold("first", UNLIMITED)
    first.reserve(900)
    waiting = gevent.spawn(call, 2, holds=500, costs=10)
    eventually(lambda: hold_module._line.is_forming(("user", 1)))

    first.settle(100, channel_id=1, log=log_of(100))

    assert waiting.get(timeout=10) is True
    assert read_books().quota == 1000 - 100 - 10


def test_calls_are_served_in_order_of_arrival() -> None:
    first = Hold("first", UNLIMITED)
    first.reserve(1000)
    served: list[int] = []

    def serve(number: int) -> None:
        if call(number, holds=600, costs=1):
            served.append(number)

    calls = []
    for number in range(5):
        calls.append(gevent.spawn(serve, number))
        eventually(lambda: _waiting() == len(calls))

    first.close()
    gevent.joinall(calls, raise_error=True)

    assert served == [0, 1, 2, 3, 4]


def test_patience_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold_module, "PATIENCE_S", 0.05)
    first = Hold("first", UNLIMITED)
    first.reserve(900)

    with pytest.raises(Refusal):
        Hold("second", UNLIMITED).reserve(500)

    assert read_books().reserved_rows == 1
    first.close()


def test_nobody_waits_for_what_open_calls_could_not_give() -> None:
    first = Hold("first", UNLIMITED)
    first.reserve(100)

    with pytest.raises(Refusal):
        Hold("second", UNLIMITED).reserve(1001)

    assert not hold_module._line.is_forming(("user", 1))
    first.close()


def test_a_call_that_leaves_the_line_lets_the_next_one_try() -> None:
    first = Hold("first", UNLIMITED)
    first.reserve(900)
    leaving = gevent.spawn(call, 2, holds=950, costs=1)
    eventually(lambda: _waiting() == 1)
    behind = gevent.spawn(call, 3, holds=100, costs=1)
    eventually(lambda: _waiting() == 2)

    leaving.kill()

    assert behind.get(timeout=10) is True
    first.close()
    assert read_books().quota == 999


def _waiting() -> int:
    return len(hold_module._line._waiting.get(("user", 1), ()))
