from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from oneapi.accounts import login, recovery
from oneapi.accounts.login import Login
from oneapi.accounts.mail_codes import Asked
from oneapi.accounts.verification import LIFETIME_S, WRONG_GUESSES
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.user import User, UserStatus
from tests.support.mail_options import mail_options
from tests.support.mail_server import MailSink
from tests.support.people import Person, add_person

NOW_S = 1_700_000_000
MAIL = "al+ice@mail.example"


def ask(sink: MailSink, email: str = MAIL) -> None:
    asked = Asked(options=mail_options(sink), language="en", now_s=NOW_S)
    recovery.send_link(email, asked)


def refusal_of(sink: MailSink, email: str = MAIL) -> str:
    with pytest.raises(Refusal) as refused:
        ask(sink, email)
    assert sink.arrived == []
    return refused.value.code


def link_in(sink: MailSink) -> dict[str, str]:
    """Return what the link of the mail says."""
    html = sink.the_mail().html
    link = html.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert link.startswith("https://gate.example/user/reset?")
    return {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}


@pytest.fixture
def owner(db: Database, alice: Person) -> Person:
    """The account with the mail address."""
    set_user(db, alice, email=MAIL)
    return alice


def set_user(db: Database, person: Person, **values: Any) -> None:
    with db.transaction() as session:
        user = session.get_one(User, person.id)
        for name, value in values.items():
            setattr(user, name, value)


def test_the_link_gives_the_account_another_password(mail_sink: MailSink, owner: Person) -> None:
    ask(mail_sink)
    link = link_in(mail_sink)
    assert link["email"] == MAIL
    assert mail_sink.the_mail().to == [MAIL]

    password = recovery.reset_password(link["email"], link["token"], now_s=NOW_S)

    assert len(password) == 12
    assert login.sign_in(Login("alice", password, "1.2.3.4"), now_s=NOW_S).user_id == owner.id
    with pytest.raises(Refusal, match="wrong_credentials"):
        login.sign_in(Login("alice", owner.password, "1.2.3.4"), now_s=NOW_S)


def test_the_link_works_once(mail_sink: MailSink, owner: Person) -> None:
    ask(mail_sink)
    token = link_in(mail_sink)["token"]
    recovery.reset_password(MAIL, token, now_s=NOW_S)

    with pytest.raises(Refusal, match="reset_link_invalid"):
        recovery.reset_password(MAIL, token, now_s=NOW_S)


def test_the_link_works_for_ten_minutes(mail_sink: MailSink, owner: Person) -> None:
    ask(mail_sink)
    token = link_in(mail_sink)["token"]

    with pytest.raises(Refusal, match="reset_link_invalid"):
        recovery.reset_password(MAIL, token, now_s=NOW_S + LIFETIME_S)
    recovery.reset_password(MAIL, token, now_s=NOW_S + LIFETIME_S - 1)


def test_guessing_kills_the_link(mail_sink: MailSink, owner: Person) -> None:
    ask(mail_sink)
    token = link_in(mail_sink)["token"]

    for guess in ["0" * 32] * WRONG_GUESSES + [token]:
        with pytest.raises(Refusal, match="reset_link_invalid"):
            recovery.reset_password(MAIL, guess, now_s=NOW_S)


def test_nobody_gets_a_link_for_an_address_without_an_account(
    db: Database, mail_sink: MailSink
) -> None:
    assert refusal_of(mail_sink) == "email_not_registered"
    assert refusal_of(mail_sink, "nonsense") == "invalid_parameter"


@pytest.mark.parametrize("status", [UserStatus.DISABLED, UserStatus.DELETED])
def test_a_disabled_account_counts_as_none(
    db: Database, mail_sink: MailSink, owner: Person, status: UserStatus
) -> None:
    set_user(db, owner, status=status)

    assert refusal_of(mail_sink) == "email_not_registered"


def test_an_address_that_two_share_resets_neither(
    db: Database, mail_sink: MailSink, owner: Person
) -> None:
    other = add_person("bob")
    set_user(db, other, email=MAIL)

    assert refusal_of(mail_sink) == "email_not_registered"

    set_user(db, other, status=UserStatus.DELETED)
    ask(mail_sink)


def test_a_link_is_worthless_when_the_account_is_banned_meanwhile(
    db: Database, mail_sink: MailSink, owner: Person
) -> None:
    ask(mail_sink)
    token = link_in(mail_sink)["token"]
    set_user(db, owner, status=UserStatus.DISABLED)

    with pytest.raises(Refusal, match="reset_link_invalid"):
        recovery.reset_password(MAIL, token, now_s=NOW_S)


def test_a_second_link_has_to_wait(mail_sink: MailSink, owner: Person) -> None:
    ask(mail_sink)
    mail_sink.forget()

    assert refusal_of(mail_sink) == "mail_too_soon"


def test_a_mail_that_failed_blocks_nobody(db: Database, mail_sink: MailSink, owner: Person) -> None:
    set_user(db, owner, email="refused@mail.example")

    for _ in range(2):
        assert refusal_of(mail_sink, "refused@mail.example") == "send_email_failed"
