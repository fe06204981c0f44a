from collections.abc import Callable

import pytest

from oneapi import addresses
from oneapi.errors import SettingsError
from oneapi.settings import Settings


def test_logs_share_the_main_database_by_default() -> None:
    assert addresses.log_database(Settings()) is None


def test_logs_may_have_a_database_of_their_own() -> None:
    spec = addresses.log_database(Settings(log_sql_dsn="u:p@tcp(db)/logs"))

    assert spec is not None
    assert spec.url.database == "logs"


def test_without_an_address_there_is_no_redis() -> None:
    assert addresses.redis(Settings()) is None


def test_the_parts_of_a_sentinel_group_come_from_their_variables() -> None:
    settings = Settings(
        redis_conn_string="s1:26379,s2:26379",
        redis_master_name="main",
        redis_password="secret",
        redis_db=2,
    )

    spec = addresses.redis(settings)

    assert spec is not None
    assert (spec.kind, spec.login.password, spec.login.db) == ("sentinel", "secret", 2)


@pytest.mark.parametrize(
    ("settings", "read", "variable"),
    [
        (Settings(sql_dsn="u:secret@nowhere"), addresses.database, "SQL_DSN"),
        (Settings(sqlite_path="nowhere/at/all.db"), addresses.database, "SQL_DSN"),
        (Settings(log_sql_dsn="u:secret@nowhere"), addresses.log_database, "LOG_SQL_DSN"),
        (Settings(redis_conn_string="localhost:6379"), addresses.redis, "REDIS_CONN_STRING"),
    ],
)
def test_an_address_that_cannot_be_used_is_named_by_its_variable(
    settings: Settings, read: Callable[[Settings], object], variable: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        read(settings)

    assert str(refusal.value).startswith(f"{variable}: ")
    assert "secret" not in str(refusal.value)
