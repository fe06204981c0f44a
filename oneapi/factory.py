"""Puts everything together: settings become one Flask application."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from oneapi import addresses, resources, revision, snapshot
from oneapi.lib import dsn
from oneapi.lib.cache import RedisLink, RedisSpec
from oneapi.lib.database import PoolLimits, SqliteTuning, engine_options, prepare_engine
from oneapi.lib.dsn import EngineSpec
from oneapi.lib.secret_file import load_or_create
from oneapi.settings import Settings
from oneapi.v1.blueprint import bp as data_plane
from oneapi.web import blueprints, compression, context, errors
from oneapi.web.extensions import database, limiter, login_manager
from oneapi.web.sessions import LIFETIME_DAYS, CookieSessions
from oneapi.web_app import WebApp

_LOGS = "logs"
_SECRET_FILE = ".oneapi-session-secret"  # noqa: S105 - a file name
_SQLITE_CONNECTIONS = 10
"""Less than the native threads of ``lib.threads.SQLITE``, so a COMMIT always finds one."""


def create_app(settings: Settings) -> WebApp:
    """Build the application and bind what the process has one of.

    Raises:
        SettingsError: an address in the settings cannot be used.
    """
    resources.bind_settings(settings)
    app = WebApp("oneapi", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.session_interface = CookieSessions()
    app.config.from_mapping(_configuration(settings))
    _open_databases(app, settings)
    _connect_redis(app, settings)
    revision.on_change(snapshot.mark_stale)
    context.register(app)
    limiter.init_app(app)
    login_manager.init_app(app)
    compression.register(app)
    errors.register(app)
    blueprints.register(app)
    app.register_blueprint(data_plane)
    return app


def _configuration(settings: Settings) -> dict[str, Any]:
    secret = settings.session_secret or load_or_create(Path(settings.data_dir) / _SECRET_FILE)
    return {
        "SECRET_KEY": secret,
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=LIFETIME_DAYS),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "START_TIME": int(time.time()),
    }


def _open_databases(app: WebApp, settings: Settings) -> None:
    """Let Flask-SQLAlchemy make the engines, and bind ours around them."""
    main, logs = addresses.database(settings), addresses.log_database(settings)
    app.config["SQLALCHEMY_DATABASE_URI"] = main.url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(main, _limits(main, settings))
    if logs is not None:
        binds = {_LOGS: {"url": logs.url, **engine_options(logs, _limits(logs, settings))}}
        app.config["SQLALCHEMY_BINDS"] = binds
    database.init_app(app)
    tuning = SqliteTuning(settings.sqlite_busy_timeout_ms, settings.sqlite_synchronous)
    with app.app_context():
        engines = dict(database.engines)
    prepare_engine(engines[None], main, tuning)
    resources.db.bind(engines[None])
    resources.db.tune_ledger(tuning)
    if logs is None:
        resources.log_db.bind(engines[None])
    else:
        prepare_engine(engines[_LOGS], logs, tuning)
        resources.log_db.bind(engines[_LOGS])


def _limits(spec: EngineSpec, settings: Settings) -> PoolLimits:
    """Share One API's limits of a node between its workers."""
    if spec.kind == dsn.SQLITE:
        return PoolLimits(size=_SQLITE_CONNECTIONS, max_overflow=0, recycle_s=-1)
    most = max(1, (settings.sql_max_open_conns or 1000) // settings.workers)
    kept = min(settings.sql_max_idle_conns, most)
    return PoolLimits(size=kept, max_overflow=most - kept, recycle_s=settings.sql_max_lifetime_s)


def _connect_redis(app: WebApp, settings: Settings) -> None:
    spec = addresses.redis(settings)
    link = None if spec is None else RedisLink(spec)
    revision.use_redis(link)
    app.config.update(_limiter_storage(spec, link))


def _limiter_storage(spec: RedisSpec | None, link: RedisLink | None) -> dict[str, Any]:
    """Say where limits are counted: on Redis, else in this worker's memory.

    A cluster's client connects when it is made, so one that is away now is left out until the
    next start; the other kinds come back by themselves.
    """
    if spec is None or link is None or (spec.kind == "cluster" and not link.ping()):
        return {"RATELIMIT_STORAGE_URI": "memory://"}
    uri, options = spec.for_limits()
    return {"RATELIMIT_STORAGE_URI": uri, "RATELIMIT_STORAGE_OPTIONS": options}
