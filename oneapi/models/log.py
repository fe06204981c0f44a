"""Table ``logs``: what was consumed, topped up and changed; may live in another database."""

from enum import IntEnum

from sqlalchemy import Boolean, Index, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from oneapi.models.base import BIG, LONG, SHORT, Base


class LogType(IntEnum):
    """What a row tells of."""

    UNKNOWN = 0
    TOP_UP = 1
    CONSUME = 2
    MANAGE = 3
    SYSTEM = 4
    TEST = 5


class Log(Base):
    """One row; ``created_at`` in Unix seconds, ``elapsed_time`` in milliseconds."""

    __tablename__ = "logs"
    __table_args__ = (
        Index("idx_created_at_type", "created_at", "type"),
        Index("index_username_model_name", "model_name", "username"),
        Index("idx_logs_token_name", "token_name"),
        Index("idx_logs_model_name", "model_name"),
        Index("idx_logs_channel_id", "channel_id"),
        Index("idx_logs_user_id", "user_id"),
        Index("oneapi_logs_user_id", "user_id", "id"),
        Index("oneapi_logs_created_at", "created_at", "id"),
        Index("oneapi_logs_type", "type", "id"),
        Index("oneapi_logs_username", "username", "id"),
    )

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BIG, default=0)
    created_at: Mapped[int | None] = mapped_column(BIG)
    type: Mapped[int | None] = mapped_column(BIG)
    content: Mapped[str | None] = mapped_column(LONG, default="")
    username: Mapped[str | None] = mapped_column(SHORT, default="", server_default="")
    token_name: Mapped[str | None] = mapped_column(SHORT, default="", server_default="")
    model_name: Mapped[str | None] = mapped_column(SHORT, default="", server_default="")
    quota: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    prompt_tokens: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    completion_tokens: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    channel_id: Mapped[int | None] = mapped_column(BIG, default=0)
    request_id: Mapped[str | None] = mapped_column(SHORT, default="", server_default="")
    elapsed_time: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    is_stream: Mapped[bool | None] = mapped_column(
        Boolean(create_constraint=False), default=False, server_default=false()
    )
    system_prompt_reset: Mapped[bool | None] = mapped_column(
        Boolean(create_constraint=False), default=False, server_default=false()
    )
    other: Mapped[str | None] = mapped_column(Text)
    """Our own column: a JSON object for programs."""
