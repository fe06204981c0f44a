"""Process settings: what the environment decides, read once at start.

A *setting* comes from an environment variable and is fixed while the process lives.  What an
administrator edits in the UI is an *option*; options live in ``oneapi.options``.

Source: One API's environment variables, same names and defaults; our own are listed last.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from oneapi.errors import SettingsError
from oneapi.lib import containers
from oneapi.lib.env import Env

VERSION = "v0.1.0"

THEMES = ("default", "berry", "air")
LOCAL_NETWORKS = (
    "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,::1/128,fc00::/7,fe80::/10"
)
TEST_PROMPT = "Reply with nothing but the name of the model that you are."


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every environment variable, typed, with its default."""

    port: int = 3000
    debug: bool = False
    """More log lines; bodies are never logged and limits stay."""

    debug_sql: bool = False
    node_type: str = "master"
    """``slave`` runs no migrations and no periodic jobs; anything else is a master."""

    frontend_base_url: str = ""
    """Slaves only: where requests for pages are sent."""

    session_secret: str = field(default="", repr=False)
    """Signs the sign-in cookie; empty means one that is made once and kept in ``data_dir``."""

    theme: str = "default"
    only_one_log_file: bool = False

    sql_dsn: str = field(default="", repr=False)
    log_sql_dsn: str = field(default="", repr=False)
    sqlite_path: str = "one-api.db"
    sqlite_busy_timeout_ms: int = 3000
    sqlite_synchronous: str = "FULL"
    sql_max_idle_conns: int = 100
    sql_max_open_conns: int = 1000
    sql_max_lifetime_s: int = 60

    redis_conn_string: str = field(default="", repr=False)
    redis_username: str = ""
    redis_password: str = field(default="", repr=False)
    redis_master_name: str = ""
    redis_sentinel_password: str = field(default="", repr=False)
    redis_db: int = 0
    sync_frequency_s: int = 600
    batch_update_enabled: bool = False
    batch_update_interval_s: int = 5
    channel_test_frequency_min: int = 0
    """Minutes between automatic tests of all channels; 0 is never."""

    channel_update_frequency_min: int = 0
    polling_interval_s: int = 0
    enable_metric: bool = False
    metric_queue_size: int = 10
    metric_success_rate_threshold: float = 0.8

    global_api_rate_limit: int = 480
    """Requests per address in 180 s; 0 is off."""

    global_web_rate_limit: int = 240

    relay_timeout_s: int = 0
    """A whole plain call; of a stream the first byte and each gap.  0 means no limit."""

    relay_connect_timeout_s: float = 10.0
    relay_idle_timeout_s: float = 300.0
    relay_proxy: str = field(default="", repr=False)
    user_content_request_proxy: str = field(default="", repr=False)
    user_content_request_timeout_s: int = 30
    gemini_safety_setting: str = "BLOCK_NONE"
    gemini_version: str = ""
    enforce_include_usage: bool | None = None
    """``None`` when unset, which is not the same as an explicit ``false``."""

    test_prompt: str = TEST_PROMPT
    tiktoken_cache_dir: str = ""

    github_base_url: str = "https://github.com"
    """Where people sign in with GitHub; its own address for a GitHub Enterprise Server."""

    github_api_url: str = "https://api.github.com"
    lark_base_url: str = "https://open.feishu.cn"
    """Of the hosts of Feishu or Lark, the one whose name begins with ``open.``"""

    initial_root_token: str = field(default="", repr=False)
    initial_root_access_token: str = field(default="", repr=False)

    trusted_proxies: str = LOCAL_NETWORKS
    """CIDR list of peers whose forwarding headers are believed; ``none`` believes nobody."""

    turnstile_address: str = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
    """Who checks for robots; no variable changes it, only tests ask somebody else."""

    default_language: str = "en"
    workers: int = 1
    data_dir: str = "."
    """Spilled settlements, the generated session secret, spool files."""

    log_dir: str = "./logs"
    """Empty writes no log file."""

    session_cookie_secure: str = "auto"
    max_request_body_mb: int = 64
    stream_keepalive_s: int = 15
    node_name: str = "localhost:3000"
    shutdown_grace_s: int = 60
    safe_fetch_allow: str = ""
    vertex_token_hosts: str = ""
    metrics_allow: str = "127.0.0.0/8,::1/128"
    metrics_token: str = field(default="", repr=False)
    log_format: str = "text"
    log_level: str = "INFO"

    @property
    def is_slave(self) -> bool:
        """Whether another node does migrations and periodic jobs."""
        return self.node_type == "slave"

    @classmethod
    def from_env(cls, variables: Mapping[str, str]) -> Self:
        """Read the settings, or stop the start with a message that names the variable.

        Raises:
            SettingsError: a variable holds a value that cannot be used.
        """
        try:
            return cls._read(Env(variables))
        except ValueError as error:
            raise SettingsError(str(error)) from error

    @classmethod
    def _read(cls, env: Env) -> Self:
        port = env.integer("PORT", cls.port, least=1)
        sqlite_path = env.text("SQLITE_PATH", cls.sqlite_path)
        sql_dsn = env.text("SQL_DSN") or env.text("DATABASE_URL")
        folder = str(Path(sqlite_path).parent) if not sql_dsn else "."
        secret = env.text("SESSION_SECRET")
        return cls(
            port=port,
            debug=env.flag_in_any_case("DEBUG"),
            debug_sql=env.flag_in_any_case("DEBUG_SQL"),
            node_type=env.text("NODE_TYPE", cls.node_type),
            frontend_base_url=_url(env, "FRONTEND_BASE_URL").rstrip("/"),
            session_secret="" if secret == "random_string" else secret,  # noqa: S105 - an example
            theme=_theme(env),
            only_one_log_file=env.flag("ONLY_ONE_LOG_FILE"),
            sql_dsn=sql_dsn,
            log_sql_dsn=env.text("LOG_SQL_DSN"),
            sqlite_path=sqlite_path,
            sqlite_busy_timeout_ms=env.integer("SQLITE_BUSY_TIMEOUT", 3000, least=0),
            sqlite_synchronous=env.one_of("SQLITE_SYNCHRONOUS", "FULL", ("FULL", "NORMAL")),
            sql_max_idle_conns=env.integer("SQL_MAX_IDLE_CONNS", 100, least=0),
            sql_max_open_conns=env.integer("SQL_MAX_OPEN_CONNS", 1000, least=0),
            sql_max_lifetime_s=_lifetime(env),
            redis_conn_string=env.text("REDIS_CONN_STRING") or env.text("REDIS_URL"),
            redis_username=env.text("REDIS_USERNAME"),
            redis_password=env.text("REDIS_PASSWORD"),
            redis_master_name=env.text("REDIS_MASTER_NAME"),
            redis_sentinel_password=env.text("REDIS_SENTINEL_PASSWORD"),
            redis_db=env.integer("REDIS_DB", 0, least=0),
            sync_frequency_s=max(env.integer("SYNC_FREQUENCY", cls.sync_frequency_s), 1),
            batch_update_enabled=env.flag("BATCH_UPDATE_ENABLED"),
            batch_update_interval_s=env.integer("BATCH_UPDATE_INTERVAL", 5, least=1),
            channel_test_frequency_min=env.integer("CHANNEL_TEST_FREQUENCY", 0, least=0),
            channel_update_frequency_min=env.integer("CHANNEL_UPDATE_FREQUENCY", 0, least=0),
            polling_interval_s=env.integer("POLLING_INTERVAL", 0, least=0),
            enable_metric=env.flag("ENABLE_METRIC"),
            metric_queue_size=env.integer("METRIC_QUEUE_SIZE", 10, least=1),
            metric_success_rate_threshold=env.number("METRIC_SUCCESS_RATE_THRESHOLD", 0.8),
            global_api_rate_limit=env.integer("GLOBAL_API_RATE_LIMIT", 480, least=0),
            global_web_rate_limit=env.integer("GLOBAL_WEB_RATE_LIMIT", 240, least=0),
            relay_timeout_s=env.integer("RELAY_TIMEOUT", 0, least=0),
            relay_connect_timeout_s=_positive(env, "RELAY_CONNECT_TIMEOUT", 10.0),
            relay_idle_timeout_s=_positive(env, "RELAY_IDLE_TIMEOUT", 300.0),
            relay_proxy=_url(env, "RELAY_PROXY"),
            user_content_request_proxy=_url(env, "USER_CONTENT_REQUEST_PROXY"),
            user_content_request_timeout_s=env.integer("USER_CONTENT_REQUEST_TIMEOUT", 30, least=1),
            gemini_safety_setting=env.text("GEMINI_SAFETY_SETTING", cls.gemini_safety_setting),
            gemini_version=env.text("GEMINI_VERSION"),
            enforce_include_usage=env.maybe_flag("ENFORCE_INCLUDE_USAGE"),
            test_prompt=env.text("TEST_PROMPT", TEST_PROMPT),
            tiktoken_cache_dir=env.text("TIKTOKEN_CACHE_DIR") or env.text("DATA_GYM_CACHE_DIR"),
            github_base_url=_base(env, "GITHUB_BASE_URL", cls.github_base_url),
            github_api_url=_base(env, "GITHUB_API_URL", cls.github_api_url),
            lark_base_url=_base(env, "LARK_BASE_URL", cls.lark_base_url),
            initial_root_token=env.text("INITIAL_ROOT_TOKEN"),
            initial_root_access_token=env.text("INITIAL_ROOT_ACCESS_TOKEN"),
            trusted_proxies=_networks(env, "TRUSTED_PROXIES", LOCAL_NETWORKS),
            default_language=env.one_of("DEFAULT_LANGUAGE", "en", ("en", "zh")),
            workers=env.integer("WEB_CONCURRENCY", containers.usable_cores(), least=1),
            data_dir=env.text("DATA_DIR", folder),
            log_dir=env.text_or_empty("LOG_DIR", cls.log_dir),
            session_cookie_secure=env.one_of(
                "SESSION_COOKIE_SECURE", "auto", ("auto", "true", "false")
            ),
            max_request_body_mb=env.integer("MAX_REQUEST_BODY_MB", 64, least=1),
            stream_keepalive_s=env.integer("STREAM_KEEPALIVE_S", 15, least=0),
            node_name=env.text("NODE_NAME", f"{socket.gethostname()}:{port}"),
            shutdown_grace_s=env.integer("SHUTDOWN_GRACE_S", 60, least=0),
            safe_fetch_allow=_networks(env, "SAFE_FETCH_ALLOW", ""),
            vertex_token_hosts=env.text("VERTEX_TOKEN_HOSTS"),
            metrics_allow=_networks(env, "METRICS_ALLOW", cls.metrics_allow),
            metrics_token=env.text("METRICS_TOKEN"),
            log_format=env.one_of("LOG_FORMAT", "text", ("text", "json")),
            log_level=env.one_of("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        )


def _theme(env: Env) -> str:
    """An unknown name costs the colours, not the start; the start report warns of it."""
    value = env.text("THEME")
    return value if value in THEMES else Settings.theme


def _lifetime(env: Env) -> int:
    """Seconds by one name, minutes by the other that One API's README speaks of."""
    minutes = env.integer("SQL_CONN_MAX_LIFETIME", 0)
    return env.integer("SQL_MAX_LIFETIME", minutes * 60 if minutes else 60)


def _positive(env: Env, name: str, default: float) -> float:
    value = env.number(name, default)
    if value <= 0:
        raise ValueError(f"{name} must be above 0, not {value:g}")
    return value


def _url(env: Env, name: str) -> str:
    value = env.text(name)
    if value:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname:
            raise ValueError(f"{name} is no address that can be used")
    return value


def _base(env: Env, name: str, default: str) -> str:
    value = env.text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{name} is no http address")
    return value


def _networks(env: Env, name: str, default: str) -> str:
    value = env.text(name, default)
    if value.lower() == "none":
        return ""
    for item in filter(None, (part.strip() for part in value.split(","))):
        try:
            ip_network(item, strict=False)
        except ValueError:
            raise ValueError(f"{name} holds {item!r}, which is no network (CIDR)") from None
    return value
