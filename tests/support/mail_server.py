"""The mail server of the tests, and what has arrived there."""

import email
import json
import secrets
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import gevent

from tests.support.books import eventually
from tests.support.certificates import self_signed

_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Arrived:
    """A mail as the server took it."""

    sender: str
    to: list[str]
    text: str = field(repr=False)
    encrypted: bool
    signed_in: bool
    called_itself: str

    @property
    def message(self) -> EmailMessage:
        return email.message_from_string(self.text, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def html(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class MailSink:
    """Where it listens, and what it has taken."""

    certificate: Path
    plain: int = 0
    starttls: int = 0
    tls: int = 0
    arrived: list[Arrived] = field(default_factory=list)

    def all_until_now(self) -> list[Arrived]:
        """Return what the server has taken, also what is still on its way from its process."""
        mark = secrets.token_hex(8)
        with smtplib.SMTP("localhost", self.plain, "localhost") as connection:
            connection.sendmail("mark@mail.example", ["mark@mail.example"], f"Subject: {mark}\n")
        eventually(lambda: any(arrived.subject == mark for arrived in self.arrived))
        self.arrived[:] = [arrived for arrived in self.arrived if arrived.subject != mark]
        return list(self.arrived)

    def forget(self) -> None:
        """Forget what the server has taken."""
        self.all_until_now()
        self.arrived.clear()

    def mails(self, count: int) -> list[Arrived]:
        """Wait until so many have arrived, and return all that have."""
        eventually(lambda: len(self.arrived) >= count)
        return list(self.arrived)

    def the_mail(self) -> Arrived:
        """Wait for the one mail and return it."""
        (arrived,) = self.mails(1)
        return arrived


@contextmanager
def mail_server(folder: Path) -> Iterator[MailSink]:
    """Run the server until the block ends; its certificate is for ``localhost``."""
    sink = MailSink(self_signed("localhost", folder))
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.support.mail_program", str(sink.certificate)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        sink.plain, sink.starttls, sink.tls = json.loads(process.stdout.readline())
        reader = gevent.spawn(_collect, process.stdout, sink)
        yield sink
    finally:
        process.terminate()
        process.wait()
    reader.join()
    process.stdout.close()


def _collect(lines: Any, sink: MailSink) -> None:
    for line in lines:
        sink.arrived.append(Arrived(**json.loads(line)))
