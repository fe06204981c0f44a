"""Indexes for lists of logs by type (top-ups, changes) and by user name, and one user's sums."""

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index("oneapi_logs_type", "logs", "type", "id")
    _index("oneapi_logs_username", "logs", "username", "id")
    if not context.config.attributes.get("logs_only", False):
        _index("oneapi_usage_hourly_user_id", "oneapi_usage_hourly", "user_id", "hour")


def _index(name: str, table: str, *columns: str) -> None:
    """Make an index unless it is there: on MySQL a start that broke off has kept what it made."""
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
    if name not in there:
        op.create_index(name, table, columns)
