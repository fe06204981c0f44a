"""Sends mail by SMTP: one message, one connection, a limit for the whole exchange.

A connection that does not begin with TLS becomes TLS where the server offers it and there is an
account to protect; a server that wants none is a relay next door, whose certificate nobody made
for us.
"""

import functools
import re
import secrets
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final

import certifi
import gevent

STEP_S: Final = 15.0
WHOLE_S: Final = 30.0
"""Some servers make strangers wait before they greet."""

_GOODBYE_S: Final = 2.0
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_REASON: Final = 300

# RFC 5321 allows more; what it allows beyond this is no address that anybody has.
_NAME: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_ADDRESS: Final = re.compile(
    _NAME
    + r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z])?"
)
_DELIVERABLE: Final = re.compile(_NAME + r"@[A-Za-z0-9.-]+")
"""What administrators set up may live on a host without a dot."""


class MailError(Exception):
    """The mail was not taken; the message is for the administrator and holds no password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, and in whose name."""

    host: str
    port: int
    begins_with_tls: bool
    """As on port 465; else TLS begins with a command."""

    account: str
    password: str = field(repr=False)
    sender: str
    """The address that the mail comes from."""

    sender_name: str
    verifies: bool = True
    """Whether the server must prove who it is."""

    @property
    def has_account(self) -> bool:
        """Whether to sign in."""
        return bool(self.account or self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message, in HTML."""

    to: Sequence[str]
    subject: str
    html: str


def is_address(text: str) -> bool:
    """Say whether this is one plain mail address whose domain has a dot."""
    return _ADDRESS.fullmatch(text) is not None


def addresses_in(text: str) -> tuple[str, ...]:
    """Split a list of addresses at its semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def send(server: MailServer, mail: Mail, *, limit_s: float = WHOLE_S) -> None:
    """Hand a mail in; returns when the server has taken it for at least one receiver.

    Raises:
        MailError: it has not, or an address cannot be used.
    """
    message = _message(server, mail)
    too_slow = MailError("the mail server took too long")
    try:
        with gevent.Timeout(limit_s, too_slow), _connected(server) as connection:
            connection.send_message(message, server.sender, list(mail.to))
    except (OSError, ValueError) as error:  # every exception of smtplib is an OSError
        raise MailError(_reason(error)) from error


def _message(server: MailServer, mail: Mail) -> EmailMessage:
    if not mail.to:
        raise MailError("the mail has no receiver")
    sender = _address(server.sender, _one_line(server.sender_name))
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender
    message["To"] = [_address(receiver) for receiver in mail.to]
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    message.set_content(mail.html, subtype="html", charset="utf-8", cte="base64")
    return message


def _address(text: str, name: str = "") -> Address:
    """Return an address for a header; a line break in it would begin a header of its own."""
    if not _DELIVERABLE.fullmatch(text):
        raise MailError("a mail address cannot be used")
    user, _, domain = text.rpartition("@")
    return Address(name, user, domain)


class _ClosesOnFailure:
    """Leaves no socket behind when the greeting fails or takes too long."""

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().connect(*args, **kwargs)  # type: ignore[misc]  # of the other base
        except BaseException:
            self.close()  # type: ignore[attr-defined]  # same
            raise


class _Plain(_ClosesOnFailure, smtplib.SMTP):
    pass


class _Encrypted(_ClosesOnFailure, smtplib.SMTP_SSL):
    pass


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    connection = _connect(server)
    try:
        if server.has_account:
            _sign_in(connection, server)
        yield connection
        # The mail is on its way; a server that is rude at the end changes nothing about that.
        with suppress(OSError):
            gevent.with_timeout(_GOODBYE_S, connection.quit, timeout_value=None)
    finally:
        connection.close()


def _connect(server: MailServer) -> smtplib.SMTP:
    # What smtplib would say of itself by default takes a look-up of our own address.
    own_name = server.sender.rpartition("@")[2]
    if server.begins_with_tls:
        context = _tls(verifies=server.verifies)
        return _Encrypted(server.host, server.port, own_name, timeout=STEP_S, context=context)
    return _Plain(server.host, server.port, own_name, timeout=STEP_S)


def _sign_in(connection: smtplib.SMTP, server: MailServer) -> None:
    connection.ehlo_or_helo_if_needed()
    encrypted = isinstance(connection, smtplib.SMTP_SSL)
    if not encrypted and connection.has_extn("starttls"):
        connection.starttls(context=_tls(verifies=server.verifies))
        encrypted = True
    if not encrypted and server.host.lower() not in _LOCAL:
        raise MailError("the mail server offers no TLS, so it was not told the password")
    connection.login(server.account, server.password)


@functools.cache
def _tls(*, verifies: bool) -> ssl.SSLContext:
    """Return what to trust; an own context, because HTTP clients set theirs to speak HTTP."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if not verifies:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: Exception) -> str:
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    else:
        return _one_line(str(error))[:_LONGEST_REASON] or type(error).__name__
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return _one_line(f"{code} {text}")[:_LONGEST_REASON]


def _one_line(text: str) -> str:
    return " ".join(text.split())
