"""Our own tables, prefix ``oneapi_``: additive, One API ignores them.  Times in Unix seconds."""

from sqlalchemy import CHAR, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from oneapi.models.base import BIG, Base


class Revision(Base):
    """Counters by name; ``config`` moves with every write that workers must hear of."""

    __tablename__ = "oneapi_revision"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    updated_at: Mapped[int] = mapped_column(BIG, default=0, server_default="0")


class Reservation(Base):
    """Quota held by a call under way; ``state`` 1 reserved, 2 released by the sweeper."""

    __tablename__ = "oneapi_reservations"
    __table_args__ = (Index("oneapi_reservations_state", "state", "touched_at"),)

    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(BIG)
    token_id: Mapped[int] = mapped_column(BIG)
    user_amount: Mapped[int] = mapped_column(BIG)
    token_amount: Mapped[int] = mapped_column(BIG)
    owner: Mapped[str] = mapped_column(String(128))
    state: Mapped[int] = mapped_column(BIG)
    created_at: Mapped[int] = mapped_column(BIG)
    touched_at: Mapped[int] = mapped_column(BIG)


class Batch(Base):
    """One row per transaction of the ledger: its presence says that it happened."""

    __tablename__ = "oneapi_batches"
    __table_args__ = (Index("oneapi_batches_created_at", "created_at"),)

    id: Mapped[str] = mapped_column(CHAR(32), primary_key=True)
    created_at: Mapped[int] = mapped_column(BIG)


class UsageHourly(Base):
    """Sums per hour, written with each settlement; statistics read these."""

    __tablename__ = "oneapi_usage_hourly"
    __table_args__ = (Index("oneapi_usage_hourly_user_id", "user_id", "hour"),)

    hour: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    token_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    channel_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    model_name: Mapped[str] = mapped_column(String(191), primary_key=True)
    requests: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    quota: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    prompt_tokens: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    completion_tokens: Mapped[int] = mapped_column(BIG, default=0, server_default="0")


class UserExtra(Base):
    """What we know of a user beyond One API's columns; a missing row means zero values."""

    __tablename__ = "oneapi_users"

    user_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    session_version: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    github_numeric_id: Mapped[str | None] = mapped_column(String(32))
    last_login_at: Mapped[int | None] = mapped_column(BIG)


class ChannelExtra(Base):
    """What we know of a channel beyond One API's columns; deleted with the channel."""

    __tablename__ = "oneapi_channels"

    channel_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    tag: Mapped[str | None] = mapped_column(String(64))
    remark: Mapped[str | None] = mapped_column(String(255))
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    disabled_model: Mapped[str | None] = mapped_column(String(191))
    disabled_time: Mapped[int | None] = mapped_column(BIG)
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_time: Mapped[int | None] = mapped_column(BIG)


class RedemptionUse(Base):
    """Who redeemed a code."""

    __tablename__ = "oneapi_redemptions"

    redemption_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    used_user_id: Mapped[int] = mapped_column(BIG)


class TopUp(Base):
    """Top-ups by outside programs; the id makes a repeated one harmless."""

    __tablename__ = "oneapi_topups"

    transaction_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(BIG)
    quota: Mapped[int] = mapped_column(BIG)
    created_at: Mapped[int] = mapped_column(BIG)


class Verification(Base):
    """One-time codes: ``v`` mail codes, ``r`` reset links, ``s`` used sign-in states; hashed."""

    __tablename__ = "oneapi_verifications"

    purpose: Mapped[str] = mapped_column(CHAR(1), primary_key=True)
    address: Mapped[str] = mapped_column(String(191), primary_key=True)
    code_hash: Mapped[str] = mapped_column(CHAR(64))
    expires_at: Mapped[int] = mapped_column(BIG)
    attempts: Mapped[int] = mapped_column(BIG, default=0, server_default="0")


class LoginFailure(Base):
    """Failed sign-ins per account and address, hashed; the same for every worker."""

    __tablename__ = "oneapi_login_failures"

    subject: Mapped[str] = mapped_column(CHAR(64), primary_key=True)
    failures: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    window_start: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    blocked_until: Mapped[int] = mapped_column(BIG, default=0, server_default="0")


class QuotaReminder(Base):
    """How low a user's balance was when it was last looked at, and when he was told so."""

    __tablename__ = "oneapi_quota_reminders"

    user_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    low_told_at: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    empty_told_at: Mapped[int] = mapped_column(BIG, default=0, server_default="0")


class Lock(Base):
    """One holder at a time for work that must not run twice; ``progress`` is JSON."""

    __tablename__ = "oneapi_locks"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[int] = mapped_column(BIG)
    progress: Mapped[str | None] = mapped_column(Text)
