"""MySQL and PostgreSQL under the running program, and what happens when they go away."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from oneapi.lib import dsn
from tests.e2e.test_streams import lines, opened
from tests.faults import drills
from tests.support import servers
from tests.support.books import eventually
from tests.support.gateway import Gateway, gateway
from tests.support.link import Link, link
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream

_PORT = re.compile(r"127\.0\.0\.1:(\d+)")


@pytest.fixture(scope="module", params=[dsn.MYSQL, dsn.POSTGRESQL])
def line(request: pytest.FixtureRequest) -> Iterator[tuple[Link, str]]:
    """A database server behind a line that can be cut, and the address of a new database."""
    address = servers.new_database(request.param)
    found = _PORT.search(address)
    assert found is not None
    with link(int(found[1])) as between:
        yield between, _PORT.sub(f"127.0.0.1:{between.port}", address)


@pytest.fixture(scope="module")
def pair(line: tuple[Link, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Two workers on that database."""
    folder = tmp_path_factory.mktemp("pair")
    variables = {"SQL_DSN": line[1], "WEB_CONCURRENCY": 2, "DATA_DIR": folder}
    with gateway(folder, **variables) as node:
        yield node


def test_the_books_agree_under_load(pair: Gateway, upstream: StubUpstream) -> None:
    finding = drills.books_under_load(pair, upstream, connections=32, calls=4)

    assert finding.problems == []


def test_a_race_for_the_last_quota_overspends_nothing(
    pair: Gateway, upstream: StubUpstream
) -> None:
    finding = drills.race_for_the_last_quota(pair, upstream, affordable=30, calls=100)

    assert finding.problems == []


def test_without_a_database_a_call_is_503_and_works_again_with_it(
    pair: Gateway, line: tuple[Link, str], upstream: StubUpstream
) -> None:
    scene = Scene(pair, upstream)
    scene.serve()
    assert scene.chat().status_code == 200
    stranger = {"Authorization": "Bearer sk-nobody"}

    line[0].cut()
    known = scene.chat()
    unknown = requests.get(f"{pair.url}/v1/models", headers=stranger, timeout=60)
    ready = requests.get(f"{pair.url}/readyz", timeout=60)
    line[0].mend()

    assert (known.status_code, unknown.status_code, ready.status_code) == (503, 503, 503)
    assert known.json()["error"]["code"] == "database_unavailable"
    assert unknown.json()["error"]["code"] == "database_unavailable"
    eventually(lambda: all(scene.chat().status_code == 200 for _ in range(6)), within_s=10)
    eventually(lambda: scene.sums().agree)


def test_a_stream_that_ends_without_a_database_is_charged_when_it_is_back(
    pair: Gateway, line: tuple[Link, str], upstream: StubUpstream
) -> None:
    scene = Scene(pair, upstream)
    scene.serve(words=6, interval=0.2)
    before = scene.sums().rows

    with opened(scene) as answer:
        assert answer.status_code == 200, answer.text
        events = lines(answer)
        next(events)
        line[0].cut()
        rest = list(events)
    line[0].mend()

    assert rest[-1] == "data: [DONE]"
    eventually(lambda: scene.sums().rows == before + 1 and scene.sums().agree, within_s=15)


@contextmanager
def light_load(scene: Scene) -> Iterator["Counter[int]"]:
    """Send one call after the other until the block ends; the counter holds their statuses."""
    statuses: Counter[int] = Counter()
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.05):
            statuses[scene.chat().status_code] += 1

    callers = [threading.Thread(target=ask) for _ in range(2)]
    for caller in callers:
        caller.start()
    try:
        yield statuses
    finally:
        over.set()
        for caller in callers:
            caller.join()


@pytest.mark.parametrize("kind", [dsn.MYSQL, dsn.POSTGRESQL])
def test_a_server_that_stands_still_or_starts_anew_keeps_nobody_and_loses_nothing(
    kind: str, upstream: StubUpstream, tmp_path: Path
) -> None:
    stranger = {"Authorization": "Bearer sk-nobody"}

    with (
        servers.own_server(kind) as own,
        gateway(tmp_path, SQL_DSN=own.server.new_database(), DATA_DIR=tmp_path) as node,
    ):
        scene = Scene(node, upstream)
        scene.serve()
        assert scene.chat().status_code == 200

        own.pause()
        ready = requests.get(f"{node.url}/readyz", timeout=10)
        unknown = requests.get(f"{node.url}/v1/models", headers=stranger, timeout=30)
        own.resume()
        eventually(lambda: scene.chat().status_code == 200, within_s=10)

        with light_load(scene) as statuses:
            eventually(lambda: statuses[200] >= 10)
            own.restart()
            served = statuses[200]
            eventually(lambda: statuses[200] >= served + 10, within_s=10)

        assert (ready.status_code, unknown.status_code) == (503, 503)
        assert unknown.json()["error"]["code"] == "database_unavailable"
        assert set(statuses) <= {200, 503}
        eventually(lambda: scene.sums().agree, within_s=15)
