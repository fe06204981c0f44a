"""What the settings' addresses mean; an address that cannot be used stops the start by its name."""

from oneapi.errors import SettingsError
from oneapi.lib import dsn
from oneapi.lib.cache import RedisLogin, RedisSpec
from oneapi.lib.dsn import EngineSpec
from oneapi.settings import Settings


def database(settings: Settings) -> EngineSpec:
    """Read the main database's address.

    Raises:
        SettingsError: it cannot be used.
    """
    return _database("SQL_DSN", settings.sql_dsn, settings)


def log_database(settings: Settings) -> EngineSpec | None:
    """Read the address of the logs' own database; ``None`` if they share the main one.

    Raises:
        SettingsError: it cannot be used.
    """
    if not settings.log_sql_dsn:
        return None
    return _database("LOG_SQL_DSN", settings.log_sql_dsn, settings)


def redis(settings: Settings) -> RedisSpec | None:
    """Read the address of Redis; ``None`` if there is none.

    Raises:
        SettingsError: it cannot be used.
    """
    if not settings.redis_conn_string:
        return None
    login = RedisLogin(
        username=settings.redis_username,
        password=settings.redis_password,
        sentinel_password=settings.redis_sentinel_password,
        db=settings.redis_db,
    )
    try:
        return RedisSpec.parse(
            settings.redis_conn_string, master_name=settings.redis_master_name, login=login
        )
    except ValueError as error:
        raise SettingsError(f"REDIS_CONN_STRING: {error}") from error


def _database(variable: str, address: str, settings: Settings) -> EngineSpec:
    try:
        return dsn.read(address, sqlite_path=settings.sqlite_path)
    except ValueError as error:
        raise SettingsError(f"{variable}: {error}") from error
