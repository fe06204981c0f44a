"""Alembic's environment: the start-up hands over a connection; a person's call opens its own.

``logs_only`` in the configuration's attributes is set for a separate log database: it gets the
table ``logs`` alone, and counts its versions in a table of its own.
"""

import os

from alembic import context
from sqlalchemy import Connection, create_engine, pool

from oneapi.lib import dsn
from oneapi.models import ability, channel, log, option, own, redemption, token, user  # noqa: F401
from oneapi.models.base import Base
from oneapi.settings import Settings


def include_object(  # the signature is Alembic's
    _thing: object,
    _name: str | None,
    _kind: str,
    reflected: bool,
    counterpart: object,
) -> bool:
    """Leave alone what only the database knows: One API's left-overs, an operator's additions."""
    return not reflected or counterpart is not None


def run(connection: Connection) -> None:
    """Run the migrations on this connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        compare_server_default=False,
        render_as_batch=False,
        transaction_per_migration=False,
        version_table=context.config.attributes.get("version_table", "alembic_version"),
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    settings = Settings.from_env(os.environ)
    spec = dsn.read(settings.sql_dsn, sqlite_path=settings.sqlite_path)
    engine = create_engine(spec.url, connect_args=dict(spec.connect_args), poolclass=pool.NullPool)
    with engine.begin() as opened:
        run(opened)
