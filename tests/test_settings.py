"""The environment, typed."""

import re
from pathlib import Path

import pytest

from oneapi.errors import SettingsError
from oneapi.lib.containers import usable_cores
from oneapi.lib.env import Env
from oneapi.settings import Settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"
_LINE = re.compile(r"# ([A-Z][A-Z0-9_]+)=(.*)")


def example() -> dict[str, str]:
    lines = (_LINE.fullmatch(line) for line in EXAMPLE.read_text().splitlines())
    return {found[1]: found[2] for found in lines if found}


def test_the_example_names_every_variable() -> None:
    env = Env({})
    Settings._read(env)

    assert set(example()) == env.read


def test_the_example_shows_the_defaults() -> None:
    assert Settings.from_env(example()) == Settings.from_env({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SYNC_FREQUENCY", "x"),
        ("PORT", "0"),
        ("CHANNEL_TEST_FREQUENCY", "often"),
        ("METRIC_SUCCESS_RATE_THRESHOLD", "high"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("RELAY_PROXY", "localhost"),
        ("RELAY_IDLE_TIMEOUT", "0"),
        ("GITHUB_BASE_URL", "github.example"),
        ("LARK_BASE_URL", "socks5://lark.example"),
    ],
)
def test_a_wrong_value_stops_the_start_with_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: value})


def test_an_unknown_theme_is_the_default_one() -> None:
    assert Settings.from_env({"THEME": "berry"}).theme == "berry"
    assert Settings.from_env({"THEME": "dark"}).theme == "default"


@pytest.mark.parametrize(
    ("variables", "folder"), [({}, "./logs"), ({"LOG_DIR": ""}, ""), ({"LOG_DIR": "/l"}, "/l")]
)
def test_an_empty_log_folder_is_not_an_unset_one(variables: dict[str, str], folder: str) -> None:
    assert Settings.from_env(variables).log_dir == folder


def test_every_usable_core_gets_a_worker() -> None:
    assert Settings.from_env({}).workers == usable_cores()
    assert Settings.from_env({"WEB_CONCURRENCY": "9"}).workers == 9


def test_case_counts_where_it_counts_for_one_api() -> None:
    exact = ("ONLY_ONE_LOG_FILE", "BATCH_UPDATE_ENABLED", "ENABLE_METRIC", "ENFORCE_INCLUDE_USAGE")
    lenient = ("DEBUG", "DEBUG_SQL")

    settings = Settings.from_env(dict.fromkeys((*exact, *lenient), "True"))

    assert (settings.debug, settings.debug_sql) == (True, True)
    assert (settings.only_one_log_file, settings.batch_update_enabled) == (False, False)
    assert (settings.enable_metric, settings.enforce_include_usage) == (False, False)


def test_platforms_may_use_their_own_names() -> None:
    settings = Settings.from_env({"DATABASE_URL": "postgres://h/d", "REDIS_URL": "redis://r"})

    assert (settings.sql_dsn, settings.redis_conn_string) == ("postgres://h/d", "redis://r")


def test_our_names_win_over_the_platforms() -> None:
    variables = {"DATABASE_URL": "postgres://h/d", "SQL_DSN": "postgres://mine/d"}

    assert Settings.from_env(variables).sql_dsn == "postgres://mine/d"


def test_minutes_count_where_seconds_are_not_set() -> None:
    minutes = {"SQL_CONN_MAX_LIFETIME": "5"}

    assert Settings.from_env(minutes).sql_max_lifetime_s == 300
    assert Settings.from_env({**minutes, "SQL_MAX_LIFETIME": "7"}).sql_max_lifetime_s == 7


@pytest.mark.parametrize(("value", "meaning"), [("", None), ("true", True), ("false", False)])
def test_unset_and_false_differ_for_usage(value: str, meaning: object) -> None:
    assert Settings.from_env({"ENFORCE_INCLUDE_USAGE": value}).enforce_include_usage is meaning


def test_secrets_do_not_show() -> None:
    variables = {"SESSION_SECRET": "hidden-1", "SQL_DSN": "u:hidden-2@/d"}

    assert "hidden" not in repr(Settings.from_env(variables))
