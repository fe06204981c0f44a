import os
import subprocess
import sys
from pathlib import Path

from oneapi import metrics

TWO_PROCESSES = """
import os
from oneapi import metrics
child = os.fork()
metrics.ESTIMATED_USAGE.inc()
metrics.STREAMS_OPEN.inc()
if child:
    os.waitpid(child, 0)
    print(metrics.render()[0].decode())
"""


def test_counters_are_rendered_by_name() -> None:
    metrics.UPSTREAM_ATTEMPTS.labels("ok").inc()

    content, content_type = metrics.render()

    assert b'oneapi_upstream_attempts_total{outcome="ok"}' in content
    assert content_type.startswith("text/plain")


def test_several_processes_are_added_up(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", TWO_PROCESSES],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "oneapi_estimated_usage_total 2.0" in done.stdout
