"""Users as rows: who is who, what people change about themselves, what administrators see.

A session is bound to a stamp of its user: the session version, which every ban and every change
of password raises, and a fingerprint of the password hash.  A session with an old stamp is none.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oneapi import revision
from oneapi.accounts import rules
from oneapi.errors import Refusal
from oneapi.lib import keys
from oneapi.lib.json_fields import optional_text
from oneapi.lib.paging import Found, Page, fetch, starts_with
from oneapi.lib.rows import get_or_add
from oneapi.models.own import UserExtra
from oneapi.models.user import Role, User, UserStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user as far as a request of his needs it."""

    user_id: int
    username: str
    role: int
    status: int
    stamp: str
    """What a session must carry to be this user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Narrows the list of users; ``None`` and empty texts do not."""

    role: int | None = None
    status: int | None = None
    group: str = ""
    keyword: str = ""
    include_deleted: bool = False

    @property
    def is_set(self) -> bool:
        """Whether anything is narrowed."""
        return self != UserFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfChange:
    """What people may change about themselves; an empty text changes nothing."""

    username: str = ""
    display_name: str = ""
    password: str = ""
    original_password: str | None = None
    """Checked when it is sent."""

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read a body.

        Raises:
            Refusal: ``invalid_parameter`` for a wrong type, ``invalid_input`` for a length.
        """
        change = cls(
            username=(optional_text(body, "username") or "").strip(),
            display_name=optional_text(body, "display_name") or "",
            password=optional_text(body, "password") or "",
            original_password=optional_text(body, "original_password"),
        )
        rules.check_display_name(change.display_name)
        if change.password:
            rules.check_password(change.password)
        return change


def get(session: Session, user_id: int) -> User:
    """Return a user, deleted ones too.

    Raises:
        Refusal: ``record_not_found``.
    """
    user = session.get(User, user_id)
    if user is None:
        raise Refusal("record_not_found")
    return user


def find_account(session: Session, user_id: int) -> Account | None:
    """Return the account with this id as it is now."""
    return _account(session, User.id == user_id)


def find_account_by_access_token(session: Session, access_token: str) -> Account | None:
    """Return the account that owns a management token."""
    if not access_token or "\x00" in access_token:
        return None
    stored = session.execute(
        select(User.id, User.access_token).where(User.access_token == access_token)
    ).first()
    if stored is None or not _same(stored.access_token, access_token):
        return None
    return find_account(session, stored.id)


def find_by_login(session: Session, login: str) -> User | None:
    """Return the user with this name, else the only active one with this mail address."""
    named = session.scalars(select(User).where(User.username == login)).first()
    if named is not None and named.username == login:
        return named
    active = select(User).where(User.email == login, User.status == UserStatus.ENABLED)
    owners = session.scalars(active.limit(2)).all()
    return owners[0] if len(owners) == 1 else None


def find_by_name(session: Session, username: str) -> User | None:
    """Return the user with exactly this name, locked until the transaction ends."""
    query = select(User).where(User.username == username).with_for_update()
    named = session.scalars(query).first()
    # MySQL compares without regard to case.
    return named if named is not None and named.username == username else None


def refuse_taken_email(session: Session, email: str) -> None:
    """Refuse a mail address that somebody has who is not deleted.

    Raises:
        Refusal: ``email_taken``.
    """
    owners = select(User.id).where(User.email == email, User.status != UserStatus.DELETED)
    if session.scalar(owners.limit(1)) is not None:
        raise Refusal("email_taken")


def find_owner(session: Session, email: str) -> User | None:
    """Return the one user with this mail address who is not deleted, if there is just one.

    Locked until the transaction ends.
    """
    owners = select(User).where(User.email == email, User.status != UserStatus.DELETED)
    found = session.scalars(owners.limit(2).with_for_update()).all()
    # MySQL takes letters with and without accents for the same; a mail to the one reaches
    # somebody else than a mail to the other.
    if len(found) != 1 or (found[0].email or "").lower() != email.lower():
        return None
    return found[0]


def stamp(password_hash: str, session_version: int) -> str:
    """Return what binds a session to this password and session version."""
    fingerprint = hashlib.sha256(password_hash.encode()).hexdigest()[:16]
    return f"{session_version}.{fingerprint}"


def end_sessions(session: Session, user_id: int) -> None:
    """Make every session of a user worthless."""
    extra_of(session, user_id).session_version += 1
    session.flush()
    revision.bump(session, forget=revision.user_entries(user_id))


def extra_of(session: Session, user_id: int) -> UserExtra:
    """Return the row with our own columns of a user, made if it is missing."""
    return get_or_add(session, UserExtra(user_id=user_id, session_version=0))


def forget_number(session: Session, user: User, column: str) -> None:
    """Forget GitHub's number of a user whose login changes; other columns have none."""
    if column == "github_id":
        extra_of(session, user.id).github_numeric_id = None


def new_access_token(session: Session, user_id: int) -> str:
    """Give a user another management token; the old one is worthless from the commit on."""
    user = get(session, user_id)
    user.access_token = keys.new_access_token()
    session.flush()
    return user.access_token


def update_self(
    session: Session, user_id: int, change: SelfChange, *, new_hash: str | None
) -> None:
    """Apply what a user changes about himself; a new password ends all his sessions.

    ``new_hash`` is the hash of ``change.password``, made before the transaction began.

    Raises:
        Refusal: ``username_taken``, ``invalid_input``.
    """
    user = get(session, user_id)
    if change.username and change.username != user.username:
        rename(session, user, change.username)
    if change.display_name:
        user.display_name = change.display_name
    if new_hash is not None:
        user.password = new_hash
        end_sessions(session, user_id)
    session.flush()
    revision.bump(session)


def rename(session: Session, user: User, username: str) -> None:
    """Give a user another name.

    Raises:
        Refusal: ``invalid_input``, ``username_taken``.
    """
    rules.check_username(username)
    try:
        with session.begin_nested():
            user.username = username
    except IntegrityError as error:
        raise Refusal("username_taken") from error


def get_visible(session: Session, user_id: int, *, viewer_role: int) -> User:
    """Return a user for an administrator, who may look only at lower roles; root at all.

    Raises:
        Refusal: ``record_not_found``, ``target_role_too_high``.
    """
    user = get(session, user_id)
    if viewer_role != Role.ROOT and (user.role or 0) >= viewer_role:
        raise Refusal("target_role_too_high")
    return user


def page_of(session: Session, *, narrow: UserFilter, order: str, page: Page) -> Found[User]:
    """Return one page of users."""
    return fetch(session, _narrowed(narrow).order_by(*_order(order)), page)


def search(session: Session, *, narrow: UserFilter) -> Found[User]:
    """Return every user that fits, newest first."""
    return Found(session.scalars(_narrowed(narrow).order_by(User.id.desc())).all())


_ORDERS = {
    "quota": User.quota,
    "used_quota": User.used_quota,
    "request_count": User.request_count,
}


def _order(name: str) -> tuple[Any, ...]:
    column = _ORDERS.get(name)
    return (User.id.desc(),) if column is None else (column.desc(), User.id.desc())


def _narrowed(narrow: UserFilter) -> Select[User]:
    query = select(User)
    if not narrow.include_deleted and narrow.status is None:
        query = query.where(User.status != UserStatus.DELETED)
    if narrow.status is not None:
        query = query.where(User.status == narrow.status)
    if narrow.role is not None:
        query = query.where(User.role == narrow.role)
    if narrow.group:
        query = query.where(User.group == narrow.group)
    return query.where(_matches(narrow.keyword)) if narrow.keyword else query


def _matches(keyword: str) -> ColumnElement[bool]:
    prefix = starts_with(keyword)
    columns = (User.username, User.email, User.display_name)
    hits: list[ColumnElement[bool]] = [column.like(prefix, escape="!") for column in columns]
    if keyword.isascii() and keyword.isdecimal() and len(keyword) < 19:
        hits.append(User.id == int(keyword))
    return or_(*hits)


def _account(session: Session, condition: ColumnElement[bool]) -> Account | None:
    version = func.coalesce(UserExtra.session_version, 0)
    row = session.execute(
        select(User.id, User.username, User.role, User.status, User.password, version)
        .outerjoin(UserExtra, UserExtra.user_id == User.id)
        .where(condition)
    ).first()
    if row is None:
        return None
    user_id, username, role, status, password_hash, session_version = row
    return Account(
        user_id=user_id,
        username=username or "",
        role=role or 0,
        status=status or 0,
        stamp=stamp(password_hash or "", session_version),
    )


def _same(stored: str | None, given: str) -> bool:
    return hmac.compare_digest((stored or "").encode(), given.encode())
