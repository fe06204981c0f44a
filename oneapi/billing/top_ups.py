"""Quota that comes in from outside: somebody redeems a code, a payment program reports a payment.

Balance, log row and what makes the booking happen once (the used code, the transaction's id)
commit together.

Source: One API's two top-up endpoints.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oneapi import logbook, resources, revision
from oneapi.errors import Refusal
from oneapi.lib.json_fields import optional_integer, optional_text
from oneapi.lib.rows import get_or_add
from oneapi.logbook import Entry
from oneapi.models.log import LogType
from oneapi.models.own import RedemptionUse, TopUp
from oneapi.models.redemption import Redemption, RedemptionStatus
from oneapi.models.user import User, UserStatus
from oneapi.options import Options
from oneapi.texts import text

LONGEST_TRANSACTION_ID = 64

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When and by which request quota comes in, and how amounts are written."""

    options: Options
    now_s: int
    request_id: str

    def amount(self, quota: int) -> str:
        """Say an amount as log rows do."""
        return logbook.amount(quota, self.options, resources.settings.default_language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What a payment program reports."""

    user_id: int
    quota: int
    remark: str = ""
    transaction_id: str = ""
    """Makes a repeated report harmless; empty if the program has none."""

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read a body.

        Raises:
            Refusal: ``negative_quota``, ``invalid_parameter``.
        """
        payment = cls(
            user_id=optional_integer(body, "user_id") or 0,
            quota=optional_integer(body, "quota") or 0,
            remark=optional_text(body, "remark") or "",
            transaction_id=optional_text(body, "transaction_id") or "",
        )
        if payment.quota < 0:
            raise Refusal("negative_quota")
        if payment.quota == 0:
            raise Refusal("invalid_parameter", param="quota")
        if len(payment.transaction_id) > LONGEST_TRANSACTION_ID:
            raise Refusal("invalid_parameter", param="transaction_id")
        return payment


def redeem(session: Session, key: str, *, user_id: int, occasion: Occasion) -> int:
    """Use up a code for a user and return the quota that it added.

    Raises:
        Refusal: ``redemption_key_missing``, ``redemption_invalid``, ``redemption_used`` (disabled
            codes too).
    """
    key = key.strip()
    if not key:
        raise Refusal("redemption_key_missing")
    redemption_id = _find(session, key)
    quota = _use_up(session, redemption_id, now_s=occasion.now_s)
    username = _credit(session, user_id, quota)
    use = get_or_add(session, RedemptionUse(redemption_id=redemption_id, used_user_id=user_id))
    use.used_user_id = user_id
    words = text("log_redeemed", resources.settings.default_language, amount=occasion.amount(quota))
    # One API leaves the quota of this row at 0.
    _log(session, occasion, user_id=user_id, username=username, content=words)
    return quota


def book(session: Session, payment: Payment, occasion: Occasion) -> User | None:
    """Add a payment to a balance and return whose; ``None`` if it was booked before.

    Raises:
        Refusal: ``user_not_found``, ``invalid_parameter`` for the id of another transaction.
    """
    if payment.transaction_id and not _is_first(session, payment, now_s=occasion.now_s):
        return None
    username = _credit(session, payment.user_id, payment.quota)
    words = payment.remark or text(
        "log_topped_up",
        resources.settings.default_language,
        amount=occasion.amount(payment.quota),
    )
    whose = {"user_id": payment.user_id, "username": username, "quota": payment.quota}
    _log(session, occasion, content=words, **whose)
    return session.get_one(User, payment.user_id)


def _find(session: Session, key: str) -> int:
    """Return the id of the code with exactly this key."""
    if "\x00" in key:
        raise Refusal("redemption_invalid")
    query = select(Redemption.id, Redemption.key).where(Redemption.key == key)
    found = session.execute(query).first()
    # MySQL compares without regard to case.
    if found is None or not hmac.compare_digest((found.key or "").encode(), key.encode()):
        raise Refusal("redemption_invalid")
    return int(found.id)


def _use_up(session: Session, redemption_id: int, *, now_s: int) -> int:
    """Mark an unused code as used and return what it was worth at that moment.

    Of any number of callers at the same time only one gets past the condition.
    """
    used = session.execute(
        update(Redemption)
        .where(Redemption.id == redemption_id, Redemption.status == RedemptionStatus.ENABLED)
        .values(status=RedemptionStatus.USED, redeemed_time=now_s)
    )
    if not used.rowcount:  # type: ignore[attr-defined]  # an UPDATE has one
        raise Refusal("redemption_used")
    quota = session.scalar(select(Redemption.quota).where(Redemption.id == redemption_id))
    return quota or 0


def _is_first(session: Session, payment: Payment, *, now_s: int) -> bool:
    """Note the transaction; say no if that was done before.

    Raises:
        Refusal: ``invalid_parameter``, the id stands for another user or amount.
    """
    row = TopUp(
        transaction_id=payment.transaction_id,
        user_id=payment.user_id,
        quota=payment.quota,
        created_at=now_s,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        stored = session.get_one(TopUp, payment.transaction_id, with_for_update=True)
        if (stored.user_id, stored.quota) != (payment.user_id, payment.quota):
            raise Refusal("invalid_parameter", param="transaction_id") from None
        return False
    return True


def _credit(session: Session, user_id: int, quota: int) -> str:
    """Add to a balance and return its owner's name.

    Raises:
        Refusal: ``user_not_found``, for a deleted one too; ``invalid_parameter``, no balance is
            that high.
    """
    name = select(User.username).where(User.id == user_id, User.status != UserStatus.DELETED)
    found = session.execute(name).first()
    if found is None:
        raise Refusal("user_not_found")
    balance = func.coalesce(User.quota, 0)
    moved = session.execute(
        update(User)
        .where(User.id == user_id, balance <= _LARGEST - quota)
        .values(quota=balance + quota)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]  # an UPDATE has one
        raise Refusal("invalid_parameter", param="quota")
    revision.bump(session, forget=revision.user_entries(user_id))
    return found.username or ""


def _log(session: Session, occasion: Occasion, **members: Any) -> None:
    entry = Entry(
        type=LogType.TOP_UP,
        created_at=occasion.now_s,
        request_id=occasion.request_id,
        **members,
    )
    logbook.write(session, entry)
