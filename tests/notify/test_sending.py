import json
from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.user import User, UserStatus
from oneapi.notify import letters, sending
from oneapi.notify.letters import Letter
from oneapi.options import Options
from tests.support.mail_server import MailSink
from tests.support.ports import free_port
from tests.support.pusher import pusher

LETTER = Letter(language="en", subject="News", paragraphs=("<b>one</b>",))


def by_mail(sink: MailSink, **members: Any) -> Options:
    members.setdefault("smtp_port", sink.plain)
    return Options(smtp_server="localhost", smtp_from="gateway@mail.example", **members)


def reason_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return str(refused.value.facts["reason"])


def test_a_letter_is_sent_in_the_name_of_the_system(mail_sink: MailSink) -> None:
    sending.by_mail("ann@x.example", LETTER, by_mail(mail_sink, system_name="网关"))

    arrived = mail_sink.the_mail()
    assert (arrived.subject, arrived.to) == ("News", ["ann@x.example"])
    assert "网关" in str(arrived.message["From"])
    assert "&lt;b&gt;one&lt;/b&gt;" in arrived.html


def test_the_account_is_the_sender_where_no_other_is_named(mail_sink: MailSink) -> None:
    options = Options(
        smtp_server="localhost",
        smtp_port=mail_sink.starttls,
        smtp_account="gateway",
        smtp_token="right-password",
        smtp_skip_verify_enabled=True,
    )

    with pytest.raises(Refusal) as refused:
        sending.by_mail("ann@x.example", LETTER, options)

    assert "address" in reason_of(refused)


def test_an_unknown_certificate_may_be_taken_by_option(mail_sink: MailSink) -> None:
    account = {"smtp_account": "gateway", "smtp_token": "right-password"}
    strict = by_mail(mail_sink, smtp_port=mail_sink.starttls, **account)
    lenient = by_mail(
        mail_sink, smtp_port=mail_sink.starttls, smtp_skip_verify_enabled=True, **account
    )

    with pytest.raises(Refusal) as refused:
        sending.by_mail("ann@x.example", LETTER, strict)
    sending.by_mail("ann@x.example", LETTER, lenient)

    assert "CERTIFICATE_VERIFY_FAILED" in reason_of(refused)
    assert mail_sink.the_mail().encrypted


def test_without_a_server_no_mail_is_sent() -> None:
    with pytest.raises(Refusal) as refused:
        sending.by_mail("ann@x.example", LETTER, Options())

    assert refused.value.code == "send_email_failed"
    assert "SMTPServer" in reason_of(refused)


def test_what_the_server_said_is_told(mail_sink: MailSink) -> None:
    with pytest.raises(Refusal) as refused:
        sending.by_mail("refused@x.example", LETTER, by_mail(mail_sink))

    assert reason_of(refused) == "550 5.1.1 nobody of this name"


def test_a_push_has_the_pushers_form() -> None:
    with pusher() as server:
        options = Options(message_pusher_address=f"{server.url}/push/me", message_pusher_token="t0")
        sending.by_push(letters.channels_tested(3, 1, "en"), options)

    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/push/me")
    assert json.loads(asked.body) == {
        "title": "The test of the channels is over",
        "description": "Channels tested: 3. Failed: 1.",
        "content": '<p style="margin:0 0 14px">Channels tested: 3. Failed: 1.</p>',
        "url": "",
        "channel": "",
        "token": "t0",
    }


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        ({"success": False, "message": "no such token"}, 200, "no such token"),
        ({}, 200, "did not say success"),
        ([], 200, "did not say success"),
        ({"success": True}, 500, "status code: 500"),
    ],
)
def test_a_pusher_that_does_not_say_success_has_failed(
    answer: Any, status: int, reason: str
) -> None:
    with pusher(answer, status=status) as server, pytest.raises(Refusal) as refused:
        sending.by_push(LETTER, Options(message_pusher_address=server.url))

    assert refused.value.code == "push_failed"
    assert reason in reason_of(refused)


def test_root_gets_a_push_where_there_is_a_pusher(mail_sink: MailSink) -> None:
    with pusher() as server:
        options = by_mail(mail_sink, message_pusher_address=server.url)
        sending.to_root(LETTER, "root@x.example", options)

    assert len(server.asked) == 1
    assert mail_sink.arrived == []


def test_root_gets_mail_where_the_pusher_fails(mail_sink: MailSink) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"

    sending.to_root(LETTER, "root@x.example", by_mail(mail_sink, message_pusher_address=nobody))

    assert mail_sink.the_mail().to == ["root@x.example"]


def test_a_root_without_an_address_cannot_be_told(mail_sink: MailSink) -> None:
    with pytest.raises(Refusal, match="send_email_failed"):
        sending.to_root(LETTER, "", by_mail(mail_sink))


def test_the_address_of_root_is_read_when_it_is_needed(db: Database) -> None:
    def found() -> str:
        with db.reading() as session:
            return sending.address_of_root(session)

    assert found() == ""
    with db.transaction() as session:
        session.get_one(User, 1).email = "root@x.example"
    assert found() == "root@x.example"
    with db.transaction() as session:
        session.get_one(User, 1).status = UserStatus.DISABLED
    assert found() == ""
