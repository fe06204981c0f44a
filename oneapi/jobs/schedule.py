"""What runs by itself: the list, how often, and where.

A job runs *in every process* (it refreshes what that process holds) or *on one node*: every
worker of a master has it in its list, and a lock with expiry lets one of them do it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.schedulers.gevent import GeventScheduler

from oneapi.errors import DatabaseUnavailable
from oneapi.jobs import (
    fill_usage,
    forget_codes,
    prune_logs,
    remind_of_quota,
    sweep_reservations,
    sync_snapshot,
    test_channels,
    update_balances,
)
from oneapi.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of the list."""

    name: str
    run: Callable[[], None]
    every_s: float


def jobs(settings: Settings) -> list[Job]:
    """Return what this process runs."""
    everywhere = [
        Job("look at the revision", sync_snapshot.look, 1.0),
        Job("read everything again", sync_snapshot.read_all, float(settings.sync_frequency_s)),
        Job("touch reservations", sweep_reservations.touch_open, 60.0),
        Job("remind of quota", remind_of_quota.remind, remind_of_quota.EVERY_S),
    ]
    if settings.is_slave:
        return everywhere
    on_one_node = [
        Job("sweep reservations", sweep_reservations.sweep, 60.0),
        Job("fill usage", fill_usage.fill_usage, fill_usage.EVERY_S),
        Job("prune logs", prune_logs.prune, 3600.0),
        Job("forget codes", forget_codes.forget, float(forget_codes.EVERY_S)),
        Job("test channels", test_channels.test_all, settings.channel_test_frequency_min * 60.0),
        Job(
            "update balances",
            update_balances.update_all,
            settings.channel_update_frequency_min * 60.0,
        ),
    ]
    return everywhere + [job for job in on_one_node if job.every_s > 0]


def start(settings: Settings) -> GeventScheduler:
    """Start the scheduler of this worker."""
    scheduler = GeventScheduler()
    for job in jobs(settings):
        scheduler.add_job(
            _guarded(job),
            "interval",
            seconds=job.every_s,
            id=job.name,
            max_instances=1,
            coalesce=True,
        )
    scheduler.start()
    return scheduler


def _guarded(job: Job) -> Callable[[], None]:
    """A job that fails is logged and runs again at its next time."""

    def run() -> None:
        try:
            job.run()
        except DatabaseUnavailable as error:
            logger.warning("a job waits for the database", extra={"job": job.name, "why": error})
        except Exception:
            logger.exception("a job failed", extra={"job": job.name})

    return run
