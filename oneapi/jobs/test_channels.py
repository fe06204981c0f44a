"""On one node: test every channel, as often as ``CHANNEL_TEST_FREQUENCY`` says."""

from oneapi import resources
from oneapi.errors import Refusal
from oneapi.jobs import turn
from oneapi.relay import probe_run
from oneapi.relay.probe_run import Scope


def test_all() -> None:
    """Begin a run, unless one is under way or another worker has begun this one."""
    every_s = resources.settings.channel_test_frequency_min * 60
    if not turn.is_mine("test channels", every_s=every_s):
        return
    try:
        probe_run.start(Scope.ALL)
    except Refusal:
        return
