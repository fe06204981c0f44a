from dataclasses import replace
from pathlib import Path

import pytest

from oneapi import resources
from oneapi.errors import SettingsError
from oneapi.factory import create_app
from oneapi.settings import Settings
from tests.support import servers

SECRET_FILE = ".oneapi-session-secret"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sql_dsn", "nonsense", "SQL_DSN"),
        ("log_sql_dsn", "nonsense", "LOG_SQL_DSN"),
        ("redis_conn_string", "host:6379", "REDIS_CONN_STRING"),
    ],
)
def test_an_address_that_cannot_be_used_stops_the_start(
    settings: Settings, name: str, value: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        create_app(replace(settings, **{name: value}))  # type: ignore[arg-type]


def test_a_secret_is_made_and_kept_when_none_is_given(settings: Settings) -> None:
    without = replace(settings, session_secret="")

    first = create_app(without).secret_key
    second = create_app(without).secret_key
    resources.db.engine.dispose()

    assert first == second == (Path(settings.data_dir) / SECRET_FILE).read_text()


def test_with_redis_limits_are_exact(settings: Settings) -> None:
    app = create_app(replace(settings, redis_conn_string=servers.redis_url()))

    details = app.test_client().get("/readyz").get_json()

    assert (details["redis"], details["rate_limits"]) == ("ok", "exact")
    create_app(settings)
    resources.db.engine.dispose()


@pytest.mark.parametrize(
    "connection",
    ["redis://127.0.0.1:1", "127.0.0.1:1,127.0.0.1:2"],
    ids=["single", "cluster"],
)
def test_a_redis_that_is_away_stops_neither_start_nor_request(
    settings: Settings, connection: str
) -> None:
    client = create_app(replace(settings, redis_conn_string=connection)).test_client()

    assert client.get("/api/status").status_code == 200
    assert client.get("/readyz").get_json()["redis"] == "away"
    create_app(settings)
    resources.db.engine.dispose()


def test_a_sentinel_group_that_is_away_stops_nothing(settings: Settings) -> None:
    away = replace(settings, redis_conn_string="127.0.0.1:1", redis_master_name="main")

    assert create_app(away).test_client().get("/api/status").status_code == 200
    create_app(settings)
    resources.db.engine.dispose()


def test_logs_share_the_main_database_unless_told_otherwise(settings: Settings) -> None:
    create_app(settings)

    assert resources.log_db.engine is resources.db.engine
    resources.db.engine.dispose()
