"""What OpenAI's billing endpoints tell the holder of a key: his limit and what he has used.

Source: OpenAI's former ``/dashboard/billing`` endpoints in the shape that One API gives them.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from oneapi.errors import Refusal
from oneapi.models.token import Token
from oneapi.models.user import User
from oneapi.options import Options

UNLIMITED_USD = 100_000_000
"""The limit of a token without one, whatever the currency."""


@dataclass(frozen=True, slots=True)
class Account:
    """The figures of one key, in dollars or in quota units, as the options say."""

    limit: float
    """What is left and what is used, together."""

    used: float
    access_until: int
    """Unix seconds; 0 means no end."""


def account_of(session: Session, *, user_id: int, token_id: int, options: Options) -> Account:
    """Return the figures of the token, or of its owner where the options prefer that.

    Raises:
        Refusal: ``record_not_found``, the row was deleted meanwhile.
    """
    unit = options.quota_per_unit if options.display_in_currency_enabled else 1
    if options.display_token_stat_enabled:
        return _of_token(session, token_id, unit)
    return _of_user(session, user_id, unit)


def _of_token(session: Session, token_id: int, unit: float) -> Account:
    token = session.scalar(select(Token).where(Token.id == token_id))
    if token is None:
        raise Refusal("record_not_found", status=404)
    used = token.used_quota or 0
    limit = UNLIMITED_USD if token.unlimited_quota else ((token.remain_quota or 0) + used) / unit
    return Account(limit, used / unit, max(token.expired_time or 0, 0))


def _of_user(session: Session, user_id: int, unit: float) -> Account:
    user = session.scalar(select(User).where(User.id == user_id))
    if user is None:
        raise Refusal("record_not_found", status=404)
    used = user.used_quota or 0
    return Account(((user.quota or 0) + used) / unit, used / unit, 0)
