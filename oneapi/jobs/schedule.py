"""What runs by itself: the list, how often, and where.

A job runs *in every process* (it refreshes what that process holds) or *on one node* (one worker
of one master node, decided by a lock with expiry).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.schedulers.gevent import GeventScheduler

from oneapi.errors import DatabaseUnavailable
from oneapi.jobs import sweep_reservations, sync_snapshot
from oneapi.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of the list."""

    name: str
    run: Callable[[], None]
    every_s: float
    on_one_node: bool = False


def jobs(settings: Settings) -> list[Job]:
    """Return what this process runs."""
    everywhere = [
        Job("look at the revision", sync_snapshot.look, 1.0),
        Job("read everything again", sync_snapshot.read_all, float(settings.sync_frequency_s)),
        Job("touch reservations", sweep_reservations.touch_open, 60.0),
    ]
    if settings.is_slave:
        return everywhere
    return [
        *everywhere,
        Job("sweep reservations", sweep_reservations.sweep, 60.0, on_one_node=True),
    ]


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
