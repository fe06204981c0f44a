"""A new password for somebody who can read the account's mail.

The steps open their own transactions, as in ``accounts.mail_codes``.
"""

from oneapi.accounts import rules, users, verification
from oneapi.accounts.mail_codes import MINUTES, Asked, send_or_withdraw
from oneapi.accounts.verification import Purpose
from oneapi.errors import Refusal
from oneapi.lib import keys, passwords
from oneapi.models.user import UserStatus
from oneapi.notify import letters
from oneapi.resources import db

PASSWORD_LENGTH = 12


def send_link(email: str, asked: Asked) -> None:
    """Send the link that leads to a new password; to the address as the account has it.

    Raises:
        Refusal: ``invalid_parameter``, ``invalid_input``, ``email_not_registered`` (of a user who
            is not enabled or shares the address too), ``mail_too_soon``, ``send_email_failed``.
    """
    rules.check_address(email)
    with db.transaction() as session:
        owner = users.find_owner(session, email)
        if owner is None or owner.status != UserStatus.ENABLED:
            raise Refusal("email_not_registered")
        address = owner.email or ""
        token = verification.issue(session, Purpose.RESET, address, now_s=asked.now_s)
    letter = letters.password_reset(address, token, asked.options, asked.language, minutes=MINUTES)
    send_or_withdraw(Purpose.RESET, address, token, letter, asked.options)


def reset_password(email: str, token: str, *, now_s: int) -> str:
    """Give the account a random password and return it; every session ends.

    Raises:
        Refusal: ``reset_link_invalid``, also if the account is no longer there or enabled;
            ``invalid_input``.
    """
    rules.check_email(email)
    verification.refuse_wrong(Purpose.RESET, email, token, now_s=now_s)
    password = keys.random_text(PASSWORD_LENGTH)
    password_hash = passwords.hashed(password)
    with db.transaction() as session:
        verification.spend(session, Purpose.RESET, email, token)
        owner = users.find_owner(session, email)
        if owner is None or owner.status != UserStatus.ENABLED:
            raise Refusal("reset_link_invalid")
        owner.password = password_hash
        users.end_sessions(session, owner.id)
    return password
