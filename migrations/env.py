"""Alembic's environment: the start-up hands over a connection; a person's call opens its own.

``logs_only`` in the configuration's attributes is set for a separate log database: it gets the
table ``logs`` alone.
"""

import os

from alembic import context
from sqlalchemy import create_engine, pool

from oneapi.lib import dsn
from oneapi.models import ability, channel, log, option, own, redemption, token, user  # noqa: F401
from oneapi.models.base import Base
from oneapi.settings import Settings


def include_object(thing, name, kind, reflected, _other):
    """Leave alone what is not ours: tables and columns that only the database knows."""
    del thing, kind
    return not reflected or not (name or "").endswith("__temp")


def run(connection):
    """Run the migrations on this connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        transaction_per_migration=False,
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
