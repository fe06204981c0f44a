"""Table ``abilities``: which channel serves which model to which group; made from channels."""

from sqlalchemy import Boolean, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oneapi.models.base import BIG, SHORT, Base


class Ability(Base):
    """One (group, model, channel); ``enabled`` and ``priority`` are copies of the channel's."""

    __tablename__ = "abilities"
    __table_args__ = (
        Index("idx_abilities_channel_id", "channel_id"),
        Index("idx_abilities_priority", "priority"),
    )

    group: Mapped[str] = mapped_column(String(32), primary_key=True)
    model: Mapped[str] = mapped_column(SHORT, primary_key=True)
    channel_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    enabled: Mapped[bool | None] = mapped_column(Boolean(create_constraint=False))
    priority: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
