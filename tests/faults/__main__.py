"""Run every drill; the exit code is the number of drills that failed.

Without ``--sql-dsn`` on a new SQLite file; with it on that database, which should be empty.
"""

from gevent import monkey

monkey.patch_all()

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.faults import drills
from tests.faults.drills import Finding
from tests.support.gateway import Gateway, gateway
from tests.support.upstream import StubUpstream, running

Drill = Callable[[Gateway, StubUpstream], Finding]

LIMITS = {"worst lag ms": 50.0, "last closed after s": 2.0}


def main() -> int:
    """Run them all and return how many failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=50, help="calls a connection; kills a fifth")
    parser.add_argument("--sql-dsn", default="", help="address of an empty database")
    chosen = parser.parse_args()
    found = [
        *_run(_for_one_worker(chosen.size), dsn=chosen.sql_dsn, workers=1),
        *_run(_for_two(chosen.size), dsn=chosen.sql_dsn, workers=2),
    ]
    return sum(1 for finding in found if finding.problems)


def _for_one_worker(size: int) -> list[Drill]:
    return [
        partial(drills.books_under_load, connections=64, calls=size),
        partial(drills.streams_left, count=100),
        partial(drills.quoted_words, calls=20),
        partial(drills.many_streams, count=500, words=40, interval=0.5),
        partial(drills.sign_ins_beside_streams, streams=100, words=150, sign_ins=40),
    ]


def _for_two(size: int) -> list[Drill]:
    return [
        partial(drills.race_for_the_last_quota, affordable=150, calls=400),
        partial(drills.killed_workers, kills=size // 5, connections=16, pause_s=0.7),
    ]


def _run(wanted: list[Drill], *, dsn: str, workers: int) -> list[Finding]:
    found = []
    with tempfile.TemporaryDirectory(prefix="one-api-faults-") as folder, running() as upstream:
        variables = {
            "SQL_DSN": dsn,
            "DATA_DIR": folder,
            "WEB_CONCURRENCY": workers,
            "SQLITE_SYNCHRONOUS": "FULL",
        }
        with gateway(Path(folder), **variables) as node:
            for drill in wanted:
                finding = drill(node, upstream)
                _judge_times(finding)
                _tell(finding)
                found.append(finding)
    return found


def _judge_times(finding: Finding) -> None:
    """Hold measured times to their limits: here, because a busy machine must not fail a test."""
    for fact, limit in LIMITS.items():
        value = finding.facts.get(fact)
        if isinstance(value, float):
            finding.expect(value <= limit, f"{fact}: {value:.1f}, at most {limit:g}")


def _tell(finding: Finding) -> None:
    facts = ", ".join(f"{name}: {_short(value)}" for name, value in finding.facts.items())
    print(f"{'FAILED' if finding.problems else 'ok':6} {finding.name} ({facts})", flush=True)
    for problem in finding.problems:
        print(f"       - {problem}", flush=True)


def _short(value: object) -> object:
    return round(value, 2) if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())
