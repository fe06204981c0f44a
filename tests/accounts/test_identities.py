from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from sqlalchemy import func, select

from oneapi import resources, revision, snapshot, startup
from oneapi.accounts import identities
from oneapi.accounts.login import SignedIn
from oneapi.accounts.registration import Occasion
from oneapi.accounts.signin.contract import Profile
from oneapi.accounts.signin.registry import SERVICES
from oneapi.errors import Refusal
from oneapi.factory import create_app
from oneapi.lib.database import Database
from oneapi.models.log import Log, LogType
from oneapi.models.own import UserExtra
from oneapi.models.user import User, UserStatus
from oneapi.options import Options
from tests.support import servers
from tests.support.people import Person, add_person

NOW_S = 1_700_000_000
SUB = "248289761001"


def sign_in(service: str = "oidc", *, options: Options | None = None, **profile: str) -> SignedIn:
    occasion = Occasion(options=options or Options(), now_s=NOW_S, request_id="20250101")
    return identities.sign_in(
        SERVICES[service],
        Profile(**{"identity": SUB, **profile}),
        occasion,
    )


def bind(person: Person, service: str = "oidc", **profile: str) -> str:
    """Return what became of a binding."""
    wanted = Profile(**{"identity": SUB, **profile})
    try:
        with resources.db.transaction() as session:
            identities.bind(session, person.id, SERVICES[service], wanted)
    except Refusal as refusal:
        return refusal.code
    return "bound"


def user_of(signed_in: SignedIn) -> User:
    with resources.db.reading() as session:
        user = session.get_one(User, signed_in.user_id)
        session.expunge(user)
        return user


def change(db: Database, person: Person, **values: object) -> None:
    with db.transaction() as session:
        user = session.get_one(User, person.id)
        for name, value in values.items():
            setattr(user, name, value)


def count_users() -> int:
    with resources.db.reading() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


@pytest.fixture(params=servers.KINDS)
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    settings = servers.settings_on(request.param, tmp_path)
    startup.prepare(settings)
    create_app(settings)
    snapshot.mark_stale()
    with resources.db.transaction() as session:
        revision.bump(session)  # something has been changed here before
    yield resources.db
    resources.db.engine.dispose()


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("李雷", "李雷"),
        (" octocat ", "octocat"),
        ("a.long.name.of.a.person@company.example", "a.long.name.of.a.person@company.example"),
        ("root", None),
        ("n" * 192, None),
        ("bad\nname", None),
        ("", None),
    ],
)
def test_a_name_that_cannot_be_used_becomes_a_number(
    db: Database, wish: str, name: str | None
) -> None:
    user = user_of(sign_in(username=wish))

    assert user.username == (name or f"oidc_{user.id}")


def test_a_name_that_differs_in_case_only_never_leads_to_a_failure(any_database: Database) -> None:
    assert user_of(sign_in(username="ROOT")).username in {"ROOT", "oidc_2"}


@pytest.mark.parametrize("name", ["名" * 191, "😀" * 191])
def test_the_longest_name_and_identity_fit_everywhere(any_database: Database, name: str) -> None:
    user = user_of(sign_in(username=name, identity="i" * 191, display_name="名" * 30))

    assert user.username == name
    assert user.display_name == "名" * 20


def test_nobody_is_called_by_anothers_mail_address(db: Database, alice: Person) -> None:
    change(db, alice, email="alice@example.com")

    user = user_of(sign_in(username="alice@example.com"))

    assert user.username == f"oidc_{user.id}"


def test_numbers_that_are_taken_as_names_are_passed_over(db: Database, alice: Person) -> None:
    change(db, alice, username=f"github_{alice.id + 2}")
    change(db, add_person("bob"), username=f"github_{alice.id + 3}")

    assert user_of(sign_in("github")).username == f"github_{alice.id + 4}"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("名" * 30, "名" * 20),
        ("O\x00cto\ncat", "Octocat"),
        ("x" * 19 + " y", "x" * 19),
        ("\u202egnp.exe", "gnp.exe"),
        ("  ", "GitHub User"),
        ("", "GitHub User"),
    ],
)
def test_a_display_name_is_cut_and_cleaned(db: Database, given: str, kept: str) -> None:
    assert user_of(sign_in("github", display_name=given)).display_name == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("o@cat.example", "o@cat.example"),
        ("no address", ""),
        ("a@b", ""),
        ("o@cat.example\nBcc: x@y.z", ""),
        ("x" * 50 + "@cat.example", ""),
    ],
)
def test_only_what_looks_like_an_address_is_kept(db: Database, given: str, kept: str) -> None:
    assert user_of(sign_in("github", email=given)).email == kept


@pytest.mark.parametrize(
    ("status", "kept"), [(UserStatus.ENABLED, ""), (UserStatus.DELETED, "o@cat.example")]
)
def test_an_address_of_somebody_else_is_left_out(
    db: Database, alice: Person, status: UserStatus, kept: str
) -> None:
    change(db, alice, email="o@cat.example", status=status)

    assert user_of(sign_in("github", email="o@cat.example")).email == kept


def test_a_new_account_gets_its_gift_and_nobody_is_rewarded(db: Database) -> None:
    gifts = Options(quota_for_new_user=1500, quota_for_invitee=200, quota_for_inviter=100)

    user = user_of(sign_in(options=gifts))

    assert (user.quota, user.inviter_id, user.password) == (1500, 0, "")
    with db.reading() as session:
        rows = session.scalars(select(Log)).all()
        assert [(row.user_id, row.type) for row in rows] == [(user.id, LogType.SYSTEM)]


def test_a_sign_in_is_remembered(db: Database) -> None:
    signed_in = sign_in()

    with db.reading() as session:
        assert session.get_one(UserExtra, signed_in.user_id).last_login_at == NOW_S


def test_an_identity_is_compared_exactly(any_database: Database) -> None:
    first = sign_in(identity="aBc")

    assert sign_in(identity="AbC").user_id != first.user_id
    assert sign_in(identity="aBc").user_id == first.user_id


def test_the_same_text_at_two_services_is_two_people(db: Database) -> None:
    assert sign_in("github").user_id != sign_in("oidc").user_id


def test_first_sign_ins_at_once_make_one_account(any_database: Database) -> None:
    arrivals = [gevent.spawn(sign_in, "github", number="583231") for _ in range(6)]
    gevent.joinall(arrivals, raise_error=True)

    assert len({one.get().user_id for one in arrivals}) == 1
    assert count_users() == 2


def test_different_strangers_at_once_all_get_accounts(any_database: Database) -> None:
    arrivals = [gevent.spawn(sign_in, "lark", identity=f"ou_{n}") for n in range(6)]
    gevent.joinall(arrivals, raise_error=True)

    assert count_users() == 7


def test_of_two_who_bind_one_identity_at_once_one_gets_it(any_database: Database) -> None:
    people = [add_person(name) for name in ("ann", "bob", "eve")]

    outcomes = [gevent.spawn(bind, person) for person in people]
    gevent.joinall(outcomes, raise_error=True)

    assert sorted(outcome.get() for outcome in outcomes) == [
        "bound",
        "oauth_already_bound",
        "oauth_already_bound",
    ]


def unbind(user_id: int, name: str) -> str:
    try:
        with resources.db.transaction() as session:
            identities.unbind(session, user_id, name)
    except Refusal as refusal:
        return refusal.code
    return "removed"


def test_who_removes_everything_at_once_keeps_one_way_in(any_database: Database) -> None:
    user_id = sign_in("github").user_id
    bind(Person(user_id, "", ""), "lark")

    outcomes = [gevent.spawn(unbind, user_id, name) for name in ("github", "lark")]
    gevent.joinall(outcomes, raise_error=True)

    assert sorted(outcome.get() for outcome in outcomes) == ["oauth_last_login_method", "removed"]


def test_an_address_alone_is_not_given_up(db: Database, alice: Person) -> None:
    change(db, alice, password="", email="alice@example.com")

    assert unbind(alice.id, "email") == "oauth_last_login_method"
    change(db, alice, password="$2a$10$hash")
    assert unbind(alice.id, "email") == "removed"
    assert unbind(alice.id, "email") == "removed"
