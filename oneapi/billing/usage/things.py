"""Users, channels and tokens as figures name them: ids, and the names behind them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from oneapi.billing.usage.tables import By, Only
from oneapi.models.channel import Channel
from oneapi.models.token import Token
from oneapi.models.user import User

_AT_ONCE: Final = 500
"""Databases limit how many values one statement may carry."""

_NAMES: Final[Mapping[By, tuple[InstrumentedAttribute[Any], InstrumentedAttribute[Any]]]] = {
    By.USER: (User.id, User.username),
    By.CHANNEL: (Channel.id, Channel.name),
    By.TOKEN: (Token.id, Token.name),
}


def only(session: Session, by: By, number: int) -> Only:
    """Return what narrows figures to one user, channel or token."""
    if by is not By.TOKEN:
        return Only(by, number, (number,))
    token = session.get(Token, number)
    owner_id, name = (0, "") if token is None else (token.user_id or 0, token.name or "")
    return Only(by, number, (owner_id, name))


def names(session: Session, by: By, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of things; those that are gone have none."""
    number, name = _NAMES[by]
    found: dict[int, str] = {}
    for some in _parts(sorted(set(ids))):
        query = select(number, name).where(number.in_(some))
        found |= {row_id: text or "" for row_id, text in session.execute(query)}
    return found


def token_ids(session: Session, owner_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """Return the tokens of users by owner and name, as log rows name them.

    Names may be given twice; the newest token stands for all of its name.
    """
    found: dict[tuple[int, str], int] = {}
    for some in _parts(sorted(set(owner_ids))):
        query = select(Token.user_id, Token.name, Token.id).where(Token.user_id.in_(some))
        rows = session.execute(query.order_by(Token.id))
        found |= {(owner_id or 0, name or ""): number for owner_id, name, number in rows}
    return found


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), _AT_ONCE):
        yield ids[first : first + _AT_ONCE]
