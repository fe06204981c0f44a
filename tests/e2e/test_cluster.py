"""Several workers, several nodes on one database, and a database that goes away."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.support.books import eventually
from tests.support.gateway import MODEL, Gateway, chat_body, gateway
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream

BOUND_S = 2.0
"""Within this time a change made anywhere is in force everywhere."""


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("master"), WEB_CONCURRENCY=2) as node:
        yield node


@pytest.fixture(scope="module")
def slave(master: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    shared = str(master.folder / "one-api.db")
    folder = tmp_path_factory.mktemp("slave")
    with gateway(folder, NODE_TYPE="slave", SQLITE_PATH=shared, DATA_DIR=folder) as node:
        yield node


@pytest.fixture
def scene(master: Gateway, slave: Gateway, upstream: StubUpstream) -> Scene:
    return Scene(master, upstream)


def everywhere(scene: Scene, slave: Gateway, *, status: int) -> bool:
    """Whether each of many calls, through any worker of any node, ends with this status."""
    statuses = {node.chat(scene.key).status_code for node in (scene.node, slave) for _ in range(8)}
    return statuses == {status}


def test_a_new_channel_works_everywhere_in_time(scene: Scene, slave: Gateway) -> None:
    scene.serve()

    eventually(lambda: everywhere(scene, slave, status=200), within_s=BOUND_S)


def test_a_channel_that_is_switched_off_rests_everywhere_in_time(
    scene: Scene, slave: Gateway
) -> None:
    tag = scene.serve()
    eventually(lambda: everywhere(scene, slave, status=200), within_s=BOUND_S)

    scene.node.update_channel(scene.channel_id, status=2)
    eventually(lambda: everywhere(scene, slave, status=503), within_s=BOUND_S)

    asked = len(scene.seen(tag))
    assert everywhere(scene, slave, status=503)
    assert len(scene.seen(tag)) == asked


def test_a_ban_works_everywhere_in_time(scene: Scene, slave: Gateway) -> None:
    scene.serve()
    eventually(lambda: everywhere(scene, slave, status=200), within_s=BOUND_S)

    scene.node.books.set_user(scene.user_id, status=2)

    eventually(lambda: everywhere(scene, slave, status=403), within_s=BOUND_S)


def test_stray_ability_rows_break_nothing(scene: Scene, slave: Gateway) -> None:
    scene.serve(channel={"priority": 9})
    scene.serve()
    with sqlite3.connect(scene.node.folder / "one-api.db") as connection:
        connection.execute("DELETE FROM channels WHERE id = ?", (scene.channels[0],))
    scene.node.set_option("SystemName", "One API")

    eventually(lambda: everywhere(scene, slave, status=200), within_s=BOUND_S)


@contextmanager
def locked(node: Gateway) -> Iterator[None]:
    """Keep every writer out of the database, as one that is away would."""
    connection = sqlite3.connect(node.folder / "one-api.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_an_answer_waits_for_no_database_and_is_charged_when_it_is_back(scene: Scene) -> None:
    tag = scene.serve(words=6, interval=0.2)
    time.sleep(BOUND_S)

    with scene.post("/chat/completions", chat_body(stream=True), stream=True) as answer:
        events = answer.iter_lines()
        next(events)
        with locked(scene.node):
            rest = [line for line in events if line]
            spilled = list(scene.node.folder.glob("oneapi-spill-*"))

    assert rest[-1] == b"data: [DONE]"
    assert spilled
    assert scene.seen(tag)[0].left_at is None
    eventually(lambda: scene.sums().agree and scene.charged > 0, within_s=10)
    assert len(scene.node.books.logs(scene.key)) == 1
    eventually(lambda: not list(scene.node.folder.glob("oneapi-spill-*")), within_s=10)


def test_models_follow_the_live_channels(scene: Scene, slave: Gateway) -> None:
    scene.serve("vanishing")

    def listed() -> set[str]:
        headers = {"x-api-key": scene.key.text}
        answer = requests.get(f"{slave.url}/v1/models", headers=headers, timeout=5)
        return {model["id"] for model in answer.json()["data"]}

    eventually(lambda: listed() == {"vanishing"}, within_s=BOUND_S)
    scene.node.update_channel(scene.channel_id, status=2)
    eventually(lambda: not listed(), within_s=BOUND_S)
    assert MODEL not in listed()
