"""For whoever operates this: is the process alive, should it get requests, what has it counted.

``/livez`` and ``/readyz`` are open and say one word.  ``/metrics``, and the details of ``/readyz``,
are for the addresses of ``METRICS_ALLOW`` and for holders of ``METRICS_TOKEN``; nobody else learns
that they exist.
"""

import hmac
from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import inspect, text

from oneapi import metrics, resources, revision
from oneapi.errors import DatabaseUnavailable
from oneapi.lib.database import Database
from oneapi.lib.subnets import parse_valid
from oneapi.resources import db, log_db
from oneapi.web.context import client_ip
from oneapi.web.draining import is_draining
from oneapi.web.envelope import json_response
from oneapi.web.extensions import limiter

bp = Blueprint("operations", __name__)

_MIGRATIONS = Path(__file__).parents[2] / "migrations"
_LOOK_S = 2.0
"""How long a database may take to answer before it counts as away: load balancers ask often and
wait for seconds only."""

_VERSIONS = "alembic_version"
"""Alembic's table; read without Alembic, which would write to the log each time."""


@bp.get("/livez")
def livez() -> ResponseReturnValue:
    """Say that the process answers."""
    return _word("ok")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether requests should be sent here, or what is in the way."""
    found = "draining" if is_draining() else _database_problem()
    status = 200 if found is None else 503
    if _may_see_details():
        return json_response({"status": found or "ok", **_details()}, status)
    return _word(found or "ok", status)


@bp.get("/metrics")
def show_metrics() -> ResponseReturnValue:
    """Show every counter of all workers."""
    if not _may_see_details():
        return Response(status=404)
    content, content_type = metrics.render()
    return Response(content, content_type=content_type)


def _word(word: str, status: int = 200) -> Response:
    response = Response(word, status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_see_details() -> bool:
    settings = resources.settings
    if parse_valid(settings.metrics_allow).contains(client_ip()):
        return True
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.metrics_token
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def _database_problem() -> str | None:
    try:
        if not _is_migrated(db):
            return "schema"
        with log_db.reading(within_s=_LOOK_S) as session:
            session.execute(text("SELECT 1"))
    except DatabaseUnavailable:
        return "database"
    return None


def _is_migrated(database: Database) -> bool:
    with database.reading(within_s=_LOOK_S) as session:
        if not inspect(session.connection()).has_table(_VERSIONS):
            return False
        applied = set(session.scalars(text(f"SELECT version_num FROM {_VERSIONS}")))  # noqa: S608
        return bool(applied) and applied.isdisjoint(_older_versions())


@cache
def _older_versions() -> frozenset[str]:
    """Return the versions before ours.

    One that is not known here is of a newer release. Migrations only add, so it serves this node
    as well: while nodes are updated one after the other, the old ones stay ready.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    directory = ScriptDirectory.from_config(config)
    known = {script.revision for script in directory.walk_revisions()}
    return frozenset(known - set(directory.get_heads()))


def _details() -> dict[str, Any]:
    """Say what an operator asks next: parts, and which limits are exact."""
    redis = revision.redis_answers()
    exact = redis is True and limiter.storage.check()
    return {
        "database": db.kind,
        "redis": {None: "off", True: "ok", False: "away"}[redis],
        "rate_limits": "exact" if exact else "per worker",
        "node": resources.settings.node_name,
    }
