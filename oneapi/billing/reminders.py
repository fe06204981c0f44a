"""Tells users that their balance runs low: once per crossing, at most once a day and kind.

A settlement only notes who paid.  A job looks at those people's balances a little later, so the
path of a call does nothing for it.  What users were told stands in the database, the same for
every worker and node.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from oneapi import resources
from oneapi.billing.entries import Closing
from oneapi.billing.writer import writer
from oneapi.errors import DatabaseUnavailable
from oneapi.lib.rows import get_or_add
from oneapi.models.own import QuotaReminder
from oneapi.models.user import User, UserStatus
from oneapi.notify import letters
from oneapi.notify.outbox import Errand, outbox
from oneapi.options import Options
from oneapi.resources import db

DAY_S: Final = 86_400

_AT_ONCE: Final = 500


class Level(IntEnum):
    """How low a balance is."""

    FINE = 0
    LOW = 1
    EMPTY = 2

    @classmethod
    def of(cls, quota: int, threshold: int) -> "Level":
        """Return the level of a balance; ``QuotaRemindThreshold`` itself is fine."""
        if quota <= 0:
            return cls.EMPTY
        return cls.LOW if quota < threshold else cls.FINE


@dataclass(frozen=True, slots=True)
class _Spender:
    """A user who has paid for a call since the last look."""

    id: int
    username: str
    email: str
    quota: int
    told: int
    """The level at the last look."""


class Spenders:
    """Who has paid in this process since the last look."""

    def __init__(self) -> None:
        self._ids: set[int] = set()

    def note(self, closing: Closing) -> None:
        """Note who paid for a call."""
        if closing.quota > 0:
            self._ids.add(closing.payer.user_id)

    def remind(self, options: Options, *, now_s: int) -> None:
        """Look at the balances and send the letters that are due.

        Raises:
            DatabaseUnavailable: those who were not looked at yet are kept for the next time.
        """
        waiting, self._ids = sorted(self._ids), set()
        while waiting:
            some, rest = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            try:
                for spender in _read(some):
                    _look_at(spender, options, now_s=now_s)
            except DatabaseUnavailable:
                self._ids.update(waiting)
                raise
            waiting = rest


spenders = Spenders()
"""Those of this process."""

writer.on_closed(spenders.note)


def _read(ids: list[int]) -> Iterator[_Spender]:
    """Yield those of the users whom a mail reaches."""
    query = (
        select(
            User.id, User.username, User.email, User.quota, func.coalesce(QuotaReminder.level, 0)
        )
        .outerjoin(QuotaReminder, QuotaReminder.user_id == User.id)
        .where(User.id.in_(ids), User.email != "", User.status == UserStatus.ENABLED)
    )
    with db.reading() as session:
        rows = session.execute(query).all()
    for user_id, username, email, quota, told in rows:
        yield _Spender(user_id, username or "", email or "", quota or 0, told)


def _look_at(spender: _Spender, options: Options, *, now_s: int) -> None:
    level = Level.of(spender.quota, options.quota_remind_threshold)
    if level == spender.told:
        return
    with db.transaction() as session:
        is_due = _move(session, spender.id, level, now_s=now_s)
    if is_due:
        letter = letters.quota_low(
            spender.username, spender.quota, options, resources.settings.default_language
        )
        outbox.put(Errand(letter, to=spender.email))


def _move(session: Session, user_id: int, level: Level, *, now_s: int) -> bool:
    """Note the level; say whether the user is to be told, which only one worker hears."""
    fresh = QuotaReminder(user_id=user_id, level=0, low_told_at=0, empty_told_at=0)
    row = get_or_add(session, fresh)
    before, row.level = row.level, int(level)
    if level <= before:
        return False
    column = "low_told_at" if level is Level.LOW else "empty_told_at"
    if now_s - getattr(row, column) < DAY_S:
        return False
    setattr(row, column, now_s)
    return True
