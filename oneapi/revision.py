"""The note that something changed: one number in the database that everybody watches.

Whoever writes what a relayed call reads calls ``bump`` in the same transaction.  This process
refreshes as soon as that transaction is committed; others see the number move within a second.
With Redis the move is announced there too, and the entries that One API's own nodes cache on the
same Redis are deleted, because they would not notice otherwise.
"""

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from oneapi.lib import clock
from oneapi.lib.cache import RedisLink
from oneapi.lib.rows import get_or_add
from oneapi.models.own import Revision

CONFIG: Final = "config"
"""Name of the row that counts changes of the configuration."""

CHANNEL: Final = "oneapi:revision"
"""Redis channel of the announcements; the message says nothing, the number is in the database."""

_NOTED: Final = "oneapi.revision.keys"

_listeners: list[Callable[[], None]] = []
_link: RedisLink | None = None


def use_redis(link: RedisLink | None) -> None:
    """Announce changes over this link from now on; ``None`` means there is no Redis."""
    global _link
    _link = link


def redis_answers() -> bool | None:
    """Say whether Redis answers; ``None`` means there is none."""
    return None if _link is None else _link.ping()


def on_change(listener: Callable[[], None]) -> None:
    """Call ``listener`` right after each commit of this process that moved the revision."""
    if listener not in _listeners:
        _listeners.append(listener)


def current(session: Session) -> int:
    """Return the number that the last change left; 0 before the first."""
    found = session.scalar(select(Revision.value).where(Revision.name == CONFIG))
    return found or 0


def bump(session: Session, *, forget: Iterable[str] = ()) -> None:
    """Move the revision with the caller's transaction.

    ``forget`` names entries of One API's cache that are wrong from the commit on (``token_entry``
    and its neighbours build the names).  Nothing happens if the transaction is rolled back.
    """
    row = get_or_add(session, Revision(name=CONFIG, value=0, updated_at=0))
    row.value = Revision.value + 1
    row.updated_at = clock.now_s()
    session.flush()
    _note(session, forget)


def token_entry(key: str) -> str:
    """Name One API's cache entry of a token."""
    return f"token:{key}"


def user_entries(user_id: int) -> tuple[str, ...]:
    """Name One API's cache entries of a user."""
    return tuple(f"{kind}:{user_id}" for kind in ("user_group", "user_quota", "user_enabled"))


def group_entries(groups: Iterable[str]) -> tuple[str, ...]:
    """Name One API's cache entries of the models that groups can reach."""
    return tuple(f"group_models:{group}" for group in groups)


def _note(session: Session, forget: Iterable[str]) -> None:
    """Remember, once per transaction, what has to happen after the commit."""
    if _NOTED not in session.info:
        session.info[_NOTED] = set()
        event.listen(session, "after_commit", _tell)
    session.info[_NOTED].update(forget)


def _tell(session: Session) -> None:
    """Announce the change once it is durable; the end of a savepoint is no commit."""
    if session.in_nested_transaction() or _NOTED not in session.info:
        return
    keys = session.info.pop(_NOTED)
    for listener in _listeners:
        listener()
    if _link is not None:
        _link.delete(sorted(keys))
        _link.publish(CHANNEL, "")
