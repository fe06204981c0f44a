"""Who somebody of a sign-in service is here: found, made, bound and unbound.

An identity belongs to one account.  No index says so (the columns are One API's), so whoever
gives one away moves the revision first: that row is locked until he is done, on every node.

Source: One API's sign-in with other services.
"""

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from oneapi import revision
from oneapi.accounts import login, registration, rules, users
from oneapi.accounts.login import SignedIn
from oneapi.accounts.registration import NewAccount, Occasion
from oneapi.accounts.signin.contract import Arrival, Profile, Service
from oneapi.accounts.signin.registry import SERVICES
from oneapi.errors import Refusal
from oneapi.lib import keys
from oneapi.models.user import User
from oneapi.resources import db

LONGEST: Final = 191
"""Characters of an identity, and of a name from outside: what MySQL's columns hold."""

_IDENTITIES: Final = tuple(service.column for service in SERVICES.values())
_COLUMNS: Final = {"email": "email"} | {name: found.column for name, found in SERVICES.items()}
"""What can be removed from an account."""

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBERS_TRIED: Final = 5


def identify(service: Service, arrival: Arrival) -> Profile:
    """Ask a service who came back.

    Raises:
        Refusal: ``oauth_disabled``, ``invalid_parameter`` without a code; what the service's
            ``read_profile`` raises; ``oauth_empty_identity``, ``field_too_long`` for an identity
            that cannot be kept.
    """
    if not service.is_on(arrival.options):
        raise Refusal("oauth_disabled")
    if not arrival.code:
        raise Refusal("invalid_parameter", param="code")
    profile = service.read_profile(arrival)
    # Empty columns are no identity, and must never be found as one.
    if not profile.identity.strip() or not profile.identity.isprintable():
        raise Refusal("oauth_empty_identity")
    if len(profile.identity) > LONGEST:
        raise Refusal("field_too_long", param=service.column)
    return profile


def sign_in(service: Service, profile: Profile, occasion: Occasion) -> SignedIn:
    """Sign in whose identity this is; who has no account yet gets one.

    Opens its own transactions: the account is looked for before anybody has to wait.

    Raises:
        Refusal: ``registration_disabled``, ``user_banned``, ``oauth_already_bound`` when the
            identity has passed to somebody else.
    """
    with db.transaction() as session:
        user = _find(session, service, profile)
        if user is not None:
            return _admitted(session, user, profile, occasion)
    with db.transaction() as session:
        revision.bump(session)
        user = _find(session, service, profile) or _create(session, service, profile, occasion)
        return _admitted(session, user, profile, occasion)


def bind(session: Session, user_id: int, service: Service, profile: Profile) -> User:
    """Let somebody sign in to an account by this identity from now on.

    Raises:
        Refusal: ``oauth_already_bound``, to this account too; ``record_not_found``.
    """
    revision.bump(session)
    if _find(session, service, profile) is not None:
        raise Refusal("oauth_already_bound")
    user = users.get(session, user_id)
    setattr(user, service.column, profile.identity)
    if profile.number is not None:
        users.extra_of(session, user_id).github_numeric_id = profile.number
    session.flush()
    return user


def unbind(session: Session, user_id: int, name: str) -> User | None:
    """Remove an identity or the mail address; ``None`` when there was nothing to remove.

    Raises:
        Refusal: ``invalid_parameter`` for an unknown name, ``oauth_last_login_method`` when
            nothing else would lead into the account.
    """
    column = _COLUMNS.get(name)
    if column is None:
        raise Refusal("invalid_parameter", param="provider")
    user = session.get_one(User, user_id, with_for_update=True)
    if not getattr(user, column):
        return None
    others = [getattr(user, other) for other in _IDENTITIES if other != column]
    if not user.password and not any(others):
        raise Refusal("oauth_last_login_method")
    setattr(user, column, "")
    users.forget_number(session, user, column)
    session.flush()
    revision.bump(session)
    return user


def _find(session: Session, service: Service, profile: Profile) -> User | None:
    """Return the first user with this identity, a banned or deleted one too."""
    column = getattr(User, service.column)
    query = select(User).where(column == profile.identity).order_by(User.id)
    # MySQL compares without regard to case.
    same = (
        user for user in session.scalars(query) if getattr(user, service.column) == profile.identity
    )
    return next(same, None)


def _admitted(session: Session, user: User, profile: Profile, occasion: Occasion) -> SignedIn:
    signed_in = login.admitted(session, user, now_s=occasion.now_s)
    if profile.number is not None:
        extra = users.extra_of(session, user.id)
        if extra.github_numeric_id and extra.github_numeric_id != profile.number:
            raise Refusal("oauth_already_bound")
        extra.github_numeric_id = profile.number
    return signed_in


def _create(session: Session, service: Service, profile: Profile, occasion: Occasion) -> User:
    if not occasion.options.register_enabled:
        raise Refusal("registration_disabled")
    for username in _names(session, service, profile):
        account = NewAccount(
            username=username,
            display_name=_display_name(profile) or service.display_name,
            email=_email(session, profile),
        )
        try:
            user = registration.create(session, account, occasion)
        except Refusal as refusal:
            if refusal.code != "username_taken":
                raise
            continue
        setattr(user, service.column, profile.identity)
        session.flush()
        return user
    raise Refusal("username_taken")


def _names(session: Session, service: Service, profile: Profile) -> Iterator[str]:
    """Return names to try: what the service says, then the next numbers."""
    wish = profile.username.strip()
    if 0 < len(wish) <= LONGEST and wish.isprintable() and not _is_in_use(session, wish):
        yield wish
    highest = session.scalar(select(func.max(User.id))) or 0
    for number in range(highest + 1, highest + 1 + _NUMBERS_TRIED):
        yield f"{service.name}_{number}"
    yield f"{service.name}_{keys.random_text(12)}"


def _is_in_use(session: Session, name: str) -> bool:
    """Say whether somebody signs in by this text: a name that is another's address is a trap."""
    query = select(User.id).where(or_(User.username == name, User.email == name))
    return session.scalar(query.limit(1)) is not None


def _display_name(profile: Profile) -> str:
    printable = "".join(letter for letter in profile.display_name if letter.isprintable())
    return printable.strip()[: rules.LONGEST_DISPLAY_NAME].strip()


def _email(session: Session, profile: Profile) -> str:
    """Return the address if it looks like one and is nobody's."""
    email = profile.email.strip()
    if len(email) > rules.LONGEST_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        return ""
    try:
        users.refuse_taken_email(session, email)
    except Refusal:
        return ""
    return email
