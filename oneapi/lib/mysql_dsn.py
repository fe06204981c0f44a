"""MySQL addresses in the form of Go's driver, and as URLs, for PyMySQL.

``[user[:password]@][net[(address)]]/dbname[?name=value&...]``: what stands before the last ``/`` is
not percent-encoded, so a password may hold any character.

Source: https://github.com/go-sql-driver/mysql#dsn-data-source-name.
"""

import re
import ssl
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import unquote

from pymysql.charset import charset_by_name
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVER = "mysql+pymysql"
_TRUE = frozenset({"1", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "false", "FALSE", "False"})

_FLAGS_WITHOUT_EFFECT = frozenset({
    "allowAllFiles", "allowFallbackToPlaintext", "allowNativePasswords", "allowOldPasswords",
    "checkConnLiveness", "clientFoundRows", "columnsWithAlias", "interpolateParams",
    "multiStatements", "parseTime", "rejectReadOnly",
})  # fmt: skip
_VALUES_WITHOUT_EFFECT = frozenset({
    "connectionAttributes", "loc", "maxAllowedPacket", "serverPubKey", "timeTruncate",
})  # fmt: skip
_READ_ELSEWHERE = frozenset({"charset", "tls", "allowCleartextPasswords"})

_TIMEOUTS = {
    "timeout": "connect_timeout",
    "readTimeout": "read_timeout",
    "writeTimeout": "write_timeout",
}
_DURATION_UNITS_S = {
    "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "\u00b5s": 1e-6, "ns": 1e-9,
}  # fmt: skip

_URL_TLS = {
    "disabled": "false",
    "preferred": "preferred",
    "required": "skip-verify",
    "verify_ca": "true",
    "verify_identity": "true",
}
"""What hosting platforms write as ``ssl-mode`` in their URLs."""


class MysqlAddress(NamedTuple):
    """Where the server is, and how PyMySQL connects to it."""

    url: URL
    connect_args: dict[str, Any]
    init_commands: tuple[str, ...]


def read(dsn: str) -> MysqlAddress:
    """Read an address.

    Raises:
        ValueError: it cannot be read; the message never repeats it, it holds a password.
    """
    if dsn.startswith(("mysql://", "mysql+pymysql://")):
        return _read_url(dsn)
    connection, slash, rest = dsn.rpartition("/")
    if not slash:
        raise ValueError("the MySQL address has no '/' before the database name")
    user_info, _, net_address = connection.rpartition("@")
    user, _, password = user_info.partition(":")
    database, _, query = rest.partition("?")
    host, port, connect_args = _host(net_address)
    url = URL.create(
        _DRIVER,
        username=user or None,
        password=password or None,
        host=host,
        port=port,
        database=unquote(database) or None,
    )
    return _with_parameters(url, _parameters(query), connect_args)


def _host(text: str) -> tuple[str, int | None, dict[str, Any]]:
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
    return found[1] or found[2] or "127.0.0.1", int(found[3] or 3306), {}


def _parameters(query: str) -> dict[str, str]:
    """Read the part after ``?``; a name without ``=`` is no parameter, ``+`` is no blank."""
    pairs = (item.partition("=") for item in query.split("&"))
    return {name: unquote(value) for name, equals, value in pairs if equals}


def _read_url(dsn: str) -> MysqlAddress:
    try:
        url = make_url(dsn)
    except (ArgumentError, ValueError):
        raise ValueError("the MySQL address cannot be read") from None
    parameters = {
        name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()
    }
    connect_args = {}
    if socket := parameters.pop("unix_socket", ""):
        connect_args["unix_socket"] = socket
    parameters.pop("reconnect", None)
    for name in ("ssl-mode", "sslmode", "ssl_mode"):
        if (mode := parameters.pop(name, None)) is not None:
            parameters["tls"] = _URL_TLS.get(mode.lower().replace("-", "_"), mode)
    bare = url.set(drivername=_DRIVER, host=url.host or "127.0.0.1", query={})
    return _with_parameters(bare, parameters, connect_args)


def _with_parameters(
    url: URL, parameters: Mapping[str, str], connect_args: dict[str, Any]
) -> MysqlAddress:
    charset = _charset(parameters.get("charset", "utf8mb4"))
    tls = _tls(parameters.get("tls", "false"))
    args = {"charset": charset, **connect_args, **tls}
    if _is_true(parameters, "allowCleartextPasswords") and "ssl" not in tls:
        raise ValueError("allowCleartextPasswords needs tls=true or tls=skip-verify")
    if "compress" in parameters:
        raise ValueError("compress is not supported")
    commands: list[str] = []
    for name, value in parameters.items():
        if name in _TIMEOUTS:
            args |= _timeout(name, value)
        elif name == "collation":
            commands.append(f"SET NAMES {charset} COLLATE {_word(value)}")
        elif name in _FLAGS_WITHOUT_EFFECT:
            _is_true(parameters, name)
        elif name not in _VALUES_WITHOUT_EFFECT | _READ_ELSEWHERE:
            # A system variable; its value is SQL, quotes included.
            commands.append(f"SET {_word(name)} = {value}")
    return MysqlAddress(url, args, tuple(commands))


def _is_true(parameters: Mapping[str, str], name: str) -> bool:
    value = parameters.get(name, "false")
    if value not in _TRUE | _FALSE:
        raise ValueError(f"{name} must be true or false")
    return value in _TRUE


def _charset(names: str) -> str:
    """Return the first of a comma list that the driver knows."""
    for name in names.split(","):
        if charset_by_name(name.strip()) is not None:
            return name.strip()
    raise ValueError("no charset of the MySQL address is known")


def _verified() -> dict[str, Any]:
    return {"ssl": ssl.create_default_context()}


def _unverified() -> dict[str, Any]:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}


_TLS: Mapping[str, Callable[[], dict[str, Any]]] = {
    **dict.fromkeys(_FALSE, lambda: {"ssl_disabled": True}),
    **dict.fromkeys(_TRUE, _verified),
    "skip-verify": _unverified,
    # What the driver does by itself: encrypted if the server offers it, without a check.
    "preferred": dict,
}
"""With a context the driver refuses a server that offers no TLS."""


def _tls(value: str) -> dict[str, Any]:
    if value not in _TLS:
        raise ValueError("the value of tls is not known")
    return _TLS[value]()


def _timeout(name: str, value: str) -> dict[str, int]:
    """Return whole seconds, at least one; nothing for 0, which means no limit."""
    seconds = _duration_s(name, value)
    return {_TIMEOUTS[name]: max(ceil(seconds), 1)} if seconds > 0 else {}


def _duration_s(name: str, text: str) -> float:
    """Read one of Go's durations: ``10s``, ``500ms``, ``1m30s``, ``0``."""
    if text == "0":
        return 0.0
    pieces = re.findall(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|\u00b5s|ns|m|s)", text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        raise ValueError(f"{name} is no duration such as 10s or 1m30s")
    return sum(float(number) * _DURATION_UNITS_S[unit] for number, unit in pieces)


def _word(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_@.]+", text):
        raise ValueError("a parameter of the MySQL address has a name that is not allowed")
    return text
