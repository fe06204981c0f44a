"""PostgreSQL URLs as One API's driver reads them, for psycopg.

Parts that are left out come from ``PGHOST``, ``PGPASSWORD``, ``~/.pgpass`` and so on, as usual.

Sources: https://pkg.go.dev/github.com/jackc/pgx/v5/pgconn#ParseConfig and
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from sqlalchemy import URL

_DRIVER = "postgresql+psycopg"

_FOR_THE_LIBRARY = frozenset({
    "host", "hostaddr", "port", "user", "password", "dbname", "passfile", "service",
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslsni", "sslcrl",
    "ssl_min_protocol_version", "ssl_max_protocol_version", "channel_binding", "gssencmode",
    "krbsrvname", "target_session_attrs", "load_balance_hosts", "application_name",
    "connect_timeout", "options", "keepalives", "keepalives_idle", "keepalives_interval",
    "keepalives_count", "tcp_user_timeout",
})  # fmt: skip
_OF_THE_OTHER_DRIVER = frozenset({
    "default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity",
    "statement_cache_mode", "prefer_simple_protocol",
})  # fmt: skip
_OTHER_NAMES = {"timezone": "timezone", "time_zone": "timezone"}

_HOST = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<name>[^:\[\]]*))(?::(?P<port>\d*))?")


def read(dsn: str) -> tuple[URL, dict[str, Any]]:
    """Return the address and the driver's arguments.

    Raises:
        ValueError: it cannot be read; the message never repeats it, it holds a password.
    """
    location, _, query = dsn.partition("://")[2].partition("?")
    authority, _, database = location.partition("/")
    user_info, _, hosts = authority.rpartition("@")
    user, _, password = user_info.partition(":")
    found = [_host_and_port(host) for host in hosts.split(",")]
    one = found[0] if len(found) == 1 else (None, None)
    url = URL.create(
        _DRIVER,
        username=unquote(user) or None,
        password=unquote(password) or None,
        host=one[0],
        port=one[1],
        database=unquote(database) or None,
        query={} if len(found) == 1 else {"host": [f"{h}:{p or 5432}" for h, p in found]},
    )
    return url, _arguments(query)


def _host_and_port(text: str) -> tuple[str | None, int | None]:
    found = _HOST.fullmatch(text)
    if found is None:
        raise ValueError("host and port of the PostgreSQL address cannot be read")
    host = found["v6"] or unquote(found["name"] or "")
    return host or None, int(found["port"]) if found["port"] else None


def _arguments(query: str) -> dict[str, Any]:
    # Prepared statements do not work behind a pooler that gives out connections by transaction.
    arguments: dict[str, Any] = {"prepare_threshold": None}
    session: list[str] = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in _OF_THE_OTHER_DRIVER or name.startswith("pool_"):
            continue
        if name in _FOR_THE_LIBRARY:
            arguments[name] = value
        else:
            session.append(_session_parameter(_OTHER_NAMES.get(name.lower(), name), value))
    if session:
        arguments["options"] = " ".join([*filter(None, [arguments.get("options")]), *session])
    return arguments


def _session_parameter(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.]+", name):
        raise ValueError("a parameter of the PostgreSQL address has a name that is not allowed")
    return "-c " + re.sub(r"([\\\s])", r"\\\1", f"{name}={value}")
