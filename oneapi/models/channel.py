"""Table ``channels``: configured accounts at providers."""

from enum import IntEnum

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from oneapi.models.base import BIG, LONG, MONEY, SHORT, Base


class ChannelStatus(IntEnum):
    """Only enabled channels are routed to; ``AUTO_DISABLED`` may come back by itself."""

    UNKNOWN = 0
    ENABLED = 1
    DISABLED = 2
    AUTO_DISABLED = 3


class Channel(Base):
    """One account at a provider; ``models`` and ``group`` are comma lists, ``config`` JSON."""

    __tablename__ = "channels"
    __table_args__ = (Index("idx_channels_name", "name"),)

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    type: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    key: Mapped[str | None] = mapped_column(Text)
    status: Mapped[int | None] = mapped_column(BIG, default=1, server_default="1")
    name: Mapped[str | None] = mapped_column(SHORT)
    weight: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    created_time: Mapped[int | None] = mapped_column(BIG)
    test_time: Mapped[int | None] = mapped_column(BIG, default=0)
    response_time: Mapped[int | None] = mapped_column(BIG, default=0)
    base_url: Mapped[str | None] = mapped_column(SHORT, default="", server_default="")
    other: Mapped[str | None] = mapped_column(LONG)
    balance: Mapped[float | None] = mapped_column(MONEY, default=0.0)
    balance_updated_time: Mapped[int | None] = mapped_column(BIG, default=0)
    models: Mapped[str | None] = mapped_column(LONG)
    group: Mapped[str | None] = mapped_column(
        String(32), default="default", server_default="default"
    )
    used_quota: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    model_mapping: Mapped[str | None] = mapped_column(String(1024), default="", server_default="")
    priority: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    config: Mapped[str | None] = mapped_column(LONG, default="")
    system_prompt: Mapped[str | None] = mapped_column(Text)
