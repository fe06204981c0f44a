"""The first start: an empty ``users`` gets its root.

Source: One API's first start; the user's name, password and quota are its own.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from oneapi.accounts.login import DEFAULT_ROOT_PASSWORD
from oneapi.errors import SettingsError
from oneapi.lib import keys, passwords
from oneapi.models.token import NEVER, Token
from oneapi.models.user import Role, User, UserStatus
from oneapi.settings import Settings

ROOT_NAME = "root"
ROOT_QUOTA = 500_000_000_000_000
_LONGEST_KEY = 48
_LONGEST_ACCESS_TOKEN = 32


def make_first_root(session: Session, settings: Settings, *, now_s: int) -> bool:
    """Make the root account if there is no user at all, and say whether that was so.

    ``INITIAL_ROOT_TOKEN`` and ``INITIAL_ROOT_ACCESS_TOKEN`` are looked at only then, so that an
    old environment keeps starting.

    Raises:
        SettingsError: one of the two could never be used as a key.
    """
    if session.scalar(select(User.id).limit(1)) is not None:
        return False
    access_token, key = _initial_access_token(settings), _initial_key(settings)
    root = User(
        username=ROOT_NAME,
        password=passwords.hashed(DEFAULT_ROOT_PASSWORD),
        role=Role.ROOT,
        status=UserStatus.ENABLED,
        display_name="Root User",
        access_token=access_token,
        quota=ROOT_QUOTA,
        group="default",
        aff_code="",
    )
    session.add(root)
    session.flush()
    if key:
        session.add(_root_token(root.id, key, now_s))
    session.flush()
    return True


def _root_token(user_id: int, key: str, now_s: int) -> Token:
    # One API writes the id 1 itself.  The database gives the same number to a first row, and
    # only then does PostgreSQL count on from there.
    return Token(
        user_id=user_id,
        key=key,
        name="Initial Root Token",
        created_time=now_s,
        accessed_time=now_s,
        expired_time=NEVER,
        remain_quota=ROOT_QUOTA,
        unlimited_quota=True,
    )


def _initial_access_token(settings: Settings) -> str:
    token = settings.initial_root_access_token
    if len(token) > _LONGEST_ACCESS_TOKEN:
        raise SettingsError(
            f"INITIAL_ROOT_ACCESS_TOKEN is longer than {_LONGEST_ACCESS_TOKEN} characters"
        )
    return token or keys.new_access_token()


def _initial_key(settings: Settings) -> str:
    """Return the key as it is stored: clients put ``sk-`` in front, and a dash ends a key."""
    key = settings.initial_root_token.removeprefix("sk-")
    if len(key) > _LONGEST_KEY:
        raise SettingsError(f"INITIAL_ROOT_TOKEN is longer than {_LONGEST_KEY} characters")
    if "-" in key:
        raise SettingsError("INITIAL_ROOT_TOKEN must not contain '-'")
    return key
