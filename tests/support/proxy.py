"""A small real proxy on a loopback port: HTTP (forwarding and CONNECT) and SOCKS5 in one."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Address = tuple[str, int]


@dataclass
class Proxy:
    """Where it listens, and what it was asked to reach."""

    port: int
    asked: list[str] = field(default_factory=list)
    """``kind host:port``, in order."""

    logins: list[str] = field(default_factory=list)
    moved: dict[str, Address] = field(default_factory=dict)
    """Names that only this proxy knows, and where they really are."""

    def find(self, kind: str, host: str, port: int) -> socket.socket:
        """Connect to what was asked for."""
        self.asked.append(f"{kind} {host}:{port}")
        return socket.create_connection(self.moved.get(host, (host, port)), timeout=10)


@contextmanager
def proxy() -> Iterator[Proxy]:
    """Serve until the block ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        server = Proxy(listener.getsockname()[1])
        thread = threading.Thread(target=_accept, args=(listener, server), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, server: Proxy) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, server), daemon=True).start()


def _serve(client: socket.socket, server: Proxy) -> None:
    with client, suppress(OSError, ValueError):
        if client.recv(1, socket.MSG_PEEK) == b"\x05":
            _serve_socks(client, server)
        else:
            _serve_http(client, server)


def _serve_socks(client: socket.socket, server: Proxy) -> None:
    _, count = _read(client, 2)
    method = max(_read(client, count))
    client.sendall(bytes((5, method)))
    if method == 2:
        _, length = _read(client, 2)
        name = _read(client, length)
        password = _read(client, _read(client, 1)[0])
        server.logins.append(f"{name.decode()}:{password.decode()}")
        client.sendall(b"\x01\x00")
    _read(client, 4)
    host = _read(client, _read(client, 1)[0]).decode()
    port = int.from_bytes(_read(client, 2), "big")
    with server.find("socks", host, port) as target:
        client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        _join(client, target)


def _serve_http(client: socket.socket, server: Proxy) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(65536)
    line, _, rest = head.partition(b"\r\n")
    method, url, version = line.split(b" ")
    server.logins += [
        header.partition(b": ")[2].decode()
        for header in rest.partition(b"\r\n\r\n")[0].split(b"\r\n")
        if header.lower().startswith(b"proxy-authorization:")
    ]
    if method == b"CONNECT":
        host, _, port = url.decode().partition(":")
        with server.find("connect", host, int(port)) as target:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            _join(client, target)
        return
    parts = urlsplit(url.decode())
    with server.find("http", parts.hostname or "", parts.port or 80) as target:
        target.sendall(b" ".join((method, parts.path.encode(), version)) + b"\r\n" + rest)
        _join(client, target)


def _read(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise OSError("closed")
        data += piece
    return data


def _join(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes both ways until one side ends."""
    back = threading.Thread(target=_pass, args=(other, one), daemon=True)
    back.start()
    _pass(one, other)
    back.join()


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
