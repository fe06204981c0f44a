"""Tests many channels in the background, and switches them off and on by what it finds.

One run at a time on all workers and nodes; everybody may watch how far it is.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final

import gevent
from gevent.pool import Pool
from sqlalchemy import select

from oneapi import locks, resources, snapshot
from oneapi.channels import switching
from oneapi.channels.switching import Cause
from oneapi.errors import DatabaseUnavailable, Refusal
from oneapi.lib import clock, request_ids
from oneapi.models.channel import ChannelStatus
from oneapi.models.own import ChannelExtra
from oneapi.notify import alerts
from oneapi.notify.letters import Named
from oneapi.options import Options
from oneapi.relay import blame, probe
from oneapi.relay.failures import classify
from oneapi.relay.probe import ProbeResult
from oneapi.resources import db
from oneapi.snapshot import ChannelView

logger = logging.getLogger(__name__)

LOCK: Final = "test_channels"
_AT_ONCE: Final = 4
"""Channels tested side by side when no pause between them is set."""

_OFF: Final = (ChannelStatus.DISABLED, ChannelStatus.AUTO_DISABLED)


class Scope(StrEnum):
    """Which channels a run tests."""

    ALL = "all"
    DISABLED = "disabled"


@dataclass(slots=True)
class _Progress:
    total: int
    started_at: int
    done: int = 0
    failed: int = 0
    lost: bool = False
    """Whether the run has to stop: its lock or the database is gone."""

    def shown(self) -> Mapping[str, int]:
        return {
            "done": self.done,
            "total": self.total,
            "failed": self.failed,
            "started_at": self.started_at,
        }


def start(scope: Scope, *, announces: bool = False) -> None:
    """Begin a run; at its end root hears of it if the run ``announces`` itself.

    Raises:
        Refusal: ``channel_test_running``.
    """
    work = partial(run_all, scope, announces=announces)
    locks.start(LOCK, work, busy="channel_test_running")


def status() -> Mapping[str, Any]:
    """Return how far the run is; zeros when there is none."""
    with db.reading() as session:
        known = locks.progress_of(session, LOCK, now_s=clock.now_s())
    return {"running": known is not None, **_Progress(0, 0).shown(), **(known or {})}


def run_all(scope: Scope, run: locks.Run, *, announces: bool = False) -> None:
    """Test the channels of a scope, newest first."""
    snapshot.refresh_if_moved()
    ids = _ids_of(scope)
    progress = _Progress(len(ids), clock.now_s())
    run.tell(progress.shown())
    pause_s = resources.settings.polling_interval_s
    pool = Pool(1 if pause_s > 0 else _AT_ONCE)
    for channel_id in ids:
        pool.wait_available()
        if progress.lost:
            break
        pool.spawn(_visit, channel_id, progress, run)
        gevent.sleep(pause_s)
    pool.join()
    if announces and not progress.lost:
        alerts.channels_tested(done=progress.done, failed=progress.failed)


def _ids_of(scope: Scope) -> Sequence[int]:
    channels = snapshot.current().channels.values()
    wanted = (c.id for c in channels if scope is Scope.ALL or c.status in _OFF)
    return sorted(wanted, reverse=True)


def _visit(channel_id: int, progress: _Progress, run: locks.Run) -> None:
    try:
        progress.failed += not _test(channel_id)
        progress.done += 1
        progress.lost = not run.tell(progress.shown())
    except DatabaseUnavailable as error:
        logger.warning("the test of channels ends early", extra={"reason": str(error)})
        progress.lost = True


def _test(channel_id: int) -> bool:
    """Test a channel and act on the result; what cannot be tested counts as good."""
    request_id = request_ids.new_request_id()
    try:
        channel = probe.find_channel(channel_id)
        result = probe.ask(channel, _model_of(channel), request_id=request_id)
    except Refusal:
        return True
    probe.keep(channel, result, response_ms=result.elapsed_ms, request_id=request_id)
    _act(channel, result, snapshot.current().options)
    return result.ok


def _model_of(channel: ChannelView) -> str:
    """Return the model whose failure switched the channel off, if that is what happened."""
    if channel.status != ChannelStatus.AUTO_DISABLED:
        return ""
    with db.reading() as session:
        query = select(ChannelExtra.disabled_model).where(ChannelExtra.channel_id == channel.id)
        return session.scalar(query) or ""


def _act(channel: ChannelView, result: ProbeResult, options: Options) -> None:
    """Switch a channel off for a failure or for being slow, and on for a success."""
    if channel.enabled and result.error is not None:
        failure = classify(result.error)
        blame.blame(channel, result.model, result.error, failure, options)
    elif channel.enabled and _is_slow(result, options):
        limit_s = options.channel_disable_threshold
        reason = f"response_time {result.elapsed_ms / 1000:.2f} s > {limit_s:.2f} s"
        if options.automatic_disable_channel_enabled:
            switching.switch_off(channel.id, Cause(reason=reason, model=result.model))
        else:
            alerts.channel_slow(Named(channel.id, channel.name), reason=reason)
    elif (
        channel.status == ChannelStatus.AUTO_DISABLED
        and result.ok
        and options.automatic_enable_channel_enabled
    ):
        switching.switch_on(channel.id)


def _is_slow(result: ProbeResult, options: Options) -> bool:
    limit_s = options.channel_disable_threshold
    return limit_s > 0 and result.elapsed_ms > limit_s * 1000
