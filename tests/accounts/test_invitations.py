import pytest

from oneapi.accounts import invitations
from oneapi.lib.database import Database
from oneapi.models.user import User, UserStatus
from oneapi.options import Options
from tests.support.people import Person

NOON_S = 20_000 * 86_400 + 43_200
TWO_A_DAY = Options(invite_reward_daily_limit=2)


def rewarded(db: Database, inviter: Person, options: Options, now_s: int = NOON_S) -> bool:
    with db.transaction() as session:
        return invitations.is_rewarded(session, inviter.id, options, now_s)


def found(db: Database, code: str) -> int | None:
    with db.reading() as session:
        inviter = invitations.find_inviter(session, code)
        return inviter.id if inviter is not None else None


def test_who_has_no_code_gets_one_and_keeps_it(db: Database, root: Person) -> None:
    with db.transaction() as session:
        first = invitations.own_code(session, root.id)
    with db.transaction() as session:
        second = invitations.own_code(session, root.id)

    assert len(first) == 4
    assert first == second


def test_a_code_finds_its_owner(db: Database, alice: Person) -> None:
    with db.reading() as session:
        code = session.get_one(User, alice.id).aff_code or ""

    assert found(db, code) == alice.id


@pytest.mark.parametrize("code", ["", "none", "a\x00b"])
def test_a_code_of_nobody_finds_nobody(db: Database, root: Person, code: str) -> None:
    assert found(db, code) is None


def test_a_banned_user_invites_nobody(db: Database, alice: Person) -> None:
    with db.transaction() as session:
        user = session.get_one(User, alice.id)
        user.status = UserStatus.DISABLED
        code = user.aff_code or ""

    assert found(db, code) is None


def test_rewards_have_no_limit_unless_one_is_set(db: Database, alice: Person) -> None:
    assert all(rewarded(db, alice, Options()) for _ in range(5))


def test_the_limit_counts_per_inviter_and_day(db: Database, alice: Person, adam: Person) -> None:
    today = [rewarded(db, alice, TWO_A_DAY) for _ in range(3)]

    assert today == [True, True, False]
    assert rewarded(db, adam, TWO_A_DAY)
    assert rewarded(db, alice, TWO_A_DAY, NOON_S + 86_400)
