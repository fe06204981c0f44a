"""Our own tables, our column of ``logs``, and the indexes that lists and the ledger need."""

import sqlalchemy as sa
from alembic import context, op

from oneapi.lib.database import charset_of_new_tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("logs", sa.Column("other", sa.Text(), nullable=True))
    op.create_index("oneapi_logs_user_id", "logs", ["user_id", "id"])
    op.create_index("oneapi_logs_created_at", "logs", ["created_at", "id"])
    if context.config.attributes.get("logs_only", False):
        return
    op.create_index("idx_tokens_user_id", "tokens", ["user_id"])
    _create_own_tables()


def _create_own_tables() -> None:
    _create_table(
        "oneapi_batches",
        sa.Column("id", sa.CHAR(length=32), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("oneapi_batches_created_at", "oneapi_batches", ["created_at"], unique=False)
    _create_table(
        "oneapi_channels",
        sa.Column("channel_id", BIG, autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=True),
        sa.Column("remark", sa.String(length=255), nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("disabled_model", sa.String(length=191), nullable=True),
        sa.Column("disabled_time", BIG, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_time", BIG, nullable=True),
        sa.PrimaryKeyConstraint("channel_id"),
    )
    _create_table(
        "oneapi_locks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.Column("progress", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    _create_table(
        "oneapi_login_failures",
        sa.Column("subject", sa.CHAR(length=64), nullable=False),
        sa.Column("failures", BIG, server_default="0", nullable=False),
        sa.Column("window_start", BIG, server_default="0", nullable=False),
        sa.Column("blocked_until", BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    _create_table(
        "oneapi_redemptions",
        sa.Column("redemption_id", BIG, autoincrement=False, nullable=False),
        sa.Column("used_user_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("redemption_id"),
    )
    _create_table(
        "oneapi_reservations",
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("token_id", BIG, nullable=False),
        sa.Column("user_amount", BIG, nullable=False),
        sa.Column("token_amount", BIG, nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("state", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("touched_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index(
        "oneapi_reservations_state", "oneapi_reservations", ["state", "touched_at"], unique=False
    )
    _create_table(
        "oneapi_revision",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", BIG, server_default="0", nullable=False),
        sa.Column("updated_at", BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    _create_table(
        "oneapi_topups",
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("quota", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("transaction_id"),
    )
    _create_table(
        "oneapi_usage_hourly",
        sa.Column("hour", BIG, autoincrement=False, nullable=False),
        sa.Column("user_id", BIG, autoincrement=False, nullable=False),
        sa.Column("token_id", BIG, autoincrement=False, nullable=False),
        sa.Column("channel_id", BIG, autoincrement=False, nullable=False),
        sa.Column("model_name", sa.String(length=191), nullable=False),
        sa.Column("requests", BIG, server_default="0", nullable=False),
        sa.Column("quota", BIG, server_default="0", nullable=False),
        sa.Column("prompt_tokens", BIG, server_default="0", nullable=False),
        sa.Column("completion_tokens", BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("hour", "user_id", "token_id", "channel_id", "model_name"),
    )
    _create_table(
        "oneapi_users",
        sa.Column("user_id", BIG, autoincrement=False, nullable=False),
        sa.Column("session_version", BIG, server_default="0", nullable=False),
        sa.Column("github_numeric_id", sa.String(length=32), nullable=True),
        sa.Column("last_login_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
    )
    _create_table(
        "oneapi_verifications",
        sa.Column("purpose", sa.CHAR(length=1), nullable=False),
        sa.Column("address", sa.String(length=191), nullable=False),
        sa.Column("code_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.Column("attempts", BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("purpose", "address"),
    )


def _create_table(name: str, *members: sa.schema.SchemaItem) -> None:
    charset = charset_of_new_tables(op.get_bind())
    op.create_table(name, *members, **({"mysql_default_charset": charset} if charset else {}))
