"""One holder at a time for work that must not run twice, across workers and nodes.

A lock ends by itself when its holder stops renewing it, so a killed worker blocks nothing for
long.  ``progress`` is a small JSON object that everybody may read.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Self

import gevent
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from oneapi.errors import Refusal
from oneapi.lib import clock, keys
from oneapi.lib.rows import get_or_add
from oneapi.models.own import Lock
from oneapi.resources import db

logger = logging.getLogger(__name__)

LEASE_S = 180
"""How long a run may be silent before somebody else may begin one."""

_FREE = 0


class Run:
    """One run of work that goes on in the background while others look how far it is.

    Every run is an owner of its own, so a second one is refused in the same process too.
    """

    def __init__(self, name: str, owner: str) -> None:
        self.name = name
        self._owner = owner

    @classmethod
    def begin(cls, name: str) -> Self | None:
        """Take the lock; ``None`` if another run has it."""
        run = cls(name, keys.new_access_token())
        with db.transaction() as session:
            taken = acquire(session, name, owner=run._owner, now_s=clock.now_s(), for_s=LEASE_S)
        return run if taken else None

    def tell(self, progress: Mapping[str, Any]) -> bool:
        """Say how far the work is; ``False`` if the run was silent too long and lost the lock."""
        with db.transaction() as session:
            return renew(
                session,
                self.name,
                owner=self._owner,
                now_s=clock.now_s(),
                for_s=LEASE_S,
                progress=progress,
            )

    def start(self, work: Callable[[Self], None]) -> None:
        """Do the work in the background; the lock is given back however it ends."""
        gevent.spawn(self._do, work)

    def _do(self, work: Callable[[Self], None]) -> None:
        try:
            work(self)
        except Exception:
            logger.exception("work in the background ended early", extra={"work": self.name})
        finally:
            self.end()

    def end(self) -> None:
        """Give the lock back."""
        with db.transaction() as session:
            release(session, self.name, owner=self._owner)


def start(name: str, work: Callable[[Run], None], *, busy: str) -> None:
    """Begin a run of work in the background.

    Raises:
        Refusal: with the code ``busy``; another run has the lock.
    """
    run = Run.begin(name)
    if run is None:
        raise Refusal(busy)
    run.start(work)


def acquire(session: Session, name: str, *, owner: str, now_s: int, for_s: int) -> bool:
    """Take the lock, or renew it if the owner has it already; say whether that worked."""
    lock = get_or_add(session, Lock(name=name, owner=owner, expires_at=_FREE))
    if lock.owner != owner and lock.expires_at > now_s:
        return False
    if lock.owner != owner:
        lock.progress = None
    lock.owner, lock.expires_at = owner, now_s + for_s
    session.flush()
    return True


def renew(  # noqa: PLR0913 - one fact each, all named
    session: Session,
    name: str,
    *,
    owner: str,
    now_s: int,
    for_s: int,
    progress: Mapping[str, Any] | None = None,
) -> bool:
    """Hold the lock longer and say how far the work is; ``False`` if somebody else has it."""
    values: dict[str, Any] = {"expires_at": now_s + for_s}
    if progress is not None:
        values["progress"] = json.dumps(progress)
    found = session.execute(
        update(Lock).where(Lock.name == name, Lock.owner == owner).values(**values)
    )
    return bool(found.rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


def release(session: Session, name: str, *, owner: str) -> None:
    """Give the lock back; its progress goes with it."""
    session.execute(delete(Lock).where(Lock.name == name, Lock.owner == owner))


def progress_of(session: Session, name: str, *, now_s: int) -> Mapping[str, Any] | None:
    """Return how far the holder is; ``None`` when nobody holds the lock."""
    lock = session.get(Lock, name)
    if lock is None or lock.expires_at <= now_s:
        return None
    found = json.loads(lock.progress or "{}")
    return found if isinstance(found, dict) else {}
