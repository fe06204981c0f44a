"""What a process has one of, bound once by the factory (or by a test).

``db`` holds everything but the log rows, ``log_db`` the log rows; without ``LOG_SQL_DSN`` both
are bound to the same engine.
"""

from oneapi.lib.database import Database
from oneapi.settings import Settings

settings = Settings()
"""The environment's decisions; the defaults until the factory binds the real ones."""

db = Database("main")
log_db = Database("logs")


def bind_settings(bound: Settings) -> None:
    """Make these the settings of the process."""
    global settings
    settings = bound
