import os
import subprocess
import sys
from pathlib import Path

from prometheus_client import Histogram

from oneapi import metrics

TWO_PROCESSES = """
import os
from prometheus_client import Histogram

from oneapi import metrics
child = os.fork()
metrics.count(metrics.ESTIMATED_USAGE)
metrics.flush()
metrics.STREAMS_OPEN.inc()
if child:
    os.waitpid(child, 0)
    print(metrics.render()[0].decode())
"""


def test_counters_are_rendered_by_name() -> None:
    metrics.count(metrics.UPSTREAM_ATTEMPTS.labels("ok"))

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


def test_a_histogram_counts_as_if_each_value_had_been_written() -> None:
    values = (0.0001, 0.00011, 0.5, 99.0)
    counted = Histogram("test_counted", "Counted.", buckets=(0.0001, 0.001, 1.0))
    written = Histogram("test_written", "Written.", buckets=(0.0001, 0.001, 1.0))

    for value in values:
        metrics.observe(counted, value)
        written.observe(value)
    metrics.flush()
    metrics.flush()

    mine, theirs = (
        [s.value for s in next(iter(h.collect())).samples[:-1]] for h in (counted, written)
    )
    assert mine == theirs == [1.0, 2.0, 3.0, 4.0, 4.0, sum(values)]
