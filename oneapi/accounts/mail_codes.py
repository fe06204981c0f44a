"""Codes that prove a mail address: sent, and used to give an account its address.

The steps open their own transactions: no connection is held while a mail server thinks, and a
wrong guess is counted although the call ends with an exception.
"""

from dataclasses import dataclass

from oneapi.accounts import rules, users, verification
from oneapi.accounts.verification import LIFETIME_S, Purpose
from oneapi.errors import Refusal
from oneapi.notify import letters, sending
from oneapi.notify.letters import Letter
from oneapi.options import Options
from oneapi.resources import db

MINUTES = LIFETIME_S // 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """When somebody asked for a mail, under which rules, and in which language."""

    options: Options
    language: str
    now_s: int


def send_code(email: str, asked: Asked, *, is_guest: bool) -> None:
    """Send a code to an address that nobody has yet.

    Raises:
        Refusal: ``invalid_parameter``, ``invalid_input``, ``email_verification_disabled`` (guests
            need no code then), ``email_domain_not_allowed``, ``email_taken``, ``mail_too_soon``,
            ``send_email_failed``.
    """
    rules.check_address(email)
    if is_guest and not asked.options.email_verification_enabled:
        raise Refusal("email_verification_disabled")
    _check_domain(email, asked.options)
    with db.transaction() as session:
        users.refuse_taken_email(session, email)
        code = verification.issue(session, Purpose.ADDRESS, email, now_s=asked.now_s)
    letter = letters.address_code(code, asked.options, asked.language, minutes=MINUTES)
    send_or_withdraw(Purpose.ADDRESS, email, code, letter, asked.options)


def send_or_withdraw(
    purpose: Purpose, address: str, code: str, letter: Letter, options: Options
) -> None:
    """Send the letter with a code; a code that was not sent is not kept.

    Raises:
        Refusal: ``send_email_failed``.
    """
    try:
        sending.by_mail(address, letter, options)
    except Refusal:
        with db.transaction() as session:
            verification.withdraw(session, purpose, address, code)
        raise


def bind_address(user_id: int, email: str, code: str, *, now_s: int) -> None:
    """Give a user the mail address that a code proves.

    Raises:
        Refusal: ``verification_code_invalid``, ``invalid_input``, ``email_taken``.
    """
    rules.check_email(email)
    verification.refuse_wrong(Purpose.ADDRESS, email, code, now_s=now_s)
    with db.transaction() as session:
        verification.spend(session, Purpose.ADDRESS, email, code)
        users.refuse_taken_email(session, email)
        users.get(session, user_id).email = email


def _check_domain(email: str, options: Options) -> None:
    if not options.email_domain_restriction_enabled:
        return
    allowed = {domain.strip().lower() for domain in options.email_domain_whitelist}
    if email.rpartition("@")[2].lower() not in allowed:
        raise Refusal("email_domain_not_allowed")
