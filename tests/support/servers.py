"""Throw-away database servers for tests: started on free ports, ended with the session.

``TEST_SQL_DSN`` names a server that is there already.  Without the programs the tests that need
them are skipped and say so; where ``CI`` is set that is a failure instead.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pymysql
import pytest

from tests.support.ports import free_port

_START_S = 30.0


def missing(program: str) -> NoReturn:
    """Skip the test, or fail it in CI, because a server program is not installed."""
    text = f"{program} is not installed"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)


@contextmanager
def mariadb() -> Iterator[str]:
    """Start MariaDB and yield the address of an empty database, in One API's form."""
    if not (shutil.which("mariadbd") and shutil.which("mariadb-install-db")):
        missing("mariadbd")
    port = free_port()
    with _folder_of("mysql") as folder:
        _run(
            "mariadb-install-db",
            "--user=mysql",
            f"--datadir={folder}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        )
        server = [
            "mariadbd",
            "--no-defaults",
            "--user=mysql",
            f"--datadir={folder}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={folder}/socket",
            "--innodb-flush-log-at-trx-commit=2",
        ]
        with _started(server):
            _until(lambda: _create_in_mariadb(port))
            yield f"root@tcp(127.0.0.1:{port})/oneapi"


@contextmanager
def postgresql() -> Iterator[str]:
    """Start PostgreSQL and yield the address of an empty database."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        missing("postgres")
    programs, port = found[-1], free_port()
    with _folder_of("postgres") as folder:
        as_postgres = ["runuser", "-u", "postgres", "--"]
        _run(*as_postgres, str(programs / "initdb"), "-D", str(folder), "-A", "trust")
        server = [
            *as_postgres,
            str(programs / "postgres"),
            f"-D{folder}",
            f"-p{port}",
            "-clisten_addresses=127.0.0.1",
            f"-cunix_socket_directories={folder}",
            "-cfsync=off",
        ]
        create = [*as_postgres, str(programs / "createdb"), "-h127.0.0.1", f"-p{port}", "oneapi"]
        with _started(server):
            _until(lambda: _succeeds(create))
            yield f"postgres://postgres@127.0.0.1:{port}/oneapi"


@contextmanager
def _folder_of(user: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="one-api-server-") as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "data"
        folder.mkdir()
        shutil.chown(folder, user, user)
        yield folder


@contextmanager
def _started(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _create_in_mariadb(port: int) -> bool:
    try:
        connection = pymysql.connect(host="127.0.0.1", port=port, user="root", ssl_disabled=True)
    except pymysql.err.OperationalError:
        return False
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE IF NOT EXISTS oneapi")
    return True


def _until(ready: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _START_S
    while not ready():
        if time.monotonic() > give_up:
            raise TimeoutError("the database server does not start")
        time.sleep(0.1)


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
