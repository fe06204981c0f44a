"""One API's database addresses, in whatever form, as what SQLAlchemy needs.

MySQL comes in the form of Go's driver, PostgreSQL as a URL, nothing means SQLite; ordinary URLs
are taken too.  Sources: https://github.com/go-sql-driver/mysql#dsn-data-source-name and
https://pkg.go.dev/github.com/jackc/pgx/v5/pgconn#ParseConfig.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from sqlalchemy import URL, make_url

SQLITE, MYSQL, POSTGRESQL = "sqlite", "mysql", "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """An address and how to connect to it."""

    url: URL
    kind: str
    connect_args: Mapping[str, Any] = field(default_factory=dict)
    init_commands: tuple[str, ...] = ()
    """Statements that every new connection runs first."""


def read(dsn: str, *, sqlite_path: str = "one-api.db") -> EngineSpec:
    """Return what the address means.

    Raises:
        ValueError: it cannot be read; the message never repeats it, it holds a password.
    """
    if not dsn:
        return _sqlite(sqlite_path)
    if dsn.startswith("sqlite:///"):
        return _sqlite(dsn.removeprefix("sqlite:///"))
    if dsn.startswith(("postgres://", "postgresql://")):
        return _postgresql("postgresql://" + dsn.split("://", 1)[1])
    if dsn.startswith(("mysql://", "mysql+pymysql://")):
        return _mysql_url(dsn)
    return _mysql(dsn)


def _sqlite(path: str) -> EngineSpec:
    if "?" in path:
        raise ValueError("the path of the SQLite file must not contain '?'")
    if not Path(path).absolute().parent.is_dir():
        raise ValueError("the folder of the SQLite file does not exist")
    url = URL.create("sqlite", database=str(Path(path).absolute()))
    return EngineSpec(url=url, kind=SQLITE)


_LIBPQ = frozenset(
    [
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslpassword",
        "sslsni",
        "connect_timeout",
        "target_session_attrs",
        "application_name",
        "service",
        "passfile",
        "options",
        "krbsrvname",
        "channel_binding",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
    ]
)
_PGX_ONLY = frozenset(
    {
        "default_query_exec_mode",
        "statement_cache_capacity",
        "description_cache_capacity",
        "statement_cache_mode",
        "prefer_simple_protocol",
    }
)


def _postgresql(dsn: str) -> EngineSpec:
    base, _, query = dsn.partition("?")
    try:
        url = make_url(base).set(drivername="postgresql+psycopg")
    except ValueError as error:
        raise ValueError("the PostgreSQL address cannot be read") from error
    passed: dict[str, str] = {}
    session: list[str] = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in _PGX_ONLY or name.startswith("pool_"):
            continue
        if name in _LIBPQ:
            passed[name] = value
        else:
            parameter = "timezone" if name.lower() in ("timezone", "time_zone") else name
            session.append(f"-c {parameter}={value.replace(' ', chr(92) + ' ')}")
    if session:
        passed["options"] = " ".join([passed.get("options", ""), *session]).strip()
    connect_args = {"prepare_threshold": None, **passed}
    return EngineSpec(url=url, kind=POSTGRESQL, connect_args=connect_args)


def _mysql_url(dsn: str) -> EngineSpec:
    try:
        url = make_url(dsn)
    except ValueError as error:
        raise ValueError("the MySQL address cannot be read") from error
    parameters = {name: str(value) for name, value in url.query.items()}
    bare = url.set(drivername="mysql+pymysql", query={})
    return _with_mysql_parameters(bare, parameters, {})


def _mysql(dsn: str) -> EngineSpec:
    connection, slash, rest = dsn.rpartition("/")
    if not slash:
        raise ValueError("the MySQL address has no '/' before the database name")
    user_info, _, net_address = connection.rpartition("@")
    user, _, password = user_info.partition(":")
    database, _, query = rest.partition("?")
    host, port, connect_args = _mysql_address(net_address)
    url = URL.create(
        "mysql+pymysql",
        username=user or None,
        password=password or None,
        host=host,
        port=port,
        database=unquote(database),
    )
    parameters = dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))
    return _with_mysql_parameters(url, parameters, connect_args)


def _mysql_address(text: str) -> tuple[str | None, int | None, dict[str, Any]]:
    net, bracket, address = text.partition("(")
    if bracket and not address.endswith(")"):
        raise ValueError("the MySQL address has '(' without ')'")
    address = address[:-1] if bracket else ""
    if net == "unix":
        return "localhost", None, {"unix_socket": address or "/tmp/mysql.sock"}  # noqa: S108
    if net not in ("", "tcp"):
        raise ValueError("the MySQL address names a network that is not known")
    found = re.fullmatch(r"(?:\[([^\]]+)\]|([^:\[\]]*))(?::(\d+))?", address)
    if found is None:
        raise ValueError("host and port of the MySQL address cannot be read")
    host = found[1] or found[2] or "127.0.0.1"
    return host, int(found[3] or 3306), {}


_GO_ONLY = frozenset(
    [
        "parseTime",
        "loc",
        "timeTruncate",
        "allowNativePasswords",
        "allowOldPasswords",
        "checkConnLiveness",
        "columnsWithAlias",
        "clientFoundRows",
        "interpolateParams",
        "maxAllowedPacket",
        "multiStatements",
        "rejectReadOnly",
        "allowAllFiles",
        "allowFallbackToPlaintext",
        "connectionAttributes",
        "serverPubKey",
    ]
)
_TRUE = frozenset({"1", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "false", "FALSE", "False"})
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "ns": 1e-9}
_TIMEOUTS = {
    "timeout": "connect_timeout",
    "readTimeout": "read_timeout",
    "writeTimeout": "write_timeout",
}


def _with_mysql_parameters(
    url: URL, parameters: Mapping[str, str], connect_args: dict[str, Any]
) -> EngineSpec:
    charset = parameters.get("charset", "utf8mb4").split(",")[0]
    args: dict[str, Any] = {"charset": charset, **connect_args, **_tls(parameters.get("tls"))}
    commands = []
    for name, value in parameters.items():
        if name in _TIMEOUTS:
            args[_TIMEOUTS[name]] = max(ceil(_duration(value)), 1)
        elif name == "collation":
            commands.append(f"SET NAMES {_word(charset)} COLLATE {_word(value)}")
        elif name == "allowCleartextPasswords" and value in _TRUE and "ssl" not in args:
            raise ValueError("allowCleartextPasswords needs tls")
        elif name == "compress":
            raise ValueError("compress is not supported")
        elif name not in _GO_ONLY and name not in ("charset", "tls", "allowCleartextPasswords"):
            commands.append(f"SET {_word(name)} = {value}")
    return EngineSpec(url=url, kind=MYSQL, connect_args=args, init_commands=tuple(commands))


def _tls(value: str | None) -> dict[str, Any]:
    if value is None or value in _FALSE:
        return {"ssl_disabled": True}
    if value in _TRUE:
        return {"ssl": ssl.create_default_context()}
    if value in ("skip-verify", "preferred"):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return {"ssl": context}
    raise ValueError(f"tls={value} is not known")


def _duration(text: str) -> float:
    """Read one of Go's durations: ``10s``, ``500ms``, ``1m30s``."""
    pieces = re.findall(r"(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)", text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        raise ValueError(f"{text!r} is no duration")
    return sum(float(number) * _UNITS[unit] for number, unit in pieces)


def _word(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_@.]+", text):
        raise ValueError("a parameter of the MySQL address has a name that is not allowed")
    return text
