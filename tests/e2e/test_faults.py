"""The fault drills in a small size; ``python -m tests.faults`` runs them in full."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import drills
from tests.support.gateway import Gateway, gateway
from tests.support.upstream import StubUpstream


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway with two workers."""
    with gateway(tmp_path, WEB_CONCURRENCY=2) as running:
        yield running


def test_the_books_agree_under_load(node: Gateway, upstream: StubUpstream) -> None:
    finding = drills.books_under_load(node, upstream, connections=64, calls=4)

    assert finding.problems == []


def test_streams_that_their_clients_left_are_closed_and_paid(
    node: Gateway, upstream: StubUpstream
) -> None:
    finding = drills.streams_left(node, upstream, count=40)

    assert finding.problems == []


def test_many_streams_at_once_are_all_served(node: Gateway, upstream: StubUpstream) -> None:
    finding = drills.many_streams(node, upstream, count=150, words=10, interval=0.2)

    assert finding.problems == []


def test_sign_ins_beside_streams_break_none(node: Gateway, upstream: StubUpstream) -> None:
    finding = drills.sign_ins_beside_streams(node, upstream, streams=20, words=25, sign_ins=8)

    assert finding.problems == []


def test_a_race_for_the_last_quota_overspends_nothing(
    pair: Gateway, upstream: StubUpstream
) -> None:
    finding = drills.race_for_the_last_quota(pair, upstream, affordable=60, calls=200)

    assert finding.problems == []


def test_killed_workers_lose_and_double_nothing(pair: Gateway, upstream: StubUpstream) -> None:
    finding = drills.killed_workers(pair, upstream, kills=2, connections=8, pause_s=0.6)

    assert finding.problems == []
