import socket
import struct
from collections.abc import Callable
from contextlib import suppress

import gevent
import pytest
from gevent.event import Event

from oneapi.relay import client_watch
from oneapi.relay.client_watch import ClientWatch

RESET = struct.pack("ii", 1, 0)


def pair() -> tuple[socket.socket, socket.socket]:
    """Return a client and the server's end of its connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        return client, server


def close(client: socket.socket) -> None:
    client.close()


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()


def half_close(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("leave", [close, reset, half_close])
def test_a_client_that_leaves_is_noticed(leave: Callable[[socket.socket], None]) -> None:
    client, server = pair()
    gone = Event()
    with client, server:
        watch = ClientWatch(server, gone.set)
        watch.start()
        gevent.sleep(0)

        leave(client)

        assert gone.wait(2)
        watch.stop()


def test_bytes_of_a_next_request_are_no_end() -> None:
    client, server = pair()
    gone = Event()
    with client, server:
        watch = ClientWatch(server, gone.set)
        watch.start()

        client.sendall(b"GET / HTTP/1.1\r\n")
        noticed = gone.wait(0.1)
        client.close()

        assert not noticed
        assert gone.wait(2)
        watch.stop()


def test_nobody_is_told_after_the_stream_has_ended() -> None:
    client, server = pair()
    gone = Event()
    with client, server:
        watch = ClientWatch(server, gone.set)
        watch.start()
        gevent.sleep(0)

        watch.stop()
        client.close()

        assert not gone.wait(0.1)


def test_a_client_without_a_socket_is_not_watched() -> None:
    watch = ClientWatch(None, lambda: None)

    watch.start()
    watch.stop()


def fill(server: socket.socket) -> None:
    """Send until the client, which reads nothing, can take no more."""
    server.setblocking(False)  # noqa: FBT003 - the standard library's way
    with suppress(BlockingIOError):
        while True:
            server.send(b"x" * 65536)
    server.settimeout(None)


def test_a_client_that_takes_nothing_is_hung_up_on_only_if_asked() -> None:
    client, server = pair()
    with client, server:
        watch = ClientWatch(server, lambda: None)
        watch.start()
        watch.hang_up_if_stuck()
        fill(server)
        writing = gevent.spawn(server.sendall, b"more")
        gevent.sleep(0.05)
        assert not writing.ready()

        watch.hang_up_if_stuck()
        writing.join(2)

        assert isinstance(writing.exception, OSError)
        watch.stop()


def test_a_client_that_takes_nothing_is_not_written_to_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_watch, "_TAKES_NOTHING_S", 0.05)
    client, server = pair()
    with client, server:
        fill(server)
        watch = ClientWatch(server, lambda: None)
        watch.start()

        with pytest.raises(TimeoutError):
            server.sendall(b"more")

        watch.stop()
        assert server.gettimeout() is None
