import dataclasses
import socket
from collections.abc import Iterator

import pytest

from oneapi.lib import mail
from oneapi.lib.mail import Mail, MailError, MailServer
from tests.support.mail_server import MailSink
from tests.support.ports import free_port

LETTER = Mail(to=["ann+1@mail.example"], subject="你好 — hello", html="<p>码 code</p>")


def server_at(port: int, **members: object) -> MailServer:
    plain = MailServer(
        host="localhost",
        port=port,
        begins_with_tls=False,
        account="",
        password="",
        sender="gateway@mail.example",
        sender_name="One API",
    )
    return dataclasses.replace(plain, **members)  # type: ignore[arg-type]


def with_account(port: int, **members: object) -> MailServer:
    return server_at(port, account="gateway", password="right-password", **members)


def failure_of(server: MailServer, letter: Mail = LETTER, **limits: float) -> str:
    with pytest.raises(MailError) as failure:
        mail.send(server, letter, **limits)
    return str(failure.value)


@pytest.fixture
def trusted(mail_sink: MailSink, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailSink]:
    """The mail server, whose certificate the system knows."""
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_sink.certificate))
    mail._tls.cache_clear()
    yield mail_sink
    mail._tls.cache_clear()


def test_a_relay_without_accounts_gets_plain_mail(mail_sink: MailSink) -> None:
    mail.send(server_at(mail_sink.starttls), LETTER)

    arrived = mail_sink.the_mail()
    assert (arrived.encrypted, arrived.signed_in) == (False, False)
    assert (arrived.sender, arrived.to) == ("gateway@mail.example", ["ann+1@mail.example"])
    assert arrived.called_itself == "mail.example"


def test_a_mail_says_what_it_should_in_every_script(mail_sink: MailSink) -> None:
    name = '网关 "x" <b>'

    mail.send(server_at(mail_sink.plain, sender_name=name), LETTER)

    arrived = mail_sink.the_mail()
    assert arrived.text.isascii()
    assert arrived.subject == "你好 — hello"
    assert arrived.html == "<p>码 code</p>\n"
    assert arrived.message.get_content_type() == "text/html"
    (sender,) = arrived.message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "gateway@mail.example")
    assert arrived.message["Message-ID"].endswith("@mail.example>")
    assert arrived.message["Date"].datetime.tzinfo is not None


def test_a_long_subject_comes_back_as_it_was(mail_sink: MailSink) -> None:
    subject = "一个很长的主题，" * 30 + "end"

    mail.send(server_at(mail_sink.plain), dataclasses.replace(LETTER, subject=subject))

    assert mail_sink.the_mail().subject == subject


def test_an_account_is_protected_by_starttls(trusted: MailSink) -> None:
    mail.send(with_account(trusted.starttls), LETTER)

    arrived = trusted.the_mail()
    assert (arrived.encrypted, arrived.signed_in) == (True, True)


def test_tls_may_begin_with_the_first_byte(trusted: MailSink) -> None:
    mail.send(with_account(trusted.tls, begins_with_tls=True), LETTER)

    arrived = trusted.the_mail()
    assert (arrived.encrypted, arrived.signed_in) == (True, True)


@pytest.mark.parametrize("begins_with_tls", [True, False])
def test_an_unknown_certificate_is_refused_unless_the_administrator_takes_it(
    mail_sink: MailSink, *, begins_with_tls: bool
) -> None:
    port = mail_sink.tls if begins_with_tls else mail_sink.starttls
    server = with_account(port, begins_with_tls=begins_with_tls)

    assert "CERTIFICATE_VERIFY_FAILED" in failure_of(server)
    assert mail_sink.arrived == []

    mail.send(dataclasses.replace(server, verifies=False), LETTER)
    assert mail_sink.the_mail().encrypted


def test_a_certificate_for_another_name_is_refused(trusted: MailSink) -> None:
    server = with_account(trusted.tls, begins_with_tls=True, host="127.0.0.1")

    assert "CERTIFICATE_VERIFY_FAILED" in failure_of(server)


def test_a_password_is_not_told_over_an_open_line(mail_sink: MailSink) -> None:
    assert "no TLS" in failure_of(with_account(mail_sink.plain, host="127.0.0.2"))

    mail.send(with_account(mail_sink.plain), LETTER)
    assert mail_sink.the_mail().signed_in


def test_a_wrong_password_is_told_without_the_password(mail_sink: MailSink) -> None:
    server = dataclasses.replace(with_account(mail_sink.plain), password="wrong-password")

    said = failure_of(server)

    assert said.startswith("535")
    assert "wrong-password" not in said
    assert "wrong-password" not in repr(server)


def test_a_mail_for_several_is_sent_if_one_of_them_exists(mail_sink: MailSink) -> None:
    both = dataclasses.replace(LETTER, to=mail.addresses_in("refused@x.example; ann@x.example ;"))
    nobody = dataclasses.replace(LETTER, to=["refused@x.example"])

    mail.send(server_at(mail_sink.plain), both)

    assert mail_sink.the_mail().to == ["ann@x.example"]
    assert failure_of(server_at(mail_sink.plain), nobody) == "550 5.1.1 nobody of this name"


@pytest.mark.parametrize(
    "to",
    [[], ["ann"], ["a@b.example\r\nBcc: eve@b.example"], ["a@b.example, eve@b.example"], [""]],
)
def test_no_address_smuggles_in_another_receiver(mail_sink: MailSink, to: list[str]) -> None:
    failure_of(server_at(mail_sink.plain), dataclasses.replace(LETTER, to=to))

    assert mail_sink.arrived == []


def test_line_breaks_in_names_and_subjects_begin_no_header(mail_sink: MailSink) -> None:
    server = server_at(mail_sink.plain, sender_name="One\r\nBcc: eve@b.example")

    mail.send(server, dataclasses.replace(LETTER, subject="a\nX-Evil: b"))

    message = mail_sink.the_mail().message
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert message["Subject"] == "a X-Evil: b"


def test_a_sender_that_is_no_address_is_refused(mail_sink: MailSink) -> None:
    assert "address" in failure_of(server_at(mail_sink.plain, sender="gateway"))


def test_a_server_that_is_not_there_is_an_error() -> None:
    assert "refused" in failure_of(server_at(free_port())).lower()


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = failure_of(server_at(silent.getsockname()[1]), limit_s=0.2)

    assert said == "the mail server took too long"


@pytest.mark.parametrize("text", ["ann@mail.example", "a.b+c@x-y.co.uk", "o'neil@example.com"])
def test_plain_addresses_are_addresses(text: str) -> None:
    assert mail.is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "nonsense", "a@b", "@b.example", "a@", "a@b.1", "a@b.c1", "a@-b.example"),
        *("a b@c.example", "a@b.example;c@d.example", "a@b.example\n", "Ann <a@b.example>"),
        *("a..b@c.example", ".a@c.example", "ä@c.example", "a@b..example", "a@b.example\r\nx: y"),
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert not mail.is_address(text)
