"""Deleted accounts: the row stays for the history, and nothing of it works any more."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from oneapi import revision
from oneapi.accounts import users
from oneapi.errors import Refusal
from oneapi.lib import keys
from oneapi.models.token import Token, TokenStatus
from oneapi.models.user import Role, User, UserStatus


def delete(session: Session, user: User) -> None:
    """Close an account: its name becomes free, its sessions, access token and API tokens die."""
    user.status = UserStatus.DELETED
    user.username = f"deleted_{secrets.token_hex(16)}"
    user.access_token = keys.new_access_token()
    owned = session.scalars(select(Token).where(Token.user_id == user.id).order_by(Token.id)).all()
    for token in owned:
        token.status = TokenStatus.DISABLED
    session.flush()
    users.end_sessions(session, user.id)
    revision.bump(session, forget=[revision.token_entry(token.key or "") for token in owned])


def delete_self(session: Session, user_id: int) -> None:
    """Close one's own account.

    Raises:
        Refusal: ``root_protected``.
    """
    user = users.get(session, user_id)
    if user.role == Role.ROOT:
        raise Refusal("root_protected")
    delete(session, user)
