"""Root hears of channels; no call waits for it."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from oneapi.models.user import User
from tests.support.books import eventually
from tests.support.gateway import Gateway, gateway
from tests.support.mail_server import MailSink
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream


@pytest.fixture
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose root has a mail address, and which switches off what fails."""
    with gateway(tmp_path_factory.mktemp("alerts"), WEB_CONCURRENCY=2) as node:
        with Session(node.books.engine) as session, session.begin():
            session.execute(update(User).where(User.id == 1).values(email="root@x.example"))
        node.set_option("SMTPServer", "localhost")
        node.set_option("SMTPFrom", "gateway@mail.example")
        node.set_option("AutomaticDisableChannelEnabled", value=True)
        node.set_option("RetryTimes", 1)
        yield node


def test_a_dead_key_makes_one_mail_however_many_calls_meet_it(
    two_workers: Gateway, upstream: StubUpstream, mail_sink: MailSink
) -> None:
    two_workers.set_option("SMTPPort", mail_sink.plain)
    scene = Scene(two_workers, upstream)
    scene.serve(status=401, channel={"name": "dead"})
    dead = scene.channel_id
    assert scene.key.text

    with ThreadPoolExecutor(16) as pool:
        statuses = [answer.status_code for answer in pool.map(lambda _: scene.chat(), range(32))]

    assert 200 not in statuses
    assert two_workers.stop() == 0
    arrived = mail_sink.the_mail()
    assert (arrived.to, arrived.subject) == (
        ["root@x.example"],
        f"Channel “dead” (#{dead}) was disabled",
    )
    assert two_workers.books.channel(dead).status == 3


def test_a_mail_server_that_hangs_holds_no_call(
    two_workers: Gateway, upstream: StubUpstream
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        two_workers.set_option("SMTPPort", silent.getsockname()[1])
        scene = Scene(two_workers, upstream)
        scene.serve()
        scene.serve(status=401, channel={"priority": 10})

        eventually(lambda: scene.chat().status_code == 200)

        with silent.accept()[0] as connection:
            connection.settimeout(0)
            assert [scene.chat().status_code for _ in range(8)] == [200] * 8
            with pytest.raises(BlockingIOError):
                connection.recv(1)
