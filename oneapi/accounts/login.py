"""Signing in with a password.

The steps open their own transactions: a refused try must be counted although the call ends with
an exception, and no connection is held while bcrypt works.
"""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from oneapi.accounts import throttle, users
from oneapi.errors import Refusal
from oneapi.lib import passwords
from oneapi.models.user import Role, User, UserStatus
from oneapi.resources import db

DEFAULT_ROOT_PASSWORD = "123456"  # noqa: S105 - published; it has to be changed at first use

_checked_hashes: dict[str, bool] = {}
"""Hashes of root's passwords -> whether they are the default one; grows by one a change."""


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody typed, and from where."""

    name: str
    """User name or mail address."""

    password: str = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who it was; what the answer of a sign-in shows."""

    user_id: int
    username: str
    display_name: str
    role: int
    status: int
    stamp: str
    password_hash: str = field(repr=False)


def sign_in(login: Login, *, now_s: int) -> SignedIn:
    """Check a login and return whose it is.

    Raises:
        Refusal: ``wrong_credentials``, for a user who is not enabled too; ``login_throttled``.
    """
    with db.reading() as session:
        user = users.find_by_login(session, login.name)
        # Name and address of one person count together; an unknown name counts as it is.
        account = f"id:{user.id}" if user is not None else f"name:{login.name.casefold()}"
        subject = throttle.subject_of(account, login.address)
        throttle.check(session, subject, now_s=now_s)
        user_id = user.id if user is not None else None
        password_hash = user.password if user is not None else ""
    # An unknown user costs the same time as a known one.
    matches = passwords.verify(login.password, password_hash or passwords.DUMMY_HASH)
    with db.transaction() as session:
        # Asked again: parallel guesses were all let through the first time.
        throttle.check(session, subject, now_s=now_s)
        signed_in = _conclude(session, user_id, password_hash, now_s=now_s) if matches else None
        if signed_in is None:
            throttle.count_failure(session, subject, now_s=now_s)
        else:
            throttle.clear(session, subject)
    if signed_in is None:
        raise Refusal("wrong_credentials")
    return signed_in


def _conclude(
    session: Session, user_id: int | None, password_hash: str, *, now_s: int
) -> SignedIn | None:
    """Return the user as he is now; ``None`` if he may not, or his password just changed."""
    fresh = session.get(User, user_id) if user_id is not None else None
    if fresh is None or fresh.status != UserStatus.ENABLED or fresh.password != password_hash:
        return None
    return admitted(session, fresh, now_s=now_s)


def admitted(session: Session, user: User, *, now_s: int) -> SignedIn:
    """Note that somebody signed in, however he proved who he is.

    Raises:
        Refusal: ``user_banned``.
    """
    if user.status != UserStatus.ENABLED:
        raise Refusal("user_banned")
    extra = users.extra_of(session, user.id)
    extra.last_login_at = now_s
    return SignedIn(
        user_id=user.id,
        username=user.username or "",
        display_name=user.display_name or "",
        role=user.role or 0,
        status=user.status,
        stamp=users.stamp(user.password, extra.session_version),
        password_hash=user.password,
    )


def needs_new_password(role: int, password_hash: str) -> bool:
    """Say whether this is root with the password of the first start; checked once per hash."""
    if role != Role.ROOT:
        return False
    if password_hash not in _checked_hashes:
        _checked_hashes[password_hash] = passwords.verify(DEFAULT_ROOT_PASSWORD, password_hash)
    return _checked_hashes[password_hash]


def check_own_password(password: str, password_hash: str) -> None:
    """Refuse somebody who does not know the password that he wants to change.

    Raises:
        Refusal: ``wrong_credentials``.
    """
    if not passwords.verify(password, password_hash or passwords.DUMMY_HASH):
        raise Refusal("wrong_credentials")
