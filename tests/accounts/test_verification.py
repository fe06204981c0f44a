import pytest
from sqlalchemy import select

from oneapi.accounts import verification
from oneapi.accounts.verification import LIFETIME_S, PAUSE_S, WRONG_GUESSES, Purpose
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.own import Verification

NOW_S = 1_700_000_000
MAIL = "ann@example.com"


def issue(db: Database, purpose: Purpose = Purpose.ADDRESS, *, now_s: int = NOW_S) -> str:
    with db.transaction() as session:
        return verification.issue(session, purpose, MAIL, now_s=now_s)


def is_right(code: str, *, now_s: int = NOW_S, address: str = MAIL) -> bool:
    return verification.is_right(Purpose.ADDRESS, address, code, now_s=now_s)


def spend(db: Database, code: str) -> None:
    with db.transaction() as session:
        verification.spend(session, Purpose.ADDRESS, MAIL, code)


def test_a_code_proves_its_address(db: Database) -> None:
    code = issue(db)

    assert len(code) == 6
    assert is_right(code)
    assert is_right(f" {code.upper()} ", address="Ann@Example.com ")
    assert not is_right(code, address="bob@example.com")


def test_a_code_is_not_stored_as_it_is(db: Database) -> None:
    code = issue(db)

    with db.reading() as session:
        row = session.get_one(Verification, ("v", MAIL))
        assert code not in row.code_hash


def test_a_code_lives_for_ten_minutes(db: Database) -> None:
    code = issue(db)

    assert is_right(code, now_s=NOW_S + LIFETIME_S - 1)
    assert not is_right(code, now_s=NOW_S + LIFETIME_S)


def test_the_fifth_wrong_guess_kills_a_code(db: Database) -> None:
    code = issue(db)

    assert not any(is_right("wrong!") for _ in range(WRONG_GUESSES - 1))
    assert is_right(code)
    assert not is_right("wrong!")
    assert not is_right(code)


def test_a_new_code_replaces_the_old_one_and_its_guesses(db: Database) -> None:
    old = issue(db)
    for _ in range(WRONG_GUESSES):
        is_right("wrong!")

    new = issue(db, now_s=NOW_S + PAUSE_S)

    assert is_right(new)
    assert old == new or not is_right(old)


def test_a_code_is_spent_once(db: Database) -> None:
    code = issue(db)

    spend(db, code)

    assert not is_right(code)
    with pytest.raises(Refusal) as refused:
        spend(db, code)
    assert refused.value.code == "verification_code_invalid"


def test_a_code_for_resetting_is_good_for_nothing_else(db: Database) -> None:
    code = issue(db, Purpose.RESET)

    assert len(code) == 32
    assert not is_right(code)
    assert verification.is_right(Purpose.RESET, MAIL, code, now_s=NOW_S)


def test_an_address_gets_one_code_a_minute(db: Database) -> None:
    first = issue(db)

    with pytest.raises(Refusal) as refused:
        issue(db, now_s=NOW_S + PAUSE_S - 1)

    assert (refused.value.code, refused.value.retry_after_s) == ("mail_too_soon", 1)
    assert is_right(first)
    issue(db, Purpose.RESET)
    issue(db, now_s=NOW_S + PAUSE_S)


def test_a_code_that_was_never_sent_blocks_nobody(db: Database) -> None:
    code = issue(db)

    with db.transaction() as session:
        assert verification.withdraw(session, Purpose.ADDRESS, MAIL, code)

    assert not is_right(code)
    issue(db)


def test_each_kind_of_code_is_refused_in_its_own_words(db: Database) -> None:
    codes = {Purpose.ADDRESS: "verification_code_invalid", Purpose.RESET: "reset_link_invalid"}

    for purpose, code in codes.items():
        with pytest.raises(Refusal, match=code):
            verification.refuse_wrong(purpose, MAIL, "wrong!", now_s=NOW_S)


def test_codes_that_have_run_out_are_deleted(db: Database) -> None:
    issue(db)

    for later_s, left in ((LIFETIME_S - 1, 1), (LIFETIME_S, 0)):
        with db.transaction() as session:
            verification.delete_old(session, now_s=NOW_S + later_s)
            assert len(session.scalars(select(Verification)).all()) == left
