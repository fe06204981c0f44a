import socket
import threading

import pytest

from oneapi.lib import socks
from tests.support.proxy import proxy


def answered(*pieces: bytes) -> None:
    """Speak to a proxy that answers with these bytes, whatever it is asked."""
    here, there = socket.socketpair()
    with here, there:
        there.sendall(b"".join(pieces))
        there.shutdown(socket.SHUT_WR)
        socks.connect_through(here, "target.example", 443, user="me", password="secret")


def test_bytes_go_both_ways_through_the_proxy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as target, proxy() as server:
        server.moved["target.example"] = target.getsockname()[:2]
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            socks.connect_through(sock, "target.example", 443, user="me", password="secret")
            arrived, _ = target.accept()
            with arrived:
                sock.sendall(b"ping")
                assert arrived.recv(4) == b"ping"
                arrived.sendall(b"pong")
                assert sock.recv(4) == b"pong"

    assert server.asked == ["socks target.example:443"]
    assert server.logins == ["me:secret"]


@pytest.mark.parametrize("bound", [b"\x01" + bytes(4), b"\x04" + bytes(16), b"\x03\x02ab"])
def test_the_proxys_own_address_may_have_any_form(bound: bytes) -> None:
    answered(b"\x05\x00", b"\x05\x00\x00", bound, b"\x00\x50")


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        ((b"\x05\xff",), "no way of signing in"),
        ((b"HTTP/1.1 400",), "no way of signing in"),
        ((b"\x05\x02", b"\x01\x01"), "refused the password"),
        ((b"\x05\x00", b"\x05\x05\x00\x01"), r"refused the connection \(5\)"),
        ((b"\x05\x00", b"\x05\x00"), "closed the connection"),
        ((b"",), "closed the connection"),
    ],
)
def test_a_refusal_says_why(pieces: tuple[bytes, ...], reason: str) -> None:
    with pytest.raises(ConnectionError, match=reason):
        answered(*pieces)


def test_a_slow_proxy_is_waited_for() -> None:
    here, there = socket.socketpair()

    def dribble() -> None:
        for byte in b"\x05\x00\x05\x00\x00\x01" + bytes(6):
            there.sendall(bytes((byte,)))

    with here, there:
        speaker = threading.Thread(target=dribble)
        speaker.start()
        socks.connect_through(here, "target.example", 80)
        speaker.join()
