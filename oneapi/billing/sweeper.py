"""Reservations whose worker died: found by time, given back, remembered for a day.

Each worker touches its open reservations once a minute, so one that was not touched for five
minutes has nobody left to close it.  Its quota goes back and the row stays with state
``released``: a settlement that comes late (the worker had only lost the database) finds it and
charges in full, while an absent row still means "settled already".
"""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, case, delete, func, select, update
from sqlalchemy.orm import Session

from oneapi.billing.ledger_sql import RELEASED, RESERVED
from oneapi.models.own import Batch, Reservation
from oneapi.models.token import Token
from oneapi.models.user import User

STALE_AFTER_S = 300
_KEEP_S = 86_400
_AT_ONCE = 500


def touch(session: Session, request_ids: list[str], *, now_s: int) -> None:
    """Say that these reservations still have somebody who will close them."""
    for start in range(0, len(request_ids), _AT_ONCE):
        part = request_ids[start : start + _AT_ONCE]
        session.execute(
            update(Reservation).where(Reservation.request_id.in_(part)).values(touched_at=now_s)
        )


def release_stale(session: Session, *, now_s: int) -> int:
    """Give back what no worker has touched for five minutes; returns how many there were."""
    return _release(session, Reservation.touched_at < now_s - STALE_AFTER_S)


def release_owned_by(session: Session, owner: str) -> int:
    """Give back what former workers of a node that starts have left behind."""
    return _release(session, Reservation.owner == owner)


def forget_old(session: Session, *, now_s: int) -> None:
    """Delete released rows and batch marks older than a day."""
    before = now_s - _KEEP_S
    session.execute(
        delete(Reservation).where(Reservation.state == RELEASED, Reservation.touched_at < before)
    )
    session.execute(delete(Batch).where(Batch.created_at < before))


def _release(session: Session, condition: ColumnElement[bool]) -> int:
    connection = session.connection()
    found = connection.execute(
        select(
            Reservation.request_id,
            Reservation.user_id,
            Reservation.token_id,
            Reservation.user_amount,
            Reservation.token_amount,
        )
        .where(Reservation.state == RESERVED)
        .where(condition)
        .order_by(Reservation.request_id)
        .with_for_update()
    ).all()
    users: dict[int, int] = defaultdict(int)
    tokens: dict[int, int] = defaultdict(int)
    for row in found:
        users[row.user_id] += row.user_amount
        tokens[row.token_id] += row.token_amount
    _give_back(connection, users, tokens)
    for start in range(0, len(found), _AT_ONCE):
        ids = [row.request_id for row in found[start : start + _AT_ONCE]]
        connection.execute(
            update(Reservation).where(Reservation.request_id.in_(ids)).values(state=RELEASED)
        )
    return len(found)


def _give_back(connection: Connection, users: Mapping[int, int], tokens: Mapping[int, int]) -> None:
    """Users before tokens, each by ascending id: the order in which the ledger takes rows."""
    for user_id in sorted(users):
        quota = func.coalesce(User.quota, 0) + users[user_id]
        connection.execute(update(User).where(User.id == user_id).values(quota=quota))
    for token_id in sorted(token_id for token_id, amount in tokens.items() if amount):
        remain = case(
            (Token.unlimited_quota.is_(True), Token.remain_quota),
            else_=func.coalesce(Token.remain_quota, 0) + tokens[token_id],
        )
        connection.execute(update(Token).where(Token.id == token_id).values(remain_quota=remain))
