"""Throw-away MariaDB, PostgreSQL and Redis: data, socket and port of their own, gone at the end.

Each is started once, when a test first asks for it.  ``TEST_SQL_DSN`` (a server on which databases
may be created) and ``TEST_REDIS`` name servers that run already and are used instead.  Only
processes that were started here are ended.
"""

import atexit
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import psutil
import pytest
import redis
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from oneapi.lib import dsn
from oneapi.settings import Settings
from tests.support.ports import free_port

KINDS = (dsn.SQLITE, dsn.MYSQL, dsn.POSTGRESQL)
_PATIENCE_S = 60.0
_USUAL_OPTIONS = {dsn.MYSQL: "CHARACTER SET utf8mb4", dsn.POSTGRESQL: ""}
"""As MySQL 8 does by itself; MariaDB's own default cannot store Chinese names."""

_FAST_STOPS = {dsn.MYSQL: signal.SIGTERM, dsn.POSTGRESQL: signal.SIGINT}
"""What ends a server without waiting for its clients."""


@dataclass(frozen=True, slots=True)
class SqlServer:
    """A database server; ``address`` says how a database of it is reached, in One API's form."""

    kind: str
    address: Callable[[str], str]
    first: str
    """A database that exists."""

    def new_database(self, options: str | None = None) -> str:
        """Create an empty database and return its address; ``options`` go after its name."""
        options = _USUAL_OPTIONS[self.kind] if options is None else options
        name = f"one-api-{secrets.token_hex(4)}"
        quote = "`" if self.kind == dsn.MYSQL else '"'
        with _connection(self.address(self.first)) as connection:
            connection.execute(text(f"CREATE DATABASE {quote}{name}{quote} {options}"))
        return self.address(name)


def settings_on(kind: str, folder: Path, **members: object) -> Settings:
    """Return settings of a node whose database is new, of this kind, and empty."""
    plain = Settings(
        sqlite_path=str(folder / "one-api.db"),
        data_dir=str(folder),
        log_dir="",
        sqlite_synchronous="NORMAL",
    )
    address = "" if kind == dsn.SQLITE else new_database(kind)
    return replace(plain, sql_dsn=address, **members)  # type: ignore[arg-type]


def new_database(kind: str, options: str | None = None) -> str:
    """Return the address of a new empty database; skip the test when there is no such server."""
    return {dsn.MYSQL: mysql, dsn.POSTGRESQL: postgresql}[kind]().new_database(options)


def mysql() -> SqlServer:
    """Return a MySQL or MariaDB server."""
    return _named_server(dsn.MYSQL) or _mariadb()


def postgresql() -> SqlServer:
    """Return a PostgreSQL server."""
    return _named_server(dsn.POSTGRESQL) or _postgresql()


@dataclass(slots=True)
class OwnServer:
    """A server of one test, which may stop it, let it go on, and start it anew."""

    server: SqlServer
    command: Sequence[str]
    process: "subprocess.Popen[bytes]"

    def pause(self) -> None:
        """Stop every process of it where it stands: connections stay, nothing answers."""
        for process in self._processes():
            process.suspend()

    def resume(self) -> None:
        for process in self._processes():
            process.resume()

    def restart(self) -> None:
        """End the server, and start it on the same data."""
        self.process.send_signal(_FAST_STOPS[self.server.kind])
        self.process.wait(_PATIENCE_S)
        self.process = _start(self.command)
        _ready(self.server)

    def _processes(self) -> list[psutil.Process]:
        ours = psutil.Process(self.process.pid)
        return [ours, *ours.children(recursive=True)]


@contextmanager
def own_server(kind: str) -> Iterator[OwnServer]:
    """Run a server of this kind until the block ends."""
    server, command = {dsn.MYSQL: _new_mariadb, dsn.POSTGRESQL: _new_postgresql}[kind]()
    own = OwnServer(server, command, _start(command))
    _ready(server)
    try:
        yield own
    finally:
        own.resume()
        own.process.send_signal(_FAST_STOPS[kind])
        own.process.wait(_PATIENCE_S)


@cache
def redis_url() -> str:
    """Return the URL of a Redis server that may be emptied."""
    if os.environ.get("TEST_REDIS"):
        return os.environ["TEST_REDIS"]
    program = _program("redis-server")
    port, folder = free_port(), _folder("redis")
    _start(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    )
    url = f"redis://127.0.0.1:{port}/0"
    give_up = time.monotonic() + _PATIENCE_S
    while not _redis_answers(url):
        if time.monotonic() > give_up:
            raise TimeoutError("the Redis server does not answer")
        time.sleep(0.05)
    return url


def _redis_answers(url: str) -> bool:
    server = redis.Redis.from_url(url)
    try:
        return bool(server.ping())
    except redis.ConnectionError:
        return False
    finally:
        server.close()


def _named_server(kind: str) -> SqlServer | None:
    """Return the server of ``TEST_SQL_DSN`` if it is of this kind."""
    named = os.environ.get("TEST_SQL_DSN", "")
    if not named or dsn.read(named).kind != kind:
        return None
    head, _, tail = named.rpartition("/")
    first, mark, query = tail.partition("?")
    return SqlServer(kind, lambda name: f"{head}/{name}{mark}{query}", first)


@cache
def _mariadb() -> SqlServer:
    server, command = _new_mariadb()
    _start(command)
    return _ready(server)


@cache
def _postgresql() -> SqlServer:
    server, command = _new_postgresql()
    _start(command)
    return _ready(server)


def _new_mariadb() -> tuple[SqlServer, Sequence[str]]:
    """Make an empty data folder; return the server and the command that starts it."""
    install, serve = _program("mariadb-install-db"), _program("mariadbd")
    folder, port = _folder("mariadb"), free_port()
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    data = ["--no-defaults", f"--datadir={folder / 'data'}", *as_root]
    _run([install, *data, "--auth-root-authentication-method=normal", "--skip-test-db"])
    socket = [f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}"]
    rest = [f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve"]
    server = SqlServer(dsn.MYSQL, lambda name: f"root@tcp(127.0.0.1:{port})/{name}", "mysql")
    return server, [serve, *data, *socket, *rest]


def _new_postgresql() -> tuple[SqlServer, Sequence[str]]:
    """Make an empty data folder; return the server and the command that starts it."""
    initialise, serve = _program("initdb"), _program("postgres")
    folder, port = _folder("postgresql"), free_port()
    prefix = _as_another("postgres", folder) if os.geteuid() == 0 else []
    data = str(folder / "data")
    _run([*prefix, initialise, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"])
    address = f"postgres://postgres@127.0.0.1:{port}/"
    server = SqlServer(dsn.POSTGRESQL, lambda name: address + name, "postgres")
    rest = ["-p", str(port), "-k", str(folder), "-h", "127.0.0.1", "-F"]
    return server, [*prefix, serve, "-D", data, *rest]


def _as_another(user: str, folder: Path) -> list[str]:
    """PostgreSQL does not run as root: give the folder away and run as its owner."""
    shutil.chown(folder, user)
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]


def _program(name: str) -> str:
    places = (str(place) for place in sorted(Path("/usr/lib/postgresql").glob("*/bin")))
    search = os.pathsep.join((os.environ["PATH"], "/usr/sbin", *places))
    found = shutil.which(name, path=search)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{name} is not installed")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _folder(name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"one-api-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=_PATIENCE_S)  # noqa: S603


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(  # noqa: S603 - a program of the system
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    atexit.register(_stop, process)
    return process


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def _ready(server: SqlServer) -> SqlServer:
    give_up = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with _connection(server.address(server.first)):
                return server
        except OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def _connection(address: str) -> Connection:
    spec = dsn.read(address)
    return create_engine(
        spec.url,
        connect_args=dict(spec.connect_args),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
    ).connect()
