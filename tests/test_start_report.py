from dataclasses import replace
from pathlib import Path

import pytest

from oneapi import start_report, startup
from oneapi.lib import dsn
from oneapi.settings import VERSION, Settings
from oneapi.start_report import StartReport
from tests.support import servers
from tests.support.ports import free_port

POSTGRESQL = "postgres://u:secret@db/d"


def text_of(report: StartReport) -> str:
    return "\n".join(report.lines())


def test_warnings_come_last() -> None:
    report = start_report.warnings(["take care"]) + start_report.facts("all is on")

    assert report.lines() == ["all is on", "WARNING: take care"]


def test_the_node_says_who_it_is() -> None:
    report = start_report.of_node(Settings(node_name="n1", node_type="slave", port=81, workers=3))

    assert f"One API {VERSION}, node n1 (slave)" in report.facts
    assert "port 81, workers 3" in text_of(report)


def test_a_database_is_shown_without_its_password() -> None:
    report = start_report.of_database("database", dsn.read(POSTGRESQL), schema="created")

    assert report.facts == (
        "database: postgresql at postgresql+psycopg://u:***@db/d, schema created",
    )


@pytest.mark.parametrize("level", ["FULL", "NORMAL"])
def test_pragmas_are_shown_as_they_are_in_force(level: str, tmp_path: Path) -> None:
    settings = replace(
        servers.settings_on(dsn.SQLITE, tmp_path),
        sqlite_synchronous=level,
        sqlite_busy_timeout_ms=1234,
    )
    spec = dsn.read("", sqlite_path=settings.sqlite_path)

    with startup.main_engine(settings).connect() as connection:
        report = start_report.of_sqlite(connection, spec)

    assert report.facts == (f"SQLite: journal_mode=wal, synchronous={level}, busy_timeout=1234 ms",)


def test_without_redis_limits_count_in_each_worker() -> None:
    assert "in each of 4 workers" in text_of(start_report.of_redis(Settings(workers=4)))
    assert "exact on this node" in text_of(start_report.of_redis(Settings(workers=1)))


def test_with_redis_limits_are_exact() -> None:
    report = start_report.of_redis(Settings(workers=4, redis_conn_string=servers.redis_url()))

    assert report.facts == ("Redis: on (single); rate limits are exact",)
    assert report.warnings == ()


def test_a_redis_that_is_away_is_a_warning() -> None:
    settings = Settings(workers=4, redis_conn_string=f"redis://127.0.0.1:{free_port()}/0")

    report = start_report.of_redis(settings)

    assert "in each of 4 workers" in text_of(report)
    assert len(report.warnings) == 1


def test_a_master_names_its_jobs_and_a_slave_has_none() -> None:
    master = start_report.of_jobs(Settings(channel_test_frequency_min=5))
    slave = start_report.of_jobs(Settings(channel_test_frequency_min=5, node_type="slave"))

    assert "sweep reservations" in text_of(master)
    assert "test channels" in text_of(master)
    assert slave.facts == ("periodic jobs: none, this is a slave",)


@pytest.mark.parametrize(
    ("settings", "variables", "told"),
    [
        (Settings(), {"DYNO": "web.1"}, "SQL_DSN"),
        (Settings(sql_dsn=POSTGRESQL), {"RENDER": "true"}, "SESSION_SECRET"),
        (Settings(node_type="slave", session_secret="s"), {}, "SQLite"),
        (Settings(node_type="slave", sql_dsn=POSTGRESQL), {}, "SESSION_SECRET"),
        (Settings(frontend_base_url="https://x"), {}, "FRONTEND_BASE_URL"),
        (Settings(), {"SESSION_SECRET": "random_string"}, "ignored"),
        (Settings(), {"THEME": "dark"}, "THEME is none of default, berry, air; default is used"),
    ],
)
def test_settings_that_do_not_fit_are_warned_of(
    settings: Settings, variables: dict[str, str], told: str
) -> None:
    report = start_report.of_environment(settings, variables)

    assert any(told in warning for warning in report.warnings)


def test_sound_settings_raise_no_warning() -> None:
    settings = Settings(sql_dsn=POSTGRESQL, session_secret="s", theme="berry")
    variables = {"DYNO": "web.1", "THEME": "berry"}

    assert start_report.of_environment(settings, variables) == StartReport()
