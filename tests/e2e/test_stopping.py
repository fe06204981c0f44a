"""SIGTERM: what runs is finished, what takes too long is ended in order, nothing is lost."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.e2e.test_streams import DONE, lines, opened, trees
from tests.support.books import eventually
from tests.support.gateway import Gateway, gateway
from tests.support.scene import Scene
from tests.support.upstream import Seen, StubUpstream


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Gateway]:
    with gateway(tmp_path, SHUTDOWN_GRACE_S=10) as node:
        yield node


@pytest.fixture
def brisk(tmp_path: Path) -> Iterator[Gateway]:
    with gateway(tmp_path, SHUTDOWN_GRACE_S=1) as node:
        yield node


def test_a_running_stream_ends_whole_and_the_exit_is_clean(
    patient: Gateway, upstream: StubUpstream
) -> None:
    scene = Scene(patient, upstream)
    scene.serve(words=20, interval=0.1)

    with opened(scene) as answer:
        events = lines(answer)
        next(events)
        patient.terminate()
        eventually(lambda: _ready(patient) != 200)
        rest = list(events)

    assert rest[-1] == DONE
    assert patient.process.wait(10) == 0
    assert scene.sums().agree
    assert scene.node.books.details(scene.key)["ended"] == "complete"


def test_an_idle_gateway_ends_within_seconds(patient: Gateway) -> None:
    with requests.Session() as kept_open:
        kept_open.get(f"{patient.url}/livez", timeout=5)

        patient.terminate()

        assert patient.process.wait(6) == 0


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()

    with gateway(tmp_path, TMPDIR=temporary) as node:
        before = node.workers()
        node.process.send_signal(signal.SIGHUP)
        eventually(lambda: not any(worker.is_running() for worker in before))
        during = [found.name[:16] for found in temporary.glob("one-api-*")]

    assert during == ["one-api-metrics-"]
    assert list(temporary.glob("one-api-*")) == []


def test_after_the_grace_a_stream_gets_an_error_event_and_is_settled(
    brisk: Gateway, upstream: StubUpstream
) -> None:
    scene = Scene(brisk, upstream)
    tag = scene.serve(words=10_000, interval=0.05)

    with opened(scene) as answer:
        events = lines(answer)
        next(events)
        brisk.terminate()
        rest = list(events)

    assert trees(rest)[-1]["error"]["code"] == "stream_interrupted"
    assert DONE not in rest
    assert brisk.process.wait(15) == 0
    assert scene.seen(tag)[0].done.wait(2)
    assert scene.sums().agree
    assert scene.charged > 0


def test_a_silent_stream_is_ended_too(brisk: Gateway, upstream: StubUpstream) -> None:
    scene = Scene(brisk, upstream)
    scene.serve(silent_after=3)

    with opened(scene) as answer:
        events = lines(answer)
        next(events)
        brisk.terminate()
        rest = list(events)

    assert trees(rest)[-1]["error"]["code"] == "stream_interrupted"
    assert brisk.process.wait(15) == 0
    assert scene.sums().agree


def test_a_client_that_reads_nothing_delays_no_end_and_pays_its_part(
    brisk: Gateway, upstream: StubUpstream
) -> None:
    scene = Scene(brisk, upstream)
    tag = scene.serve(words=1_000_000)

    with opened(scene):
        # The upstream has sent more than the connections between it and the client can hold.
        eventually(lambda: _stands_still(scene.seen(tag)), within_s=20)
        brisk.terminate()
        assert brisk.process.wait(10) == 0

    assert scene.sums().agree
    assert scene.charged > 0
    assert scene.node.books.details(scene.key)["ended"] == "client_gone"


def _stands_still(seen: list[Seen]) -> bool:
    before = seen[0].events if seen else 0
    time.sleep(0.3)
    return bool(before) and seen[0].events == before


def test_a_plain_call_under_way_is_answered(patient: Gateway, upstream: StubUpstream) -> None:
    scene = Scene(patient, upstream)
    tag = scene.serve(delay=2.0)
    answers: list[requests.Response] = []
    caller = threading.Thread(target=lambda: answers.append(scene.chat()))
    caller.start()
    eventually(lambda: bool(scene.seen(tag)))

    patient.terminate()
    caller.join(15)

    assert answers[0].status_code == 200
    assert patient.process.wait(10) == 0
    assert scene.sums().agree


def test_a_plain_call_that_takes_too_long_is_ended_and_free(
    brisk: Gateway, upstream: StubUpstream
) -> None:
    scene = Scene(brisk, upstream)
    tag = scene.serve(hang=True)
    answers: list[requests.Response] = []
    caller = threading.Thread(target=lambda: answers.append(scene.chat()))
    caller.start()
    eventually(lambda: bool(scene.seen(tag)))

    brisk.terminate()
    caller.join(15)

    assert answers[0].status_code == 503
    assert answers[0].json()["error"]["code"] == "shutting_down"
    assert brisk.process.wait(10) == 0
    assert scene.sums().agree
    assert scene.charged == 0


def test_counters_that_were_kept_back_are_written_at_the_end(
    tmp_path: Path, upstream: StubUpstream
) -> None:
    variables = {"BATCH_UPDATE_ENABLED": "true", "BATCH_UPDATE_INTERVAL": 600}
    with gateway(tmp_path, **variables) as node:
        scene = Scene(node, upstream)
        scene.serve()
        for _ in range(5):
            scene.chat()
        before = scene.sums()

    after = scene.sums()
    assert before.requests < 5
    assert before.balance_drop == before.logged > 0
    assert after.agree
    assert after.requests == 5


def _ready(node: Gateway) -> int:
    try:
        return requests.get(f"{node.url}/readyz", timeout=2).status_code
    except requests.ConnectionError:
        return 0
