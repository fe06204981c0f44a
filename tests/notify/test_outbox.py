import logging

import pytest

from oneapi import options
from oneapi.lib.database import Database
from oneapi.models.user import User
from oneapi.notify.letters import Letter
from oneapi.notify.outbox import Errand, Outbox
from tests.support.mail_server import MailSink
from tests.support.ports import free_port

PATIENCE_S = 10.0


def letter(subject: str) -> Letter:
    return Letter(language="en", subject=subject, paragraphs=("x",))


@pytest.fixture
def outbox(db: Database, mail_sink: MailSink) -> Outbox:
    """An outbox of a system that sends mail, with a root who has an address."""
    set_option(db, "SMTPServer", "localhost")
    set_option(db, "SMTPPort", str(mail_sink.plain))
    set_option(db, "SMTPFrom", "gateway@mail.example")
    with db.transaction() as session:
        session.get_one(User, 1).email = "root@x.example"
    return Outbox()


def set_option(db: Database, key: str, value: str) -> None:
    with db.transaction() as session:
        options.update(session, key, value)


def test_letters_go_to_their_people_and_the_others_to_root(
    outbox: Outbox, mail_sink: MailSink
) -> None:
    outbox.put(Errand(letter("one"), to="ann@x.example"))
    outbox.put(Errand(letter("two")))

    outbox.drain(PATIENCE_S)

    sent = [(arrived.subject, arrived.to) for arrived in mail_sink.mails(2)]
    assert sent == [("one", ["ann@x.example"]), ("two", ["root@x.example"])]


def test_a_letter_that_cannot_be_sent_is_logged_and_the_next_one_is_sent(
    outbox: Outbox, mail_sink: MailSink, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.put(Errand(letter("lost"), to="refused@x.example"))
    outbox.put(Errand(letter("sent"), to="ann@x.example"))

    with caplog.at_level(logging.WARNING):
        outbox.drain(PATIENCE_S)

    assert mail_sink.the_mail().subject == "sent"
    (record,) = (r for r in caplog.records if r.message == "a letter was not sent")
    assert record.__dict__["subject"] == "lost"
    assert record.__dict__["reason"] == "550 5.1.1 nobody of this name"


def test_putting_a_letter_waits_for_no_server(outbox: Outbox, db: Database) -> None:
    set_option(db, "SMTPPort", str(free_port()))
    set_option(db, "MessagePusherAddress", f"http://127.0.0.1:{free_port()}")

    outbox.put(Errand(letter("lost")))
    waiting = outbox._waiting.qsize()

    assert waiting == 1
    outbox.drain(PATIENCE_S)
    assert outbox._waiting.qsize() == 0


def test_an_outbox_that_was_never_used_is_empty() -> None:
    Outbox().drain(0)
