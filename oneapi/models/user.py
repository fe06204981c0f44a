"""Table ``users``."""

from enum import IntEnum

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from oneapi.models.base import BIG, LONG, SHORT, Base, Padded


class Role(IntEnum):
    """What a user may do; a higher number may do all that a lower one may."""

    GUEST = 0
    COMMON = 1
    ADMIN = 10
    ROOT = 100


class UserStatus(IntEnum):
    """Only enabled users may do anything; deleted ones stay as rows."""

    ENABLED = 1
    DISABLED = 2
    DELETED = 3


class User(Base):
    """A person or program with a balance; ``quota`` is what is left, in quota units."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("username", name="uni_users_username"),
        Index("idx_users_username", "username"),
        Index("idx_users_display_name", "display_name"),
        Index("idx_users_email", "email"),
        Index("idx_users_git_hub_id", "github_id"),
        Index("idx_users_we_chat_id", "wechat_id"),
        Index("idx_users_lark_id", "lark_id"),
        Index("idx_users_oidc_id", "oidc_id"),
        Index("idx_users_access_token", "access_token", unique=True),
        Index("idx_users_aff_code", "aff_code", unique=True),
        Index("idx_users_inviter_id", "inviter_id"),
    )

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    username: Mapped[str | None] = mapped_column(SHORT)
    password: Mapped[str] = mapped_column(LONG, default="")
    display_name: Mapped[str | None] = mapped_column(SHORT, default="")
    role: Mapped[int | None] = mapped_column(BIG, default=1, server_default="1")
    status: Mapped[int | None] = mapped_column(BIG, default=1, server_default="1")
    email: Mapped[str | None] = mapped_column(SHORT, default="")
    github_id: Mapped[str | None] = mapped_column(SHORT, default="")
    wechat_id: Mapped[str | None] = mapped_column(SHORT, default="")
    lark_id: Mapped[str | None] = mapped_column(SHORT, default="")
    oidc_id: Mapped[str | None] = mapped_column(SHORT, default="")
    access_token: Mapped[str | None] = mapped_column(Padded(32))
    quota: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    used_quota: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    request_count: Mapped[int | None] = mapped_column(BIG, default=0, server_default="0")
    group: Mapped[str | None] = mapped_column(
        String(32), default="default", server_default="default"
    )
    aff_code: Mapped[str | None] = mapped_column(String(32), default="")
    inviter_id: Mapped[int | None] = mapped_column(BIG, default=0)
