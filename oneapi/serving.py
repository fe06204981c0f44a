"""What a serving process does beside answering: before the fork, in each worker, at its end.

gunicorn's configuration calls these; tests and commands never do, so they start no job.
"""

import gc
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import gevent
from prometheus_client import multiprocess

from oneapi import metrics, startup
from oneapi.billing.writer import writer
from oneapi.errors import SettingsError
from oneapi.jobs import schedule
from oneapi.lib import log_setup
from oneapi.relay import tokenizer
from oneapi.settings import Settings
from oneapi.web import draining

logger = logging.getLogger(__name__)

_LOOK_S = 0.2
_WATCHDOG_S = 0.05
_WATCHDOG_PERIOD_S = 10.0


class Worker(Protocol):
    """The part of gunicorn's worker that is used here."""

    alive: bool
    pid: int


def before_fork(settings: Settings) -> None:
    """Prepare the schema in a child process, load the tokenizer, and settle the memory.

    The master itself opens no database connection and starts no greenlet.
    """
    log_setup.configure(
        level="DEBUG" if settings.debug else settings.log_level,
        as_json=settings.log_format == "json",
        folder=Path(settings.log_dir) if settings.log_dir else None,
        dated=not settings.only_one_log_file,
    )
    child = multiprocessing.get_context("fork").Process(target=_prepare, args=(settings,))
    child.start()
    child.join()
    if child.exitcode != 0:
        sys.exit(child.exitcode or 1)
    # Neither answers calls, and a gauge over all workers would count their zeros.
    for pid in (child.pid, os.getpid()):
        forget_worker(pid or 0)
    tokenizer.load(settings.tiktoken_cache_dir)
    gc.collect()
    gc.freeze()
    # A call makes hundreds of short-lived objects and hardly a cycle.
    gc.set_threshold(50_000, 20, 100)


def start_worker(worker: Worker, settings: Settings) -> None:
    """Start the greenlets that live as long as this worker."""
    schedule.start(settings)
    gevent.spawn(writer.recover)
    gevent.spawn(_drain_when_told, worker, settings)
    gevent.spawn(_watch_loop, time.monotonic)


def forget_worker(pid: int) -> None:
    """Drop the gauges of a worker that has ended."""
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _prepare(settings: Settings) -> None:
    try:
        report = startup.prepare(settings)
    except SettingsError as error:
        logger.critical("cannot start: %s", error)
        raise SystemExit(1) from error
    for line in report.facts:
        logger.info(line)
    for line in report.warnings:
        logger.warning(line)


def _drain_when_told(worker: Worker, settings: Settings) -> None:
    """After SIGTERM: not ready, let calls finish, end the rest, write everything, exit."""
    while worker.alive:
        gevent.sleep(_LOOK_S)
    draining.drain(settings.shutdown_grace_s)


def _watch_loop(clock: Callable[[], float]) -> None:
    """Measure how late the loop wakes a sleeper: what blocks it shows here."""
    worst, period_ends = 0.0, clock() + _WATCHDOG_PERIOD_S
    while True:
        before = clock()
        gevent.sleep(_WATCHDOG_S)
        lag = max(clock() - before - _WATCHDOG_S, 0.0)
        metrics.observe(metrics.LOOP_LAG_SECONDS, lag)
        metrics.flush()
        worst = max(worst, lag)
        if clock() >= period_ends:
            metrics.LOOP_LAG_MAX.set(worst)
            worst, period_ends = 0.0, clock() + _WATCHDOG_PERIOD_S
