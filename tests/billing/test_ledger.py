"""What one transaction of the ledger does, on every database."""

from functools import partial

import pytest
from sqlalchemy import delete, select, update

from oneapi import resources
from oneapi.billing import ledger, replay
from oneapi.billing.entries import Batch, Closing, Outcome, Payer, Reserve, Shortage
from oneapi.models.log import Log
from oneapi.models.own import Reservation
from oneapi.models.token import Token
from oneapi.models.user import User
from tests.billing.books import log_of, read_books

pytestmark = pytest.mark.usefixtures("ledger_db")
LIMITED, UNLIMITED = Payer(1, 1), Payer(1, 2, token_limited=False)
_batch_ids = iter(range(10**9))


def reserve(request_id: str, amount: int, payer: Payer = LIMITED) -> Reserve:
    return Reserve(request_id=request_id, payer=payer, amount=amount, owner="node-1", now_s=100)


def settle(
    request_id: str, quota: int, payer: Payer = LIMITED, *, reserved: bool = True
) -> Closing:
    return Closing(
        request_id=request_id,
        payer=payer,
        reserved=reserved,
        quota=quota,
        counts_as_request=True,
        channel_id=1,
        log=log_of(quota),
        now_s=100,
    )


def release(request_id: str) -> Closing:
    return Closing(request_id=request_id, payer=LIMITED, reserved=True)


def run(*wishes: Reserve | Closing, batch_id: str = "", defer: bool = False) -> Outcome:
    batch = Batch(
        id=batch_id or f"{next(_batch_ids):032d}",
        now_s=100,
        reserves=tuple(w for w in wishes if isinstance(w, Reserve)),
        closings=tuple(w for w in wishes if isinstance(w, Closing)),
        defer_counters=defer,
    )
    return resources.db.ledger_transaction(
        partial(ledger.apply, kind=resources.db.kind, batch=batch)
    )


def test_a_reservation_takes_from_user_and_token() -> None:
    outcome = run(reserve("a", 300))

    books = read_books()
    assert outcome.refused == {}
    assert (books.quota, books.token_left, books.reserved_rows) == (700, 200, 1)


def test_a_settlement_takes_the_true_cost_and_writes_everything() -> None:
    run(reserve("a", 300))

    run(settle("a", 120))

    books = read_books()
    assert (books.quota, books.token_left, books.reserved_rows) == (880, 380, 0)
    assert (books.used, books.token_used, books.channel_used) == (120, 120, 120)
    assert (books.requests, books.rows, books.logged, books.hourly) == (1, 1, 120, 120)


def test_a_settlement_above_the_reservation_may_drive_below_zero() -> None:
    run(reserve("a", 500))

    run(settle("a", 1200))

    books = read_books()
    assert (books.quota, books.token_left) == (-200, -700)


def test_a_release_gives_everything_back() -> None:
    run(reserve("a", 300))

    run(release("a"))

    books = read_books()
    assert (books.quota, books.token_left, books.reserved_rows, books.rows) == (1000, 500, 0, 0)


def test_a_second_closing_does_nothing() -> None:
    run(reserve("a", 300))
    run(settle("a", 120))

    outcome = run(settle("a", 120), release("a"))

    assert outcome.closed == []
    assert read_books().quota == 880


def test_a_user_who_is_short_keeps_everything() -> None:
    outcome = run(reserve("a", 1001, UNLIMITED))

    assert outcome.refused == {"a": Shortage("user", 1000)}
    assert read_books().reserved_rows == 0
    assert read_books().quota == 1000


def test_a_token_that_is_short_gives_the_user_his_quota_back() -> None:
    outcome = run(reserve("a", 501))

    assert outcome.refused == {"a": Shortage("token", 500)}
    assert read_books().quota == 1000


def test_what_does_not_fit_together_fits_in_order_of_arrival() -> None:
    outcome = run(reserve("a", 300), reserve("b", 300), reserve("c", 200))

    assert outcome.refused == {"b": Shortage("token", 200)}
    assert (read_books().quota, read_books().token_left) == (500, 0)


def test_a_batch_closes_before_it_reserves() -> None:
    run(reserve("a", 500))

    outcome = run(settle("a", 100), reserve("b", 400))

    assert outcome.refused == {}
    assert (read_books().quota, read_books().token_left) == (500, 0)


def test_an_unlimited_token_counts_but_does_not_lose() -> None:
    run(reserve("a", 900, UNLIMITED))
    run(settle("a", 800, UNLIMITED))

    with resources.db.reading() as session:
        token = session.get_one(Token, 2)
        assert (token.remain_quota, token.used_quota, token.accessed_time) == (0, 800, 100)
    assert read_books().quota == 200


def test_a_token_that_became_unlimited_is_not_asked() -> None:
    with resources.db.transaction() as session:
        session.execute(update(Token).where(Token.id == 1).values(unlimited_quota=True))

    outcome = run(reserve("a", 600))

    assert outcome.refused == {}
    assert read_books().token_left == 500


def test_a_deleted_token_does_not_save_its_user_the_charge() -> None:
    run(reserve("a", 300))
    with resources.db.transaction() as session:
        session.execute(delete(Token).where(Token.id == 1))

    run(settle("a", 250))

    with resources.db.reading() as session:
        assert session.get_one(User, 1).quota == 750


def test_a_late_settlement_of_a_released_reservation_is_charged_in_full() -> None:
    run(reserve("a", 300))
    with resources.db.transaction() as session:
        session.execute(update(Reservation).values(state=2))
        session.execute(update(User).values(quota=User.quota + 300))

    run(settle("a", 120))

    assert (read_books().quota, read_books().reserved_rows) == (880, 0)


def test_a_free_call_counts_and_logs() -> None:
    run(settle("a", 0, reserved=False))

    books = read_books()
    assert (books.quota, books.requests, books.rows, books.logged) == (1000, 1, 1, 0)


def test_counters_that_are_kept_back_are_reported() -> None:
    outcome = run(settle("a", 40, reserved=False), settle("b", 2, reserved=False), defer=True)

    assert outcome.deferred.users == {1: (42, 2)}
    assert outcome.deferred.channels == {1: 42}
    assert (read_books().quota, read_books().used) == (958, 0)
    replay.counters_once(outcome.deferred, "e" * 32).run()
    assert (read_books().used, read_books().requests, read_books().channel_used) == (42, 2, 42)


def test_a_batch_is_known_by_its_id() -> None:
    run(settle("a", 1, reserved=False), batch_id="b" * 32)

    find = partial(ledger.was_applied, kind=resources.db.kind)
    assert resources.db.ledger_transaction(partial(find, batch_id="b" * 32)) is True
    assert resources.db.ledger_transaction(partial(find, batch_id="c" * 32)) is False


def test_nothing_stays_of_a_batch_that_fails() -> None:
    with pytest.raises(KeyError):
        run(
            settle("a", 10, reserved=False),
            Closing(request_id="b", payer=LIMITED, reserved=False, log={}),
            batch_id="d" * 32,
        )

    assert read_books().quota == 1000
    assert read_books().requests == 0


def test_null_counts_as_zero() -> None:
    with resources.db.transaction() as session:
        session.execute(update(User).values(used_quota=None, request_count=None))
        session.execute(update(Token).values(unlimited_quota=None, used_quota=None))

    outcome = run(reserve("a", 501), reserve("b", 500), settle("c", 7, reserved=False))

    assert set(outcome.refused) == {"a", "b"}
    assert run(reserve("d", 493)).refused == {}
    assert (read_books().used, read_books().requests, read_books().token_used) == (7, 1, 7)


def test_who_is_short_only_of_what_a_refused_neighbour_took_is_asked_again() -> None:
    with resources.db.transaction() as session:
        session.execute(update(User).values(quota=600))

    outcome = run(reserve("a", 501), reserve("b", 200, UNLIMITED))

    assert outcome.refused["a"] == Shortage("token", 500)
    assert outcome.again == {"b"}
    assert run(reserve("b", 200, UNLIMITED)).refused == {}


def test_a_name_that_is_too_long_for_a_column_is_cut() -> None:
    log = {**log_of(5), "model_name": "m" * 500}
    run(Closing(request_id="a", payer=LIMITED, reserved=False, quota=5, log=log))

    with resources.db.reading() as session:
        assert session.scalars(select(Log.model_name)).all() == ["m" * 191]
    assert read_books().hourly == 5


def test_a_reservation_of_a_user_who_is_gone_is_refused() -> None:
    outcome = run(reserve("a", 1, Payer(77, 2, token_limited=False)))

    assert outcome.refused == {"a": Shortage("user", 0)}


def test_hundreds_of_calls_fit_into_one_batch() -> None:
    run(*(reserve(f"r{number}", 1) for number in range(400)))

    outcome = run(*(settle(f"r{number}", 1) for number in range(400)))

    assert len(outcome.closed) == 400
    assert (read_books().quota, read_books().rows, read_books().reserved_rows) == (600, 400, 0)


def test_a_log_row_is_found_by_its_call() -> None:
    row = {**log_of(5), "request_id": "r1"}
    run(Closing(request_id="r1", payer=LIMITED, reserved=False, quota=5, log=row))

    find = partial(ledger.has_log, kind=resources.db.kind)
    assert resources.db.ledger_transaction(partial(find, row=row)) is True
    assert resources.db.ledger_transaction(partial(find, row={**row, "request_id": "r2"})) is False
