"""Who has been told that his balance runs low, so that each crossing is told once."""

import sqlalchemy as sa
from alembic import context, op

from oneapi.lib.database import charset_of_new_tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if context.config.attributes.get("logs_only", False):
        return
    charset = charset_of_new_tables(op.get_bind())
    op.create_table(
        "oneapi_quota_reminders",
        sa.Column("user_id", BIG, autoincrement=False, nullable=False),
        sa.Column("level", BIG, server_default="0", nullable=False),
        sa.Column("low_told_at", BIG, server_default="0", nullable=False),
        sa.Column("empty_told_at", BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        **({"mysql_default_charset": charset} if charset else {}),
    )
