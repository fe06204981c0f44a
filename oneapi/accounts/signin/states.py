"""States of sign-ins: each good for one return, on whatever worker or node it happens.

A browser's cookie remembers the state it was given, and a cookie can be copied; so what is used
up is remembered here.
"""

import hashlib
from typing import Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oneapi.errors import Refusal
from oneapi.models.own import Verification
from oneapi.resources import db

LIFETIME_S: Final = 600

_PURPOSE: Final = "s"


def spend(state: str, *, now_s: int) -> None:
    """Use up a state that a browser came back with, in a transaction of its own.

    Raises:
        Refusal: ``oauth_state_mismatch``, it was used before.
    """
    digest = hashlib.sha256(state.encode()).hexdigest()
    used = Verification(
        purpose=_PURPOSE, address=digest, code_hash=digest, expires_at=now_s + LIFETIME_S
    )
    try:
        with db.transaction() as session:
            _forget_old(session, now_s)
            session.add(used)
    except IntegrityError as error:
        raise Refusal("oauth_state_mismatch") from error


def _forget_old(session: Session, now_s: int) -> None:
    too_late = Verification.expires_at < now_s
    session.execute(delete(Verification).where(Verification.purpose == _PURPOSE, too_late))
