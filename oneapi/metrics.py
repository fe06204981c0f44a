"""Counters and histograms of the process, each named once.

OpenTelemetry's GenAI names where there is one, with underscores as Prometheus wants them.
prometheus-client decides at its import whether it is multiprocess (``PROMETHEUS_MULTIPROC_DIR``);
then every worker writes files of its own and ``render`` adds them up, so it does not matter
which worker answers.

Writing to such a file costs more than all else that a call's figures need, and a call has many.
So they are counted in memory (``count``, ``observe``) and written by ``flush``, which the event
loop's watchdog calls some twenty times a second.

Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
"""

import os
from bisect import bisect_left

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_SHORT_SECONDS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)

RELAY_REQUESTS = Counter(
    "oneapi_relay_requests", "Relayed calls by endpoint and answered status.", ("mode", "status")
)
RELAY_SECONDS = Histogram(
    "gen_ai_server_request_duration_seconds",
    "From the first byte of a relayed call to the last byte of its answer.",
    ("gen_ai_operation_name",),
    buckets=_SECONDS,
)
FIRST_BYTE_SECONDS = Histogram(
    "gen_ai_server_time_to_first_token_seconds",
    "From a relayed call to the first byte of its streamed answer.",
    ("gen_ai_operation_name",),
    buckets=_SECONDS,
)
OVERHEAD_SECONDS = Histogram(
    "oneapi_relay_overhead_seconds",
    "What the gateway itself adds to a call that is not streamed.",
    buckets=_SHORT_SECONDS,
)
TOKENS = Counter(
    "gen_ai_client_token_usage",
    "Tokens of settled calls, by kind (input, output).",
    ("gen_ai_token_type",),
)
ESTIMATED_USAGE = Counter(
    "oneapi_estimated_usage", "Calls whose tokens were counted here because the upstream did not."
)
UPSTREAM_ATTEMPTS = Counter(
    "oneapi_upstream_attempts", "Tries on a channel by what became of them.", ("outcome",)
)
CONFIGURATION_REVISION = Gauge(
    "oneapi_configuration_revision",
    "The configuration revision that every worker of this node has taken over, at least.",
    multiprocess_mode="livemin",
)
STREAMS_OPEN = Gauge("oneapi_streams_open", "Streams under way.", multiprocess_mode="livesum")
LEDGER_BATCH_SIZE = Histogram(
    "oneapi_ledger_batch_size",
    "Reservations and settlements written by one transaction.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)
LEDGER_SECONDS = Histogram(
    "oneapi_ledger_batch_seconds", "Time of one ledger transaction.", buckets=_SHORT_SECONDS
)
LEDGER_SPILLED = Counter(
    "oneapi_ledger_spilled", "Settlements put into the spill file because the database was away."
)
LOOP_LAG_SECONDS = Histogram(
    "oneapi_event_loop_lag_seconds",
    "How much later than asked the event loop woke its watchdog.",
    buckets=_SHORT_SECONDS,
)
LOOP_LAG_MAX = Gauge(
    "oneapi_event_loop_lag_max_seconds",
    "The worst lag of the last watchdog period, over all workers.",
    multiprocess_mode="livemax",
)
RATE_LIMITED = Counter("oneapi_rate_limited", "Requests refused by a rate limit.", ("limit",))
REDIS_FAILURES = Counter("oneapi_redis_failures", "Redis commands that failed or were not tried.")


_counted: dict[Counter, float] = {}
_observed: dict[Histogram, list[float]] = {}
"""By histogram: how often each bucket was hit, and the sum of the values at the end."""


def count(counter: Counter, amount: float = 1) -> None:
    """Add to a counter with the next ``flush``."""
    _counted[counter] = _counted.get(counter, 0) + amount


def observe(histogram: Histogram, value: float) -> None:
    """Add a value to a histogram with the next ``flush``."""
    bounds = histogram._upper_bounds  # noqa: SLF001 - the library adds only value by value
    row = _observed.get(histogram)
    if row is None:
        row = _observed[histogram] = [0.0] * (len(bounds) + 1)
    row[bisect_left(bounds, value)] += 1
    row[-1] += value


def flush() -> None:
    """Write what was counted in memory."""
    while _counted:
        counter, amount = _counted.popitem()
        counter.inc(amount)
    while _observed:
        histogram, row = _observed.popitem()
        for bucket, hits in zip(histogram._buckets, row[:-1], strict=True):  # noqa: SLF001
            if hits:
                bucket.inc(hits)
        histogram._sum.inc(row[-1])  # noqa: SLF001


def render() -> tuple[bytes, str]:
    """Return every metric of all workers in Prometheus' text form, and its content type."""
    flush()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry = REGISTRY
    return generate_latest(registry), CONTENT_TYPE_LATEST
