"""Table ``redemptions``: voucher codes that add quota."""

from enum import IntEnum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from oneapi.models.base import BIG, SHORT, Base, Padded


class RedemptionStatus(IntEnum):
    """Enabled means unused."""

    ENABLED = 1
    DISABLED = 2
    USED = 3


class Redemption(Base):
    """One code; ``user_id`` is the administrator who made it."""

    __tablename__ = "redemptions"
    __table_args__ = (
        Index("idx_redemptions_key", "key", unique=True),
        Index("idx_redemptions_name", "name"),
    )

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BIG)
    key: Mapped[str | None] = mapped_column(Padded(32))
    status: Mapped[int | None] = mapped_column(BIG, default=1, server_default="1")
    name: Mapped[str | None] = mapped_column(SHORT)
    quota: Mapped[int | None] = mapped_column(BIG, default=100, server_default="100")
    created_time: Mapped[int | None] = mapped_column(BIG)
    redeemed_time: Mapped[int | None] = mapped_column(BIG, default=0)
