"""One API's seven tables, word for word as it creates them.

On SQLite each ``CREATE TABLE`` stays on one line: One API reads that text with patterns and does
not start on a table that was written in several lines.
"""

from pathlib import Path

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_FOLDER = Path(__file__).resolve().parent.parent / "ddl"


def upgrade() -> None:
    logs_only = context.config.attributes.get("logs_only", False)
    statements = (_FOLDER / f"{op.get_bind().dialect.name}.sql").read_text().splitlines()
    for statement in filter(None, statements):
        if not logs_only or _is_about_logs(statement):
            op.get_bind().exec_driver_sql(statement.rstrip(";").replace("%", "%%"))


def _is_about_logs(statement: str) -> bool:
    head = statement.split("(", 1)[0]
    return "`logs`" in head or '"logs"' in head
