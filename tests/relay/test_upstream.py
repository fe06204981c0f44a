import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from oneapi.errors import UpstreamError
from oneapi.providers.contract import UpstreamRequest
from oneapi.relay.limits import Limits
from oneapi.relay.upstream import Exchange, Upstreams

LIMITS = Limits(connect_s=2, idle_s=5)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=x\r\n"


@contextmanager
def speaking(
    *answers: bytes, then: Callable[[socket.socket], object] | None = None
) -> Iterator[str]:
    """A server that says these bytes to whoever asks, one answer a connection, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for said in answers:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(said)
                    if then is not None:
                        then(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x?y=1"
        thread.join(5)


@contextmanager
def asked(url: str, limits: Limits = LIMITS) -> Iterator[Exchange]:
    request = UpstreamRequest(url=url, body=b"{}")
    with closing(Upstreams()) as pools, closing(pools.send(request, limits)) as exchange:
        yield exchange


def read_to_end(exchange: Exchange) -> bytes:
    pieces = []
    while piece := exchange.read_some(2):
        pieces.append(piece)
    assert piece == b""
    return b"".join(pieces)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
WITH_LENGTH = HEAD + b"Content-Length: 11\r\n\r\nhello world"
UNTIL_CLOSED = HEAD + b"Connection: close\r\n\r\nhello world"


@pytest.mark.parametrize("said", [CHUNKED, WITH_LENGTH, UNTIL_CLOSED])
def test_a_body_ends_in_each_way_that_http_knows(said: bytes) -> None:
    with speaking(said) as url, asked(url) as exchange:
        whole = exchange.read_all()
    with speaking(said) as url, asked(url) as exchange:
        pieces = read_to_end(exchange)

    assert whole == pieces == b"hello world"
    assert exchange.is_complete
    assert exchange.content_type == "text/plain"


@pytest.mark.parametrize("cut", [CHUNKED[:-12], WITH_LENGTH[:-3]])
def test_a_body_that_is_cut_is_no_body(cut: bytes) -> None:
    with speaking(cut) as url, asked(url) as exchange, pytest.raises(UpstreamError) as whole:
        exchange.read_all()
    with speaking(cut) as url, asked(url) as exchange, pytest.raises(UpstreamError) as pieces:
        read_to_end(exchange)

    assert whole.value.transport
    assert pieces.value.transport
    assert whole.value.status == pieces.value.status == 502


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        (b"gzip", gzip.compress(b"hello world")),
        (b"deflate", zlib.compress(b"hello world")),
        (b"identity", b"hello world"),
    ],
)
def test_what_comes_packed_unasked_is_unpacked(encoding: bytes, packed: bytes) -> None:
    head = HEAD + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(packed))

    with speaking(head + packed) as url, asked(url) as exchange:
        assert exchange.read_all() == b"hello world"


def test_a_packed_stream_is_unpacked_piece_by_piece() -> None:
    packed = gzip.compress(b"hello world")
    pieces = b"".join(b"1\r\n%s\r\n" % packed[i : i + 1] for i in range(len(packed)))
    head = HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"

    with speaking(head + pieces + b"0\r\n\r\n") as url, asked(url) as exchange:
        assert read_to_end(exchange) == b"hello world"


@pytest.mark.parametrize("read", [Exchange.read_all, read_to_end])
def test_what_cannot_be_unpacked_is_no_answer(read: Callable[[Exchange], bytes]) -> None:
    said = HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk"

    with speaking(said) as url, asked(url) as exchange, pytest.raises(UpstreamError) as error:
        read(exchange)

    assert error.value.code == "unmarshal_response_body_failed"


@pytest.mark.parametrize("read", [Exchange.read_all, read_to_end])
@pytest.mark.parametrize("said", [CHUNKED, WITH_LENGTH, UNTIL_CLOSED])
def test_the_opening_can_be_looked_at_and_is_still_there(
    said: bytes, read: Callable[[Exchange], bytes]
) -> None:
    with speaking(said) as url, asked(url) as exchange:
        assert exchange.opening().startswith(b"hello")
        assert read(exchange) == b"hello world"
        assert exchange.opening() == b""


def test_an_opening_that_does_not_come_is_silence() -> None:
    said = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    over = threading.Event()
    limits = Limits(connect_s=1, idle_s=0.05)

    with speaking(said, then=lambda _: over.wait(5)) as url, asked(url, limits) as exchange:
        with pytest.raises(UpstreamError) as error:
            exchange.opening()
        over.set()

    assert error.value.status == 504


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 ", b"SSH-2.0-x\r\n\r\n", b"\x00" * 50])
def test_what_is_no_http_is_a_transport_failure(said: bytes) -> None:
    with speaking(said) as url, pytest.raises(UpstreamError) as error, asked(url):
        pass

    assert (error.value.transport, error.value.status) == (True, 502)


def test_an_interim_answer_is_waited_past() -> None:
    with speaking(b"HTTP/1.1 100 Continue\r\n\r\n" + WITH_LENGTH) as url, asked(url) as exchange:
        assert (exchange.status, exchange.read_all()) == (200, b"hello world")


def test_silence_is_told_from_the_end() -> None:
    said = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    over = threading.Event()

    with speaking(said, then=lambda _: over.wait(5)) as url, asked(url) as exchange:
        first, second = exchange.read_some(2), exchange.read_some(0.05)
        over.set()

    assert (first, second) == (b"hello", None)


def test_a_reader_is_woken_when_the_exchange_is_broken_off() -> None:
    said = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    over = threading.Event()

    with speaking(said, then=lambda _: over.wait(5)) as url, asked(url) as exchange:
        threading.Timer(0.05, exchange.abort).start()
        with pytest.raises(UpstreamError):
            exchange.read_some(10)
        over.set()

    assert exchange.left_by_client


def test_a_head_that_takes_too_long_is_504() -> None:
    over = threading.Event()
    limits = Limits(connect_s=1, idle_s=5, total_s=0.1)

    with speaking(b"", then=lambda _: over.wait(5)) as url:
        with pytest.raises(UpstreamError) as error, asked(url, limits):
            pass
        over.set()

    assert (error.value.transport, error.value.status) == (True, 504)


def test_a_connection_is_used_again_only_after_a_whole_answer() -> None:
    """The first answer is left in the middle: its rest must not be taken for the next one."""
    with speaking(CHUNKED, WITH_LENGTH) as url, closing(Upstreams()) as pools:
        pools.send(UpstreamRequest(url=url, body=b"{}"), LIMITS).close()

        with closing(pools.send(UpstreamRequest(url=url, body=b"{}"), LIMITS)) as exchange:
            assert exchange.read_all() == b"hello world"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://no-such-host.invalid/", "ftp://x/"]
)
def test_what_cannot_be_reached_is_a_transport_failure(url: str) -> None:
    with pytest.raises(UpstreamError) as error, asked(url):
        pass

    assert error.value.transport
