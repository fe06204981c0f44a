"""Table ``tokens``: the API keys of users."""

from enum import IntEnum

from sqlalchemy import Boolean, Index, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from oneapi.models.base import BIG, SHORT, Base, Padded

NEVER = -1
"""``expired_time`` of a token that does not expire."""


class TokenStatus(IntEnum):
    """Only enabled tokens are served."""

    ENABLED = 1
    DISABLED = 2
    EXPIRED = 3
    EXHAUSTED = 4


class Token(Base):
    """An API key; ``key`` is stored without ``sk-``, times are Unix seconds."""

    __tablename__ = "tokens"
    __table_args__ = (
        Index("idx_tokens_key", "key", unique=True),
        Index("idx_tokens_name", "name"),
        Index("idx_tokens_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BIG)
    key: Mapped[str | None] = mapped_column(Padded(48))
    status: Mapped[int | None] = mapped_column(BIG, default=1, server_default="1")
    name: Mapped[str | None] = mapped_column(SHORT)
    created_time: Mapped[int | None] = mapped_column(BIG)
    accessed_time: Mapped[int | None] = mapped_column(BIG)
    expired_time: Mapped[int | None] = mapped_column(BIG, default=NEVER, server_default="-1")
    remain_quota: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    unlimited_quota: Mapped[bool | None] = mapped_column(
        Boolean(create_constraint=False), default=False, server_default=false()
    )
    used_quota: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    models: Mapped[str | None] = mapped_column(Text)
    subnet: Mapped[str | None] = mapped_column(SHORT, default="", server_default="")
