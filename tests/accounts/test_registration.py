from typing import Any

import pytest
from sqlalchemy import func, select

from oneapi.accounts import registration, verification
from oneapi.accounts.registration import NewAccount, Occasion, Registration, UserDraft
from oneapi.accounts.verification import Purpose
from oneapi.errors import Refusal
from oneapi.lib import passwords
from oneapi.lib.database import Database
from oneapi.models.log import Log
from oneapi.models.token import NEVER, Token
from oneapi.models.user import User, UserStatus
from oneapi.options import Options
from tests.support.people import Person

NOW_S = 1_700_000_000
GIFTS = Options(quota_for_new_user=1500, quota_for_invitee=200, quota_for_inviter=100)
BY_MAIL = Options(email_verification_enabled=True)
MAIL = "ann@example.com"


def occasion(options: Options = GIFTS) -> Occasion:
    return Occasion(options=options, now_s=NOW_S, request_id="20250101")


def register(options: Options = GIFTS, **body: Any) -> None:
    body = {"username": "ann", "password": "secret-123", **body}
    registration.register(Registration.from_json(body), occasion(options))


def refusal(options: Options = GIFTS, **body: Any) -> str:
    with pytest.raises(Refusal) as refused:
        register(options, **body)
    return refused.value.code


def user_named(db: Database, username: str) -> User:
    with db.reading() as session:
        user = session.scalars(select(User).where(User.username == username)).one()
        session.expunge(user)
        return user


def logs_of(db: Database, user_id: int) -> list[Log]:
    with db.reading() as session:
        rows = session.scalars(select(Log).where(Log.user_id == user_id).order_by(Log.id)).all()
        session.expunge_all()
        return list(rows)


def code_of(db: Database, person: Person) -> str:
    with db.reading() as session:
        return session.get_one(User, person.id).aff_code or ""


def test_a_new_account_can_sign_in_and_call(db: Database) -> None:
    register(email="not@proved.example", display_name="Ann", role=100, quota=9)

    user = user_named(db, "ann")
    assert passwords.verify("secret-123", user.password)
    assert (user.display_name, user.role, user.status, user.group) == ("ann", 1, 1, "default")
    assert (user.email, user.inviter_id) == ("", 0)
    assert len(user.aff_code or "") == 4
    assert len(user.access_token or "") == 32
    with db.reading() as session:
        token = session.scalars(select(Token).where(Token.user_id == user.id)).one()
        assert (token.name, token.unlimited_quota, token.remain_quota) == ("default", True, -1)
        assert (token.expired_time, token.status, token.created_time) == (NEVER, 1, NOW_S)


def test_a_gift_is_written_down(db: Database) -> None:
    register()

    user = user_named(db, "ann")
    row = logs_of(db, user.id)[0]
    assert user.quota == 1500
    assert (row.type, row.username, row.quota, row.request_id) == (4, "ann", 0, "20250101")
    assert "$0.003000" in (row.content or "")


def test_without_a_gift_there_is_no_row(db: Database) -> None:
    register(Options())

    user = user_named(db, "ann")
    assert (user.quota, logs_of(db, user.id)) == (0, [])


def test_an_invitation_pays_both_sides(db: Database, alice: Person) -> None:
    register(aff_code=code_of(db, alice))

    ann, inviter = user_named(db, "ann"), user_named(db, "alice")
    assert (ann.quota, ann.inviter_id) == (1700, alice.id)
    assert inviter.quota == 100
    assert len(logs_of(db, ann.id)) == 2
    assert [row.username for row in logs_of(db, alice.id)] == ["alice"]


def test_an_invitation_beyond_the_daily_limit_pays_nobody(db: Database, alice: Person) -> None:
    limited = Options(quota_for_invitee=200, quota_for_inviter=100, invite_reward_daily_limit=1)
    register(limited, aff_code=code_of(db, alice))

    register(limited, username="bob", aff_code=code_of(db, alice))

    bob = user_named(db, "bob")
    assert (bob.quota, bob.inviter_id) == (0, alice.id)
    assert user_named(db, "alice").quota == 100


def test_an_unknown_invitation_counts_as_none(db: Database) -> None:
    register(aff_code="nope")

    assert user_named(db, "ann").inviter_id == 0


def test_a_taken_name_leaves_nothing_behind(db: Database, alice: Person) -> None:
    assert refusal(username="alice") == "username_taken"

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 2
        assert session.scalar(select(func.count()).select_from(Token)) == 0
        assert session.scalar(select(func.count()).select_from(Log)) == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"username": ""}, "invalid_input"),
        ({"username": "  "}, "invalid_input"),
        ({"username": "thirteen-long"}, "invalid_input"),
        ({"password": "1234567"}, "invalid_input"),
        ({"password": 12345678}, "invalid_parameter"),
        ({"display_name": "d" * 21}, "invalid_input"),
        ({"email": "m" * 51}, "invalid_input"),
    ],
)
def test_a_registration_of_the_wrong_form_is_refused(
    db: Database, body: dict[str, Any], code: str
) -> None:
    assert refusal(**body) == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (Options(register_enabled=False), "registration_disabled"),
        (Options(password_register_enabled=False), "password_registration_disabled"),
    ],
)
def test_registering_can_be_switched_off(options: Options, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        registration.refuse_if_closed(options)

    assert refused.value.code == code


def issue(db: Database) -> str:
    with db.transaction() as session:
        return verification.issue(session, Purpose.ADDRESS, MAIL, now_s=NOW_S)


def test_a_proved_address_is_kept(db: Database) -> None:
    register(BY_MAIL, email=MAIL, verification_code=issue(db))

    assert user_named(db, "ann").email == MAIL


@pytest.mark.parametrize("body", [{}, {"email": MAIL}, {"verification_code": "abcdef"}])
def test_address_and_code_are_asked_for_together(db: Database, body: dict[str, Any]) -> None:
    assert refusal(BY_MAIL, **body) == "email_verification_required"


def test_a_wrong_code_is_refused_and_counted(db: Database) -> None:
    code = issue(db)

    for _ in range(verification.WRONG_GUESSES):
        answer = refusal(BY_MAIL, email=MAIL, verification_code="wrong!")
        assert answer == "verification_code_invalid"

    assert refusal(BY_MAIL, email=MAIL, verification_code=code) == "verification_code_invalid"


def test_a_taken_name_does_not_use_up_the_code(db: Database, alice: Person) -> None:
    code = issue(db)

    refused = refusal(BY_MAIL, username="alice", email=MAIL, verification_code=code)
    register(BY_MAIL, email=MAIL, verification_code=code)

    assert refused == "username_taken"
    assert refusal(BY_MAIL, email=MAIL, verification_code=code) == "verification_code_invalid"


@pytest.mark.parametrize(
    ("status", "free"), [(UserStatus.DISABLED, False), (UserStatus.DELETED, True)]
)
def test_an_address_belongs_to_one_account(
    db: Database, alice: Person, status: UserStatus, *, free: bool
) -> None:
    code = issue(db)
    with db.transaction() as session:
        user = session.get_one(User, alice.id)
        user.email, user.status = MAIL, status

    if free:
        register(BY_MAIL, email=MAIL, verification_code=code)
    else:
        assert refusal(BY_MAIL, email=MAIL, verification_code=code) == "email_taken"


def test_people_from_elsewhere_have_no_password(db: Database) -> None:
    with db.transaction() as session:
        account = NewAccount(
            username="github_1234567890", display_name="A rather long display name"
        )
        registration.create(session, account, occasion())

    assert user_named(db, "github_1234567890").password == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"password": "secret-123"}, "invalid_parameter"),
        ({"username": "ann"}, "invalid_parameter"),
        ({"username": "ann", "password": "short"}, "invalid_input"),
        ({"username": "thirteen-long", "password": "secret-123"}, "invalid_input"),
        ({"username": "ann", "password": "secret-123", "role": "1"}, "invalid_parameter"),
    ],
)
def test_a_draft_of_the_wrong_form_is_refused(body: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        UserDraft.from_json(body)

    assert refused.value.code == code


def test_a_draft_without_a_display_name_shows_the_name() -> None:
    draft = UserDraft.from_json({"username": " ann ", "password": "secret-123"})

    assert (draft.username, draft.display_name, draft.role) == ("ann", "ann", 1)
