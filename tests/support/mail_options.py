"""Options that let a test's system send mail."""

from typing import Any

from oneapi import options
from oneapi.options import Options
from oneapi.resources import db
from tests.support.mail_server import MailSink


def mail_options(sink: MailSink, **members: Any) -> Options:
    """Return options under which mail goes to the sink."""
    return Options(
        smtp_server="localhost",
        smtp_port=sink.plain,
        smtp_from="gateway@mail.example",
        server_address="https://gate.example",
        **members,
    )


def set_up_mail(sink: MailSink, **more: object) -> None:
    """Store such options; ``more`` are further ones by their keys."""
    stored = {
        "SMTPServer": "localhost",
        "SMTPPort": sink.plain,
        "SMTPFrom": "gateway@mail.example",
        "ServerAddress": "https://gate.example",
        **more,
    }
    with db.transaction() as session:
        for key, value in stored.items():
            options.update(session, key, value)
