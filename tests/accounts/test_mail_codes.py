import re
from typing import Any

import pytest
from sqlalchemy import select

from oneapi.accounts import mail_codes, verification
from oneapi.accounts.mail_codes import Asked
from oneapi.accounts.verification import LIFETIME_S, Purpose
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.own import Verification
from oneapi.models.user import User, UserStatus
from oneapi.options import Options
from tests.support.mail_options import mail_options
from tests.support.mail_server import MailSink
from tests.support.people import Person

NOW_S = 1_700_000_000
MAIL = "ann@mail.example"


def ask(sink: MailSink, email: str = MAIL, *, is_guest: bool = False, **members: Any) -> None:
    asked = Asked(options=mail_options(sink, **members), language="en", now_s=NOW_S)
    mail_codes.send_code(email, asked, is_guest=is_guest)


def refusal_of(sink: MailSink, email: str = MAIL, **members: Any) -> str:
    with pytest.raises(Refusal) as refused:
        ask(sink, email, **members)
    assert sink.arrived == []
    return refused.value.code


def code_in(sink: MailSink) -> str:
    (code,) = re.findall(r">([0-9a-f]{6})<", sink.the_mail().html)
    return str(code)


def give_address(db: Database, person: Person, email: str = MAIL, **values: Any) -> None:
    with db.transaction() as session:
        user = session.get_one(User, person.id)
        user.email = email
        for name, value in values.items():
            setattr(user, name, value)


def test_a_code_arrives_and_proves_the_address(db: Database, mail_sink: MailSink) -> None:
    ask(mail_sink)

    assert mail_sink.the_mail().to == [MAIL]
    assert "10 minutes" in mail_sink.the_mail().html
    assert verification.is_right(Purpose.ADDRESS, MAIL, code_in(mail_sink), now_s=NOW_S)


@pytest.mark.parametrize("email", ["", "nonsense", "a@b", "a@b.example;c@d.example"])
def test_what_is_no_address_gets_no_mail(db: Database, mail_sink: MailSink, email: str) -> None:
    assert refusal_of(mail_sink, email) == "invalid_parameter"


def test_an_address_that_no_account_could_keep_gets_no_mail(
    db: Database, mail_sink: MailSink
) -> None:
    assert refusal_of(mail_sink, f"{'a' * 50}@mail.example") == "invalid_input"


def test_guests_need_a_code_only_where_addresses_are_verified(
    db: Database, mail_sink: MailSink
) -> None:
    assert refusal_of(mail_sink, is_guest=True) == "email_verification_disabled"

    ask(mail_sink, is_guest=True, email_verification_enabled=True)

    assert mail_sink.the_mail().to == [MAIL]


@pytest.mark.parametrize(
    ("email", "passes"),
    [
        ("x@allowed.example", True),
        ("x@Allowed.EXAMPLE", True),
        ("x@other.example", True),
        ("x@mail.example", False),
        ("x@sub.allowed.example", False),
        ("x@notallowed.example", False),
    ],
)
def test_domains_can_be_restricted(
    db: Database, mail_sink: MailSink, email: str, *, passes: bool
) -> None:
    rules: dict[str, Any] = {
        "email_domain_restriction_enabled": True,
        "email_domain_whitelist": (" allowed.example ", "Other.example"),
    }

    if passes:
        ask(mail_sink, email, **rules)
        assert mail_sink.the_mail().to == [email]
    else:
        assert refusal_of(mail_sink, email, **rules) == "email_domain_not_allowed"


def test_an_address_that_somebody_has_is_taken(
    db: Database, mail_sink: MailSink, alice: Person
) -> None:
    give_address(db, alice)

    assert refusal_of(mail_sink) == "email_taken"

    give_address(db, alice, status=UserStatus.DELETED)
    ask(mail_sink)


def test_a_second_mail_has_to_wait(db: Database, mail_sink: MailSink) -> None:
    ask(mail_sink)
    mail_sink.forget()

    assert refusal_of(mail_sink) == "mail_too_soon"


def test_a_mail_that_failed_leaves_no_code_and_no_wait(db: Database, mail_sink: MailSink) -> None:
    assert refusal_of(mail_sink, "refused@mail.example") == "send_email_failed"

    with db.reading() as session:
        assert session.scalars(select(Verification)).all() == []
    assert refusal_of(mail_sink, "refused@mail.example") == "send_email_failed"


def test_without_a_mail_server_nothing_is_promised(db: Database) -> None:
    asked = Asked(options=Options(), language="zh", now_s=NOW_S)

    with pytest.raises(Refusal, match="send_email_failed"):
        mail_codes.send_code(MAIL, asked, is_guest=False)


def bind(person: Person, code: str, *, now_s: int = NOW_S) -> None:
    mail_codes.bind_address(person.id, MAIL, code, now_s=now_s)


def address_of(db: Database, person: Person) -> str | None:
    with db.reading() as session:
        return session.get_one(User, person.id).email


def test_a_code_binds_its_address_once(
    db: Database, mail_sink: MailSink, alice: Person, adam: Person
) -> None:
    ask(mail_sink)
    code = code_in(mail_sink)

    bind(alice, code)

    assert address_of(db, alice) == MAIL
    with pytest.raises(Refusal, match="verification_code_invalid"):
        bind(adam, code)


def test_binding_changes_nothing_but_the_address(
    db: Database, mail_sink: MailSink, alice: Person
) -> None:
    ask(mail_sink)
    with db.transaction() as session:
        session.get_one(User, alice.id).quota = 77

    bind(alice, code_in(mail_sink))

    with db.reading() as session:
        assert session.get_one(User, alice.id).quota == 77


@pytest.mark.parametrize(("code", "later_s"), [("wrong!", 0), ("", 0), (None, LIFETIME_S)])
def test_a_wrong_or_old_code_binds_nothing(
    db: Database, mail_sink: MailSink, alice: Person, code: str | None, later_s: int
) -> None:
    ask(mail_sink)
    right = code_in(mail_sink)

    with pytest.raises(Refusal, match="verification_code_invalid"):
        bind(alice, right if code is None else code, now_s=NOW_S + later_s)

    assert address_of(db, alice) == ""


def test_an_address_taken_since_the_code_was_sent_is_not_bound(
    db: Database, mail_sink: MailSink, alice: Person, adam: Person
) -> None:
    ask(mail_sink)
    give_address(db, adam)

    with pytest.raises(Refusal, match="email_taken"):
        bind(alice, code_in(mail_sink))

    assert address_of(db, alice) == ""
