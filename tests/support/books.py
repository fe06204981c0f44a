"""The gateway's database as the tests see it: people and keys go in, balances and rows come out.

Rows are written and read beside the running program, so nothing of it is in the way.
"""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from oneapi import revision, startup
from oneapi.channels import store
from oneapi.channels.draft import ChannelDraft
from oneapi.lib import keys
from oneapi.models.channel import Channel
from oneapi.models.log import Log, LogType
from oneapi.models.own import Reservation
from oneapi.models.token import Token
from oneapi.models.user import User
from oneapi.settings import Settings

PLENTY = 1_000_000_000


@dataclass(frozen=True)
class Key:
    """A token with its owner."""

    token_id: int
    user_id: int
    text: str
    """As a client sends it, ``sk-`` in front."""


@dataclass(frozen=True)
class Sums:
    """What one user's calls add up to, in the four places where it is written."""

    balance_drop: int
    used_quota: int
    logged: int
    rows: int
    requests: int
    held: int
    """Quota in reservations that are still open."""

    open: int

    @property
    def agree(self) -> bool:
        """Whether all places tell the same and nothing is held any more."""
        same_quota = self.balance_drop == self.used_quota == self.logged
        return same_quota and self.rows == self.requests and not self.open


class Books:
    """One database."""

    def __init__(self, settings: Settings) -> None:
        spec = startup.spec_of(settings.sql_dsn, settings)
        self.engine: Engine = startup.short_lived_engine(spec, settings)

    def new_user(self, *, quota: int = PLENTY, group: str = "default", role: int = 1) -> int:
        """Add a user who cannot sign in."""
        name = f"u{secrets.token_hex(5)}"
        with Session(self.engine) as session, session.begin():
            user = User(username=name, display_name=name, quota=quota, group=group, role=role)
            user.aff_code, user.access_token = name, keys.new_access_token()
            session.add(user)
            session.flush()
            return user.id

    def new_key(self, user_id: int | None = None, **columns: Any) -> Key:
        """Add a token, unlimited unless told otherwise; without an owner one is made."""
        owner = self.new_user() if user_id is None else user_id
        text = keys.new_token_key()
        now_s = int(time.time())
        values = {
            "name": "test",
            "unlimited_quota": "remain_quota" not in columns,
            "created_time": now_s,
            "accessed_time": now_s,
            "expired_time": -1,
            **columns,
        }
        with Session(self.engine) as session, session.begin():
            token = Token(user_id=owner, key=text, **values)
            session.add(token)
            session.flush()
            return Key(token.id, owner, f"sk-{text}")

    def new_channel(self, body: dict[str, Any]) -> int:
        """Add a channel as the management API would."""
        with Session(self.engine) as session, session.begin():
            made = store.create(session, ChannelDraft.from_json(body), now_s=int(time.time()))
            return made[0].id

    def set_user(self, user_id: int, **columns: Any) -> None:
        """Change columns of a user as another node would."""
        with Session(self.engine) as session, session.begin():
            session.execute(update(User).where(User.id == user_id).values(**columns))
            revision.bump(session)

    def revision(self) -> int:
        """Return the revision of the configuration."""
        with Session(self.engine) as session:
            return revision.current(session)

    def user(self, user_id: int) -> User:
        with Session(self.engine) as session:
            return session.get_one(User, user_id)

    def token(self, token_id: int) -> Token:
        with Session(self.engine) as session:
            return session.get_one(Token, token_id)

    def channel(self, channel_id: int) -> Channel:
        with Session(self.engine) as session:
            return session.get_one(Channel, channel_id)

    def logs(self, key: Key) -> list[Log]:
        """Return the consumption rows of a key's owner, oldest first."""
        wanted = select(Log).where(Log.user_id == key.user_id, Log.type == LogType.CONSUME)
        with Session(self.engine) as session:
            return list(session.scalars(wanted.order_by(Log.id)))

    def row(self, key: Key) -> Log:
        """Return the one consumption row of a key's owner."""
        (found,) = self.logs(key)
        return found

    def details(self, key: Key) -> dict[str, Any]:
        """Return what the one row says for programs."""
        tree: dict[str, Any] = json.loads(self.row(key).other or "{}")
        return tree

    def reservations(self, user_id: int) -> list[Reservation]:
        """Return a user's open reservations."""
        wanted = select(Reservation).where(Reservation.user_id == user_id, Reservation.state == 1)
        with Session(self.engine) as session:
            return list(session.scalars(wanted))

    def sums(self, user_id: int, *, given: int = PLENTY) -> Sums:
        """Add up what a user's calls left behind, ``given`` being the first balance."""
        consumed = (Log.user_id == user_id, Log.type == LogType.CONSUME)
        with Session(self.engine) as session:
            user = session.get_one(User, user_id)
            logged, rows = session.execute(
                select(func.coalesce(func.sum(Log.quota), 0), func.count()).where(*consumed)
            ).one()
            held = session.scalars(
                select(Reservation.user_amount).where(
                    Reservation.user_id == user_id, Reservation.state == 1
                )
            ).all()
            return Sums(
                balance_drop=given - (user.quota or 0),
                used_quota=user.used_quota or 0,
                logged=int(logged or 0),
                rows=rows,
                requests=user.request_count or 0,
                held=sum(held),
                open=len(held),
            )


def eventually(holds: Callable[[], bool], *, within_s: float = 5.0) -> None:
    """Look until it holds; for what another process does a moment later."""
    give_up = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > give_up:
            raise AssertionError(f"did not hold within {within_s} s")
        time.sleep(0.02)
