"""``make bench``: floor and product in one run, interleaved, three rounds.

Prints CPU per request and per chunk with their ratios, latencies, memory, and whether the books
add up.  The figures compare with each other, not with those of another machine.
"""

from gevent import monkey

monkey.patch_all()

import argparse
import platform
import sqlite3
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tests.bench import load, processes
from tests.bench.upstream import CHUNKS

ROUNDS = 3
_STREAMS_AT_ONCE = 100
"""Waves of streams: how many events come together in one wave is chance, so one is too few."""

Subjects = dict[str, tuple[int, int]]
Rows = dict[str, dict[str, list[float]]]
LIMITS = {"chat": 2.0, "chunk": 1.3}


def main() -> None:
    """Run everything and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--streams", type=int, default=300, help="a hundred at a time")
    parser.add_argument("--connections", type=int, default=64)
    arguments = parser.parse_args()
    ports = [processes.free_port() for _ in range(3)]
    with (
        processes.upstream(ports[0]),
        processes.floor(ports[1], ports[0]) as floor_pid,
        processes.product(ports[2], ports[0]) as (product_pid, folder),
    ):
        subjects = {"floor": (floor_pid, ports[1]), "product": (product_pid, ports[2])}
        rest = processes.worker_pss_mb(product_pid)
        rows = _measure(subjects, arguments)
        _print_table(rows, arguments)
        print(f"memory of the worker at rest: {rest[0]:.0f} MB; ", end="")
        print(f"after the run: {processes.worker_pss_mb(product_pid)[0]:.0f} MB (PSS)")
        _print_books(folder)
    _print_two_workers()


def _measure(subjects: Subjects, arguments: argparse.Namespace) -> Rows:
    rows: Rows = {
        name: {"chat": [], "chunk": [], "p50": [], "p99": [], "rps": []} for name in subjects
    }
    for _pid, port in subjects.values():
        load.run(port, processes.KEY, stream=False, requests=300, connections=16)
    for _ in range(ROUNDS):
        for name, (pid, port) in subjects.items():
            _one_round(rows[name], pid, port, arguments)
    return rows


def _one_round(
    row: dict[str, list[float]], pid: int, port: int, arguments: argparse.Namespace
) -> None:
    before = processes.cpu_s(pid)
    plain = load.run(
        port,
        processes.KEY,
        stream=False,
        requests=arguments.requests,
        connections=arguments.connections,
    )
    chat_us = (processes.cpu_s(pid) - before) / arguments.requests * 1e6
    before = processes.cpu_s(pid)
    streamed = load.run(
        port,
        processes.KEY,
        stream=True,
        requests=arguments.streams,
        connections=min(arguments.streams, _STREAMS_AT_ONCE),
    )
    cpu = (processes.cpu_s(pid) - before) * 1e6 - chat_us * arguments.streams
    if plain.errors or streamed.errors:
        raise SystemExit(f"{plain.errors + streamed.errors} calls failed")
    row["chat"].append(chat_us)
    row["chunk"].append(cpu / (arguments.streams * CHUNKS))
    row["p50"].append(plain.percentile(0.5))
    row["p99"].append(plain.percentile(0.99))
    row["rps"].append(arguments.requests / plain.seconds)
    time.sleep(0.5)


def _print_table(rows: Rows, arguments: argparse.Namespace) -> None:
    machine = f"{psutil.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}; {arguments.requests} calls over ", end="")
    print(f"{arguments.connections} connections, {arguments.streams} streams of {CHUNKS} chunks")
    print("\n| | floor | product | ratio | limit |\n|---|---:|---:|---:|---:|")
    names = {
        "chat": "chat, CPU per request (µs)",
        "chunk": "stream, CPU per chunk (µs)",
        "p50": "chat, p50 (ms)",
        "p99": "chat, p99 (ms)",
        "rps": "chat, requests per second",
    }
    for key, title in names.items():
        floor, product = (statistics.median(rows[name][key]) for name in ("floor", "product"))
        limit = f"{LIMITS[key]:.1f}" if key in LIMITS else ""
        print(f"| {title} | {floor:.1f} | {product:.1f} | {product / floor:.2f} | {limit} |")


def _print_books(folder: Path) -> None:
    connection = sqlite3.connect(folder / "one-api.db")
    logged, rows = connection.execute(
        "SELECT SUM(quota), COUNT(*) FROM logs WHERE type = 2"
    ).fetchone()
    left, used, requests = connection.execute(
        "SELECT quota, used_quota, request_count FROM users WHERE id = 1"
    ).fetchone()
    dropped = 500_000_000_000_000 - left
    open_rows = connection.execute("SELECT COUNT(*) FROM oneapi_reservations").fetchone()[0]
    agrees = logged == dropped == used and rows == requests and open_rows == 0
    print(f"books: {rows} rows, logged {logged}, balance drop {dropped}, used {used}, ", end="")
    print(f"{open_rows} open: {'they add up' if agrees else 'THEY DO NOT ADD UP'}")


def _print_two_workers() -> None:
    ports = [processes.free_port() for _ in range(2)]
    with (
        processes.upstream(ports[0]),
        processes.product(ports[1], ports[0], workers=2) as (pid, _folder),
    ):
        figures = ", ".join(f"{mb:.0f}" for mb in processes.worker_pss_mb(pid))
        print(f"memory at rest with two workers: {figures} MB (PSS) each")


if __name__ == "__main__":
    main()
