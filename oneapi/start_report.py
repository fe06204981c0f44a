"""The start report: one block in the log that tells what is on, and why something is off."""

import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from sqlalchemy import Connection

from oneapi import addresses
from oneapi.jobs import schedule
from oneapi.lib import containers, dsn
from oneapi.lib.cache import RedisLink
from oneapi.lib.dsn import EngineSpec
from oneapi.settings import THEMES, VERSION, Settings

_FAST_PARSER = "gunicorn_h1c"
_PLATFORMS = ("DYNO", "RENDER")
"""Variables of hosting platforms whose files are gone at the next start."""

_SYNCHRONOUS = {"0": "OFF", "1": "NORMAL", "2": "FULL", "3": "EXTRA"}
"""How SQLite counts the levels that everybody writes as words."""

_EXAMPLE_SECRET = "random_string"  # noqa: S105 - what One API's examples say


@dataclass(frozen=True, slots=True)
class StartReport:
    """Facts for the record and warnings for a person."""

    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __add__(self, other: Self) -> "StartReport":
        return StartReport(self.facts + other.facts, self.warnings + other.warnings)

    def lines(self) -> list[str]:
        """Return the report, warnings last."""
        return [*self.facts, *(f"WARNING: {warning}" for warning in self.warnings)]


def of_node(settings: Settings) -> StartReport:
    """Say who starts here."""
    parser = "fast" if importlib.util.find_spec(_FAST_PARSER) else "plain"
    role = "slave" if settings.is_slave else "master"
    return facts(
        f"One API {VERSION}, node {settings.node_name} ({role})",
        f"port {settings.port}, workers {settings.workers}, {parser} request parser",
        f"files in {Path(settings.data_dir).absolute()}",
    )


def of_database(name: str, spec: EngineSpec, *, schema: str) -> StartReport:
    """Say where a database is, without its password."""
    where = spec.url.render_as_string(hide_password=True)
    return StartReport((f"{name}: {spec.kind} at {where}, schema {schema}",))


def of_sqlite(connection: Connection, spec: EngineSpec) -> StartReport:
    """Say what the pragmas really are, and where the file should not lie."""
    pragmas = {
        name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
        for name in ("journal_mode", "synchronous", "busy_timeout")
    }
    pragmas["synchronous"] = _SYNCHRONOUS.get(pragmas["synchronous"], pragmas["synchronous"])
    shown = ", ".join(f"{name}={value}" for name, value in pragmas.items())
    problems = []
    if pragmas["journal_mode"] != "wal":
        problems.append("SQLite cannot use WAL here; readers wait for writers")
    if containers.lies_in_container_layer(Path(str(spec.url.database))):
        problems.append("the database file is lost with this container: mount a volume at /data")
    return StartReport((f"SQLite: {shown} ms",), tuple(problems))


def of_redis(settings: Settings) -> StartReport:
    """Say whether Redis helps, and which limits are exact therefore."""
    spec = addresses.redis(settings)
    if spec is None:
        why = "REDIS_CONN_STRING is not set"
        return StartReport((f"Redis: off, {why}; {_limits(settings, shared=False)}",))
    if RedisLink(spec).ping():
        return StartReport((f"Redis: on ({spec.kind}); {_limits(settings, shared=True)}",))
    return StartReport(
        (f"Redis: away ({spec.kind}); {_limits(settings, shared=False)}",),
        ("Redis does not answer; everything works on the database until it does",),
    )


def of_jobs(settings: Settings) -> StartReport:
    """Say which periodic jobs this node does that a slave does not."""
    everywhere = {job.name for job in schedule.jobs(replace(settings, node_type="slave"))}
    names = [job.name for job in schedule.jobs(settings) if job.name not in everywhere]
    return facts(f"periodic jobs: {', '.join(names) or 'none, this is a slave'}")


def of_environment(settings: Settings, variables: Mapping[str, str]) -> StartReport:
    """Warn of settings that do not fit together or to the place."""
    on_platform = any(variables.get(name) for name in _PLATFORMS)
    on_file = addresses.database(settings).kind == dsn.SQLITE
    cases = (
        (on_platform and on_file, "files do not last on this platform: set SQL_DSN"),
        (
            on_platform and not settings.session_secret,
            "set SESSION_SECRET, or everybody is signed out at each start",
        ),
        (settings.is_slave and on_file, "a slave on SQLite shares nothing with its master"),
        (
            settings.is_slave and not settings.session_secret,
            "a slave needs the SESSION_SECRET of its master, or nobody stays signed in",
        ),
        (
            bool(settings.frontend_base_url) and not settings.is_slave,
            "FRONTEND_BASE_URL is ignored on a master node",
        ),
        (
            variables.get("SESSION_SECRET") == _EXAMPLE_SECRET,
            f"SESSION_SECRET={_EXAMPLE_SECRET} is an example that everybody knows; it is ignored",
        ),
        (
            variables.get("THEME", "").strip() not in ("", settings.theme),
            f"THEME is none of {', '.join(THEMES)}; {settings.theme} is used",
        ),
    )
    return warnings(text for is_so, text in cases if is_so)


def facts(*texts: str) -> StartReport:
    """Return a report of facts alone."""
    return StartReport(texts)


def warnings(texts: Iterable[str]) -> StartReport:
    """Return a report of warnings alone."""
    return StartReport((), tuple(texts))


def _limits(settings: Settings, *, shared: bool) -> str:
    if shared:
        return "rate limits are exact"
    if settings.workers == 1:
        return "rate limits are exact on this node"
    return f"rate limits count in each of {settings.workers} workers"
