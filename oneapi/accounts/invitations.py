"""Invitations: every user's code, and whether bringing somebody is rewarded."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from oneapi.lib import keys
from oneapi.lib.rows import get_or_add
from oneapi.logbook import DAY_S
from oneapi.models.own import Revision
from oneapi.models.user import User, UserStatus
from oneapi.options import Options

_CODE_LENGTHS = (4,) * 10 + (8,) * 2
"""How long a new code is, try after try: the short ones may be used up."""


def own_code(session: Session, user_id: int) -> str:
    """Return a user's invitation code; who has none (root of the first start) gets one."""
    user = session.get_one(User, user_id, with_for_update=True)
    if not user.aff_code:
        user.aff_code = free_code(session)
        session.flush()
    return user.aff_code


def free_code(session: Session) -> str:
    """Return a code that nobody has at the moment."""
    for length in _CODE_LENGTHS:
        code = keys.random_text(length)
        if session.scalar(select(User.id).where(User.aff_code == code)) is None:
            return code
    return keys.random_text(32)


def find_inviter(session: Session, code: str) -> User | None:
    """Return the enabled user with this invitation code."""
    if not code or "\x00" in code:  # root may have an empty one
        return None
    query = select(User).where(User.aff_code == code, User.status == UserStatus.ENABLED)
    found = session.scalars(query).first()
    # MySQL compares without regard to case.
    return found if found is not None and found.aff_code == code else None


def is_rewarded(session: Session, inviter_id: int, options: Options, now_s: int) -> bool:
    """Count one more invitation of today (UTC), and say whether it is within the daily limit."""
    limit = options.invite_reward_daily_limit
    if limit <= 0:
        return True
    fresh = Revision(name=f"invites:{inviter_id}", value=0, updated_at=now_s)
    counter = get_or_add(session, fresh)
    if counter.updated_at // DAY_S != now_s // DAY_S:
        counter.value = 0
    counter.value += 1
    counter.updated_at = now_s
    return counter.value <= limit
