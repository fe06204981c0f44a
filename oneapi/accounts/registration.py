"""New accounts, whoever asks for them: gifts, invitations, the first token.

An account, its gifts, their log rows and its token come into being in one transaction.

Source: One API's registration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oneapi import logbook, resources
from oneapi.accounts import invitations, rules, tokens, users, verification
from oneapi.accounts.tokens import TokenDraft
from oneapi.accounts.verification import Purpose
from oneapi.errors import Refusal
from oneapi.lib import keys, passwords
from oneapi.lib.json_fields import optional_integer, optional_text
from oneapi.logbook import Entry
from oneapi.models.log import LogType
from oneapi.models.user import Role, User
from oneapi.options import Options
from oneapi.resources import db
from oneapi.texts import text

FIRST_TOKEN = TokenDraft(name="default", unlimited_quota=True, remain_quota=-1)
"""What every new account can call ``/v1`` with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When an account is made, under which rules, and by which request."""

    options: Options
    now_s: int
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What is known of an account before it exists."""

    username: str
    display_name: str
    password_hash: str = field(default="", repr=False)
    """Empty for people who never sign in with a password."""

    email: str = ""
    invitation: str = ""
    """The code of whoever invited; an unknown one counts as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What somebody filled in to get an account."""

    username: str
    password: str = field(repr=False)
    email: str = ""
    code: str = ""
    """What was sent to the mail address."""

    invitation: str = ""

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read a body.

        Raises:
            Refusal: ``invalid_parameter`` for a wrong type, ``invalid_input`` for a length.
        """
        wish = cls(
            username=(optional_text(body, "username") or "").strip(),
            password=optional_text(body, "password") or "",
            email=(optional_text(body, "email") or "").strip(),
            code=optional_text(body, "verification_code") or "",
            invitation=optional_text(body, "aff_code") or "",
        )
        rules.check_username(wish.username)
        rules.check_password(wish.password)
        # Checked, and then not used: the name is shown until its owner changes it.
        rules.check_display_name(optional_text(body, "display_name") or "")
        rules.check_email(wish.email)
        return wish


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft:
    """What an administrator says of an account that he makes."""

    username: str
    password: str = field(repr=False)
    display_name: str
    role: int = Role.COMMON
    """Only compared with his own; the new account is a common one."""

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read a body.

        Raises:
            Refusal: ``invalid_parameter``, ``invalid_input``.
        """
        username = (optional_text(body, "username") or "").strip()
        draft = cls(
            username=username,
            password=optional_text(body, "password") or "",
            display_name=optional_text(body, "display_name") or username,
            role=optional_integer(body, "role") or Role.COMMON,
        )
        if not username or not draft.password:
            raise Refusal("invalid_parameter", param="password" if username else "username")
        rules.check_username(username)
        rules.check_password(draft.password)
        rules.check_display_name(draft.display_name)
        return draft


def refuse_if_closed(options: Options) -> None:
    """Refuse everybody while registering with a password is switched off.

    Raises:
        Refusal: ``registration_disabled``, ``password_registration_disabled``.
    """
    if not options.register_enabled:
        raise Refusal("registration_disabled")
    if not options.password_register_enabled:
        raise Refusal("password_registration_disabled")


def register(wish: Registration, occasion: Occasion) -> None:
    """Make the account that somebody asks for himself.

    Opens its own transactions: a wrong code must be counted although the call ends with an
    exception, and no connection is held while bcrypt works.

    Raises:
        Refusal: ``email_verification_required``, ``verification_code_invalid``, ``email_taken``,
            ``username_taken``.
    """
    by_mail = occasion.options.email_verification_enabled
    if by_mail:
        _check_code(wish, now_s=occasion.now_s)
    account = NewAccount(
        username=wish.username,
        display_name=wish.username,
        password_hash=passwords.hashed(wish.password),
        email=wish.email if by_mail else "",  # an address that nobody proved is not kept
        invitation=wish.invitation,
    )
    with db.transaction() as session:
        if by_mail:
            verification.spend(session, Purpose.ADDRESS, wish.email, wish.code)
            users.refuse_taken_email(session, wish.email)
        create(session, account, occasion)


def create(session: Session, account: NewAccount, occasion: Occasion) -> User:
    """Make an account with its gifts and its first token.

    Raises:
        Refusal: ``username_taken``.
    """
    options = occasion.options
    inviter = invitations.find_inviter(session, account.invitation)
    user = _insert(session, account, inviter_id=inviter.id if inviter is not None else 0)
    _give(session, user, options.quota_for_new_user, "log_gift_new_user", occasion)
    if inviter is not None and invitations.is_rewarded(
        session, inviter.id, options, occasion.now_s
    ):
        _give(session, user, options.quota_for_invitee, "log_gift_invitee", occasion)
        _give(session, inviter, options.quota_for_inviter, "log_gift_inviter", occasion)
    tokens.create(session, owner_id=user.id, draft=FIRST_TOKEN, count_limit=0, now_s=occasion.now_s)
    return user


def _check_code(wish: Registration, *, now_s: int) -> None:
    if not wish.email or not wish.code:
        raise Refusal("email_verification_required")
    verification.refuse_wrong(Purpose.ADDRESS, wish.email, wish.code, now_s=now_s)


def _insert(session: Session, account: NewAccount, *, inviter_id: int) -> User:
    user = User(
        username=account.username,
        password=account.password_hash,
        display_name=account.display_name,
        email=account.email,
        access_token=keys.new_access_token(),
        aff_code=invitations.free_code(session),
        inviter_id=inviter_id,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise Refusal("username_taken") from error
    return user


def _give(session: Session, user: User, quota: int, code: str, occasion: Occasion) -> None:
    """Add quota to a balance and write down what for; ``code`` names the text."""
    if quota <= 0:
        return
    user.quota = func.coalesce(User.quota, 0) + quota
    session.flush()
    language = resources.settings.default_language
    amount = logbook.amount(quota, occasion.options, language)
    entry = Entry(
        type=LogType.SYSTEM,
        created_at=occasion.now_s,
        content=text(code, language, amount=amount),
        user_id=user.id,
        username=user.username or "",
        request_id=occasion.request_id,
    )
    logbook.write(session, entry)
