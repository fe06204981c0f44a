"""Reading the books of a test."""

from dataclasses import dataclass

from sqlalchemy import func, select

from oneapi import resources
from oneapi.models.channel import Channel
from oneapi.models.log import Log
from oneapi.models.own import Reservation, UsageHourly
from oneapi.models.token import Token
from oneapi.models.user import User


@dataclass(frozen=True)
class Books:
    """What the database says after a test."""

    quota: int
    used: int
    requests: int
    token_left: int
    token_used: int
    channel_used: int
    logged: int
    rows: int
    hourly: int
    reserved_rows: int


def read_books() -> Books:
    """Read the balances, counters and sums of user 1, token 1 and channel 1."""
    with resources.db.reading() as session:
        user, token = session.get_one(User, 1), session.get_one(Token, 1)
        channel = session.get_one(Channel, 1)
        logged, rows = session.execute(
            select(func.coalesce(func.sum(Log.quota), 0), func.count())
        ).one()
        hourly = session.scalar(select(func.coalesce(func.sum(UsageHourly.quota), 0)))
        return Books(
            quota=user.quota or 0,
            used=user.used_quota or 0,
            requests=user.request_count or 0,
            token_left=token.remain_quota or 0,
            token_used=token.used_quota or 0,
            channel_used=channel.used_quota or 0,
            logged=int(logged or 0),
            rows=rows,
            hourly=int(hourly or 0),
            reserved_rows=session.scalar(select(func.count()).select_from(Reservation)) or 0,
        )


def log_of(quota: int) -> dict[str, object]:
    """Return the columns of a log row."""
    return {
        "user_id": 1,
        "created_at": 1_700_000_000,
        "type": 2,
        "model_name": "m",
        "quota": quota,
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "channel_id": 1,
    }
