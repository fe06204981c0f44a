import gevent
import pytest

from oneapi.accounts import login
from oneapi.accounts.login import Login
from oneapi.errors import Refusal
from oneapi.lib import passwords
from oneapi.lib.database import Database
from oneapi.models.own import UserExtra
from oneapi.models.user import User, UserStatus
from tests.support.people import Person, add_person

NOW_S = 1_700_000_000
ADDRESS = "198.51.100.1"


def code_of(name: str, password: str, *, now_s: int = NOW_S, address: str = ADDRESS) -> str:
    """The refusal of a sign-in; ``ok`` if there is none."""
    try:
        login.sign_in(Login(name, password, address), now_s=now_s)
    except Refusal as refusal:
        return refusal.code
    return "ok"


def change(db: Database, person: Person, **values: object) -> None:
    with db.transaction() as session:
        user = session.get_one(User, person.id)
        for name, value in values.items():
            setattr(user, name, value)


def test_name_and_password_sign_in(db: Database, alice: Person) -> None:
    found = login.sign_in(Login("alice", alice.password, ADDRESS), now_s=NOW_S)

    assert found.user_id == alice.id
    with db.reading() as session:
        assert session.get_one(UserExtra, alice.id).last_login_at == NOW_S


def test_a_mail_address_signs_in_its_only_active_owner(db: Database, alice: Person) -> None:
    change(db, alice, email="alice@example.com")

    assert code_of("alice@example.com", alice.password) == "ok"


def test_a_mail_address_of_two_signs_in_nobody(db: Database, alice: Person) -> None:
    change(db, alice, email="both@example.com")
    change(db, add_person("bob"), email="both@example.com")

    assert code_of("both@example.com", alice.password) == "wrong_credentials"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alice", "wrong-123"),
        ("ALICE", "secret-123"),
        ("nobody", "secret-123"),
        ("alice", "x" * 80),
    ],
)
def test_wrong_credentials_are_refused_alike(alice: Person, name: str, password: str) -> None:
    assert code_of(name, password) == "wrong_credentials"


@pytest.mark.parametrize("status", [UserStatus.DISABLED, UserStatus.DELETED])
def test_who_is_not_enabled_cannot_sign_in(db: Database, alice: Person, status: UserStatus) -> None:
    change(db, alice, status=status)

    assert code_of("alice", alice.password) == "wrong_credentials"


def test_an_account_without_password_cannot_sign_in_by_one(db: Database, alice: Person) -> None:
    change(db, alice, password="")

    assert code_of("alice", "") == "wrong_credentials"


def test_after_five_failures_even_the_right_password_waits(alice: Person) -> None:
    for _ in range(5):
        assert code_of("alice", "wrong-123") == "wrong_credentials"

    assert code_of("alice", alice.password) == "login_throttled"
    assert code_of("alice", alice.password, address="198.51.100.2") == "ok"
    assert code_of("alice", alice.password, now_s=NOW_S + 60) == "ok"


def test_name_and_mail_address_count_together(db: Database, alice: Person) -> None:
    change(db, alice, email="alice@example.com")
    for name in ("alice", "alice@example.com", "alice", "alice@example.com", "alice"):
        code_of(name, "wrong-123")

    assert code_of("alice@example.com", alice.password) == "login_throttled"


def test_parallel_guesses_do_not_slip_through(alice: Person) -> None:
    guesses = ["wrong-123"] * 12 + [alice.password]

    outcomes = [gevent.spawn(code_of, "alice", guess) for guess in guesses]
    gevent.joinall(outcomes, raise_error=True)

    wrong = [outcome.value for outcome in outcomes].count("wrong_credentials")
    assert wrong <= 5
    assert code_of("alice", "wrong-123") == "login_throttled"


def test_a_success_clears_the_failures(alice: Person) -> None:
    for _ in range(4):
        code_of("alice", "wrong-123")
    assert code_of("alice", alice.password) == "ok"

    for _ in range(4):
        assert code_of("alice", "wrong-123") == "wrong_credentials"


def test_root_is_told_to_change_the_first_password(root: Person, alice: Person) -> None:
    first = login.sign_in(Login("root", "123456", ADDRESS), now_s=NOW_S)
    other = login.sign_in(Login("alice", alice.password, ADDRESS), now_s=NOW_S)

    assert login.needs_new_password(first.role, first.password_hash)
    assert not login.needs_new_password(other.role, passwords.hashed("123456"))


def test_a_sign_in_shows_no_password(alice: Person) -> None:
    attempt = Login("alice", alice.password, ADDRESS)

    assert alice.password not in repr(attempt)
    assert "$2a$" not in repr(login.sign_in(attempt, now_s=NOW_S))
