"""Start and measure the processes of the benchmark; each ends by its own id."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import requests
from gevent import socket

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "benchmarkkey"
_HEADERS = {"Content-Type": "application/json"}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def started(command: list[str], port: int, **variables: str) -> Iterator[int]:
    """Run a program until it listens; end it, and it alone, afterwards."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=variables.get("BENCH_FOLDER", str(ROOT)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def upstream(port: int) -> AbstractContextManager[int]:
    """Start the upstream."""
    return started([sys.executable, "-m", "tests.bench.upstream", str(port)], port)


def floor(port: int, upstream_port: int) -> AbstractContextManager[int]:
    """Start the bare pass-through under the same server."""
    command = [sys.executable, "-m", "gunicorn", "-k", "gevent", "-w", "1", "--keep-alive", "75"]
    command += ["--worker-connections", "4000", "--no-control-socket"]
    command += ["-b", f"127.0.0.1:{port}", "tests.bench.floor:app"]
    return started(command, port, BENCH_UPSTREAM_PORT=str(upstream_port))


@contextmanager
def product(
    port: int, upstream_port: int, workers: int = 1, **variables: str
) -> Iterator[tuple[int, Path]]:
    """Start the gateway on a fresh SQLite file with one channel; yields (pid, folder)."""
    with tempfile.TemporaryDirectory(prefix="one-api-bench-") as folder:
        settings = {
            "PORT": str(port),
            "SQLITE_PATH": f"{folder}/one-api.db",
            "LOG_DIR": folder,
            "WEB_CONCURRENCY": str(workers),
            "INITIAL_ROOT_TOKEN": KEY,
            "GLOBAL_API_RATE_LIMIT": "0",
            "SHUTDOWN_GRACE_S": "2",
            **variables,
        }
        command = [sys.executable, str(ROOT / "app.py")]
        with started(command, port, BENCH_FOLDER=folder, **settings) as pid:
            _add_channel(port, upstream_port)
            yield pid, Path(folder)


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process and its children so far, in seconds."""
    parent = psutil.Process(pid)
    times = [p.cpu_times() for p in [parent, *parent.children(recursive=True)]]
    return sum(t.user + t.system for t in times)


def worker_pss_mb(pid: int) -> list[float]:
    """Return the proportional memory of each worker, in MiB."""
    found = []
    for child in psutil.Process(pid).children():
        rollup = Path(f"/proc/{child.pid}/smaps_rollup").read_text()
        kilobytes = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
        found.append(int(kilobytes.split()[1]) / 1024)
    return found


def _add_channel(port: int, upstream_port: int) -> None:
    base = f"http://127.0.0.1:{port}"
    session = requests.Session()
    login = {"username": "root", "password": "123456"}
    session.post(f"{base}/api/user/login", json=login, headers=_HEADERS).raise_for_status()
    channel = {
        "name": "bench",
        "type": 1,
        "key": "sk-upstream",
        "base_url": f"http://127.0.0.1:{upstream_port}",
        "models": "gpt-4o-mini",
        "group": "default",
    }
    answer = session.post(f"{base}/api/channel/", json=channel).json()
    if not answer["success"]:
        raise RuntimeError(answer)
    time.sleep(2)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"the program ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the program does not listen")
