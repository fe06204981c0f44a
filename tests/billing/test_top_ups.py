from collections.abc import Callable
from functools import partial

import gevent
import pytest
from sqlalchemy import select

from oneapi import resources
from oneapi.billing import top_ups
from oneapi.billing.top_ups import Occasion, Payment
from oneapi.errors import Refusal
from oneapi.models.log import Log
from oneapi.models.own import RedemptionUse, Revision
from oneapi.models.redemption import Redemption
from oneapi.models.user import User, UserStatus
from oneapi.options import Options

ALICE = 1
FULL = 1000
"""Alice's balance before anything happens."""

CODE = "0123456789abcdef" * 2
NOW = Occasion(options=Options(display_in_currency_enabled=False), now_s=500, request_id="r")


def add_code(**members: object) -> int:
    facts = {"key": CODE, "name": "c", "quota": 70, "status": 1, **members}
    with resources.db.transaction() as session:
        code = Redemption(**facts)
        session.add(code)
        session.flush()
        return code.id


def redeem(key: str = CODE, user_id: int = ALICE) -> int:
    with resources.db.transaction() as session:
        return top_ups.redeem(session, key, user_id=user_id, occasion=NOW)


def book(payment: Payment) -> bool:
    """Say whether it was booked, and not one that was booked before."""
    with resources.db.transaction() as session:
        return top_ups.book(session, payment, NOW) is not None


def balance(user_id: int = ALICE) -> int:
    with resources.db.reading() as session:
        return session.get_one(User, user_id).quota or 0


def rows() -> list[tuple[object, ...]]:
    with resources.db.reading() as session:
        found = session.scalars(select(Log).order_by(Log.id))
        return [(row.type, row.user_id, row.username, row.quota, row.content) for row in found]


def outcomes(calls: list[Callable[[], object]]) -> list[object]:
    """Make all calls at the same time; a refusal is told by its code."""

    def told(call: Callable[[], object]) -> object:
        try:
            return call()
        except Refusal as refusal:
            return refusal.code

    running = [gevent.spawn(told, call) for call in calls]
    gevent.joinall(running, raise_error=True)
    return [each.value for each in running]


def test_a_code_adds_its_quota_and_leaves_a_row(ledger_db: str) -> None:
    code_id = add_code()

    assert redeem(f"  {CODE}\n") == 70

    assert balance() == FULL + 70
    assert rows() == [(1, ALICE, "alice", 0, "Topped up with a code: 70 units of quota")]
    with resources.db.reading() as session:
        code = session.get_one(Redemption, code_id)
        assert (code.status, code.redeemed_time) == (3, 500)
        assert session.get_one(RedemptionUse, code_id).used_user_id == ALICE


def test_fifty_at_once_redeem_a_code_exactly_once(ledger_db: str) -> None:
    add_code()

    seen = outcomes([redeem] * 50)

    assert sorted(map(str, seen)) == sorted(["70"] + ["redemption_used"] * 49)
    assert balance() == FULL + 70
    assert len(rows()) == 1


def test_fifty_codes_at_once_are_all_counted(ledger_db: str) -> None:
    for number in range(50):
        add_code(key=f"{number:032x}", quota=number + 1)

    seen = outcomes([partial(redeem, f"{number:032x}") for number in range(50)])

    assert seen == list(range(1, 51))
    assert balance() == FULL + sum(range(1, 51))


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "redemption_key_missing"),
        (" ", "redemption_key_missing"),
        ("f" * 32, "redemption_invalid"),
        (CODE.upper(), "redemption_invalid"),
        (CODE[:-1], "redemption_invalid"),
        (CODE + "\x00", "redemption_invalid"),
        ("兑" * 40, "redemption_invalid"),
    ],
)
def test_what_is_no_code_adds_nothing(ledger_db: str, key: str, code: str) -> None:
    add_code()

    with pytest.raises(Refusal, match=code):
        redeem(key)

    assert (balance(), rows()) == (FULL, [])


@pytest.mark.parametrize("status", [2, 3])
def test_disabled_and_used_codes_add_nothing(ledger_db: str, status: int) -> None:
    add_code(status=status)

    with pytest.raises(Refusal, match="redemption_used"):
        redeem()

    assert (balance(), rows()) == (FULL, [])


def test_a_code_that_could_not_be_credited_is_not_used_up(ledger_db: str) -> None:
    code_id = add_code()

    with pytest.raises(Refusal, match="user_not_found"):
        redeem(user_id=99)

    with resources.db.reading() as session:
        assert session.get_one(Redemption, code_id).status == 1


def test_a_payment_adds_quota_and_is_told_in_its_words(ledger_db: str) -> None:
    assert book(Payment(user_id=ALICE, quota=5, remark="order 4711"))
    assert book(Payment(user_id=ALICE, quota=6))

    assert balance() == FULL + 11
    assert rows() == [
        (1, ALICE, "alice", 5, "order 4711"),
        (1, ALICE, "alice", 6, "Topped up by a program: 6 units of quota"),
    ]


def test_a_transaction_is_booked_once_however_often_it_is_told(ledger_db: str) -> None:
    payment = Payment(user_id=ALICE, quota=5, transaction_id="t-1")

    seen = outcomes([lambda: book(payment)] * 20)

    assert sorted(map(str, seen)) == ["False"] * 19 + ["True"]
    assert balance() == FULL + 5
    assert len(rows()) == 1


def test_the_id_of_another_transaction_is_refused(ledger_db: str) -> None:
    book(Payment(user_id=ALICE, quota=5, transaction_id="t-1"))

    with pytest.raises(Refusal, match="invalid_parameter") as refused:
        book(Payment(user_id=ALICE, quota=6, transaction_id="t-1"))

    assert refused.value.param == "transaction_id"
    assert balance() == FULL + 5


def test_a_payment_that_failed_can_be_told_again(ledger_db: str) -> None:
    payment = Payment(user_id=2, quota=5, transaction_id="t-1")
    with pytest.raises(Refusal, match="user_not_found"):
        book(payment)
    with resources.db.transaction() as session:
        session.add(User(id=2, username="bob", password="", aff_code="b", access_token="b"))

    assert book(payment)

    assert balance(2) == 5


def test_nobody_pays_for_a_deleted_user(ledger_db: str) -> None:
    with resources.db.transaction() as session:
        session.get_one(User, ALICE).status = UserStatus.DELETED

    with pytest.raises(Refusal, match="user_not_found"):
        book(Payment(user_id=ALICE, quota=5))


def test_a_balance_has_an_upper_end(ledger_db: str) -> None:
    with pytest.raises(Refusal, match="invalid_parameter"):
        book(Payment(user_id=ALICE, quota=2**63 - FULL))

    assert balance() == FULL
    assert book(Payment(user_id=ALICE, quota=2**63 - 1 - FULL))


def test_other_workers_hear_of_a_top_up(ledger_db: str) -> None:
    book(Payment(user_id=ALICE, quota=5))

    with resources.db.reading() as session:
        assert session.get_one(Revision, "config").value == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"quota": -1}, "negative_quota"),
        ({"quota": 0}, "invalid_parameter"),
        ({}, "invalid_parameter"),
        ({"quota": "5"}, "invalid_parameter"),
        ({"quota": 5, "transaction_id": "t" * 65}, "invalid_parameter"),
    ],
)
def test_a_payment_of_nothing_is_refused(body: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        Payment.from_json(body)
