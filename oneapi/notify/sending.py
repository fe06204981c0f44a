"""How letters travel: by mail, by the message pusher, to a person or to root.

Everything here waits for another server.  What a call or an answer must not wait for goes through
``notify.outbox``.

Source of the pusher's request: the API of Message Pusher, https://github.com/songquanpeng/message-pusher
"""

import logging
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from oneapi.errors import Refusal
from oneapi.lib import http, mail
from oneapi.lib.http import HttpError
from oneapi.lib.mail import Mail, MailError, MailServer
from oneapi.models.user import Role, User, UserStatus
from oneapi.notify import paper
from oneapi.notify.letters import Letter
from oneapi.options import Options

logger = logging.getLogger(__name__)

PUSH_S: Final = 5.0

_TLS_PORT: Final = 465


def by_mail(to: str, letter: Letter, options: Options) -> None:
    """Send a letter to an address, or to several with semicolons between.

    Raises:
        Refusal: ``send_email_failed``, with what the mail server said.
    """
    if not options.smtp_server:
        raise Refusal("send_email_failed", reason="SMTPServer is empty")
    sheet = paper.html(letter, system_name=options.system_name)
    message = Mail(to=mail.addresses_in(to), subject=letter.subject, html=sheet)
    try:
        mail.send(_server(options), message)
    except MailError as error:
        raise Refusal("send_email_failed", reason=str(error)) from error


def by_push(letter: Letter, options: Options) -> None:
    """Hand a letter to the message pusher.

    Raises:
        Refusal: ``push_failed``, with what it said.
    """
    if not options.message_pusher_address:
        raise Refusal("push_failed", reason="MessagePusherAddress is empty")
    request = {
        "title": letter.subject,
        "description": paper.plain(letter),
        "content": paper.body(letter),
        "url": "",
        "channel": "",
        "token": options.message_pusher_token,
    }
    try:
        answer = http.post(options.message_pusher_address, json=request, timeout_s=PUSH_S).json()
    except HttpError as error:
        raise Refusal("push_failed", reason=str(error)) from error
    if not isinstance(answer, dict) or answer.get("success") is not True:
        said = answer.get("message") if isinstance(answer, dict) else None
        raise Refusal("push_failed", reason=str(said or "the pusher did not say success"))


def to_root(letter: Letter, root_address: str, options: Options) -> None:
    """Tell root: by push if a pusher is set up, by mail if there is none or it fails.

    Raises:
        Refusal: ``send_email_failed``, neither way worked.
    """
    if options.message_pusher_address:
        try:
            by_push(letter, options)
        except Refusal as refusal:
            logger.warning("the message pusher failed", extra=refusal.facts)
        else:
            return
    if not root_address:
        raise Refusal("send_email_failed", reason="root has no mail address")
    by_mail(root_address, letter, options)


def address_of_root(session: Session) -> str:
    """Return the mail address of the first root user who has one, else an empty text."""
    roots = select(User.email).where(User.role == Role.ROOT, User.status == UserStatus.ENABLED)
    return session.scalar(roots.where(User.email != "").order_by(User.id).limit(1)) or ""


def _server(options: Options) -> MailServer:
    return MailServer(
        host=options.smtp_server,
        port=options.smtp_port,
        begins_with_tls=options.smtp_port == _TLS_PORT,
        account=options.smtp_account,
        password=options.smtp_token,
        sender=options.smtp_from or options.smtp_account,
        sender_name=options.system_name,
        verifies=not options.smtp_skip_verify_enabled,
    )
