"""A controllable upstream: a real HTTP server on a loopback port.

Inside a test it is ``StubUpstream``; for benchmarks and fault drills it runs alone:
``python -m tests.support.upstream --port 9000``.  How it answers stands in the path, see
``tests.support.behaviour``.  It records what it was asked, and when a client left early.
"""

import argparse
import json
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from tests.support import stub_answers
from tests.support.behaviour import Behaviour, written


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    """Without the behaviour in front."""

    query: str
    headers: dict[str, str]
    """By lower-case name; of a repeated one the last."""

    body: bytes
    tag: str
    at: float = field(default_factory=time.monotonic)
    left_at: float | None = None
    """When the client closed before the answer was whole (``time.monotonic``)."""

    events: int = 0
    """How many events or pieces of the answer were sent."""

    done: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set when the answer is over, whole or not."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ClientLeft(Exception):
    """The client closed its connection."""


class StubUpstream:
    """The server; ``start`` it, ``stop`` it."""

    def __init__(self, port: int = 0, *, recording: bool = True) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self.seen: list[Seen] = []
        self._recording = recording
        self._failed: Counter[str] = Counter()
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._listener.close()
        for connection in list(self._connections):
            connection.close()

    def base(self, **behaviour: object) -> str:
        """Return the base URL of an upstream that behaves like this."""
        return f"http://127.0.0.1:{self.port}/{written(**behaviour)}"

    def of(self, tag: str) -> list[Seen]:
        """Return the requests to the upstreams with this tag."""
        return [seen for seen in self.seen if seen.tag == tag]

    def last(self, tag: str) -> Seen:
        """Return the latest request to an upstream with this tag."""
        return self.of(tag)[-1]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with connection, connection.makefile("rb") as reader:
                while request := self._read(reader):
                    told, seen = request
                    if not self._answer(connection, told, seen):
                        return
        except (OSError, ValueError):
            return
        finally:
            self._connections.discard(connection)

    def _read(self, reader: Any) -> tuple[Behaviour, Seen] | None:
        start = reader.readline().decode("latin-1").split()
        if len(start) != 3:
            return None
        headers: dict[str, str] = {}
        while (line := reader.readline().decode("latin-1").rstrip("\r\n")) != "":
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", "0")))
        target, _, query = _origin_form(start[1]).partition("?")
        prefix, slash, path = target.lstrip("/").partition("/")
        told = Behaviour.read(prefix) if slash and "=" in prefix else Behaviour()
        if told == Behaviour():
            path = target.lstrip("/")
        elif told.fails >= 0:
            told = self._this_time(prefix, told)
        seen = Seen(start[0], f"/{path}", query, headers, body, told.tag)
        if self._recording:
            self.seen.append(seen)
        return told, seen

    def _this_time(self, prefix: str, told: Behaviour) -> Behaviour:
        """Let a behaviour that fails a number of times behave afterwards."""
        self._failed[prefix] += 1
        return told if self._failed[prefix] <= told.fails else Behaviour(tag=told.tag)

    def _answer(self, connection: socket.socket, told: Behaviour, seen: Seen) -> bool:
        """Answer; return whether the connection may be used again."""
        wire = _Wire(connection, told, seen)
        try:
            if told.drop:
                return False
            wire.wait(told.delay)
            if told.hang:
                wire.wait(3600.0)
            return stub_answers.answer(wire, told, seen)
        except (ClientLeft, BrokenPipeError, ConnectionResetError):
            seen.left_at = time.monotonic()
            return False
        finally:
            seen.done.set()


class _Wire:
    """Writes one answer and looks whether its reader is still there."""

    def __init__(self, connection: socket.socket, told: Behaviour, seen: Seen) -> None:
        self._connection = connection
        self._told = told
        self._seen = seen

    def whole(self, status: int, headers: dict[str, str], body: bytes) -> bool:
        """Send an answer with its length, or only its beginning if told to cut."""
        self._head(status, headers | {"Content-Length": str(len(body))})
        cut = self._told.cut_after
        self._connection.sendall(body if cut < 0 else body[:cut])
        return cut < 0

    def begin(self, headers: dict[str, str]) -> None:
        """Send the head of an answer that comes in pieces."""
        self._head(200, headers | {"Transfer-Encoding": "chunked"})

    def piece(self, data: bytes) -> bool:
        """Send a piece; return whether more may follow."""
        told, seen = self._told, self._seen
        if told.cut_after == seen.events:
            return False
        if told.silent_after == seen.events:
            self.wait(3600.0)
        if seen.events:
            self.wait(told.interval)
        for part in _halves(data) if told.framing == "split" else (data,):
            self._connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        seen.events += 1
        return True

    def end(self) -> bool:
        self._connection.sendall(b"0\r\n\r\n")
        return True

    def wait(self, seconds: float) -> None:
        """Wait; a client that closes meanwhile ends the answer."""
        give_up = time.monotonic() + seconds
        while (left := give_up - time.monotonic()) > 0:
            ready, _, _ = select.select([self._connection], [], [], left)
            if ready and not self._connection.recv(1, socket.MSG_PEEK):
                raise ClientLeft
            if ready:
                time.sleep(min(left, 0.01))

    def _head(self, status: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {_phrase(status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))


def _origin_form(target: str) -> str:
    """Return path and query, also of a target as proxies get it, with scheme and host."""
    return "/" + target.split("/", 3)[3] if target.startswith("http://") else target


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _halves(data: bytes) -> Iterator[bytes]:
    """Cut so that a line, and now and then a character, is torn apart."""
    for start in range(0, len(data), 7):
        yield data[start : start + 7]


@contextmanager
def running(port: int = 0) -> Iterator[StubUpstream]:
    """Serve until the block ends."""
    upstream = StubUpstream(port)
    upstream.start()
    try:
        yield upstream
    finally:
        upstream.stop()


def main() -> None:
    """Serve until the process ends; nothing is recorded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    upstream = StubUpstream(parser.parse_args().port, recording=False)
    upstream.start()
    print(f"listening on {upstream.port}", flush=True)  # noqa: T201 - a program's output
    threading.Event().wait()


if __name__ == "__main__":
    main()
