"""One-time codes that prove a mail address, the same for every worker and node.

A code lives for ten minutes and dies at its fifth wrong guess; an address gets one a minute.  It
is checked first and spent later, with the transaction of what it was asked for: a name that is
taken costs nobody his code.
"""

import hashlib
import hmac
import secrets
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session

from oneapi.errors import Refusal
from oneapi.lib.rows import get_or_add
from oneapi.models.own import Verification
from oneapi.resources import db

LIFETIME_S = 600
PAUSE_S = 60
WRONG_GUESSES = 5
CODE_LENGTH = 6


class Purpose(StrEnum):
    """What a code is good for."""

    ADDRESS = "v"
    RESET = "r"


_WRONG = {Purpose.ADDRESS: "verification_code_invalid", Purpose.RESET: "reset_link_invalid"}


def issue(session: Session, purpose: Purpose, address: str, *, now_s: int) -> str:
    """Return a new code for a mail address; an older one is worthless from the commit on.

    Raises:
        Refusal: ``mail_too_soon``, the older one is not a minute old.
    """
    code = secrets.token_hex(16)
    if purpose == Purpose.ADDRESS:
        code = code[:CODE_LENGTH]  # typed by hand
    row = get_or_add(session, _row(purpose, address))
    wait_s = row.expires_at - LIFETIME_S + PAUSE_S - now_s
    if wait_s > 0:
        raise Refusal("mail_too_soon", retry_after_s=wait_s)
    row.code_hash = _hash(code)
    row.expires_at = now_s + LIFETIME_S
    row.attempts = 0
    session.flush()
    return code


def is_right(purpose: Purpose, address: str, code: str, *, now_s: int) -> bool:
    """Say whether this is the code that was sent there; a wrong guess is counted.

    Counts in a transaction of its own, so that a refusal afterwards does not undo it.
    """
    with db.transaction() as session:
        row = session.get(Verification, _key(purpose, address), with_for_update=True)
        if row is None or row.expires_at <= now_s or row.attempts >= WRONG_GUESSES:
            return False
        if hmac.compare_digest(row.code_hash, _hash(code)):
            return True
        row.attempts += 1
        return False


def spend(session: Session, purpose: Purpose, address: str, code: str) -> None:
    """Use up a code that was found right.

    Raises:
        Refusal: ``verification_code_invalid`` or ``reset_link_invalid``; somebody else was faster
            or asked for a new one.
    """
    if not withdraw(session, purpose, address, code):
        raise Refusal(_WRONG[purpose])


def withdraw(session: Session, purpose: Purpose, address: str, code: str) -> bool:
    """Make a code worthless; say whether it was there.

    The address may ask for another one at once: this one was used, or never reached anybody.
    """
    key_purpose, key_address = _key(purpose, address)
    result = session.execute(
        delete(Verification).where(
            Verification.purpose == key_purpose,
            Verification.address == key_address,
            Verification.code_hash == _hash(code),
        )
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]  # a DELETE answers with a cursor


def refuse_wrong(purpose: Purpose, address: str, code: str, *, now_s: int) -> None:
    """Refuse a code that is not the one that was sent there; the guess is counted.

    Raises:
        Refusal: ``verification_code_invalid`` or ``reset_link_invalid``.
    """
    if not is_right(purpose, address, code, now_s=now_s):
        raise Refusal(_WRONG[purpose])


def delete_old(session: Session, *, now_s: int) -> None:
    """Delete the codes that have run out."""
    session.execute(delete(Verification).where(Verification.expires_at <= now_s))


def _row(purpose: Purpose, address: str) -> Verification:
    key_purpose, key_address = _key(purpose, address)
    return Verification(
        purpose=key_purpose, address=key_address, code_hash="", expires_at=0, attempts=0
    )


def _key(purpose: Purpose, address: str) -> tuple[str, str]:
    return purpose.value, address.strip().lower()


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()
