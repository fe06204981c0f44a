"""A bounded load on loopback: connections that are kept, requests that are counted."""

import json
import time
from dataclasses import dataclass, field
from typing import IO

import gevent
from gevent import socket

PLAIN = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello, please."}]}
STREAM = {**PLAIN, "stream": True}


@dataclass
class Result:
    """What one run of load brought."""

    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    errors: int = 0
    chunks: int = 0

    def percentile(self, part: float) -> float:
        """Return a latency percentile in milliseconds."""
        found = sorted(self.latencies_ms)
        return found[min(int(len(found) * part), len(found) - 1)] if found else 0.0


def run(port: int, key: str, *, stream: bool, requests: int, connections: int) -> Result:
    """Send ``requests`` calls over ``connections`` connections and wait for all answers."""
    result = Result()
    shares = [
        requests // connections + (1 if i < requests % connections else 0)
        for i in range(connections)
    ]
    request = _request(port, key, STREAM if stream else PLAIN)
    started = time.perf_counter()
    gevent.joinall(
        [gevent.spawn(_connection, port, request, share, result) for share in shares if share]
    )
    result.seconds = time.perf_counter() - started
    return result


def _request(port: int, key: str, tree: object) -> bytes:
    body = json.dumps(tree, separators=(",", ":")).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _connection(port: int, request: bytes, count: int, result: Result) -> None:
    sock = socket.create_connection(("127.0.0.1", port))
    reader = sock.makefile("rb")
    for _ in range(count):
        started = time.perf_counter()
        sock.sendall(request)
        good, events = _answer(reader)
        result.latencies_ms.append((time.perf_counter() - started) * 1000)
        result.errors += 0 if good else 1
        result.chunks += events
    sock.close()


def _answer(reader: IO[bytes]) -> tuple[bool, int]:
    """Read one answer; return whether it was whole and good, and how many events it had."""
    status = reader.readline().split(b" ")[1:2]
    length, chunked = 0, False
    while (line := reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        chunked = chunked or (name.lower() == b"transfer-encoding")
    if not chunked:
        return status == [b"200"] and len(reader.read(length)) == length, 0
    body = b""
    while size := int(reader.readline(), 16):
        body += reader.read(size)
        reader.readline()
    reader.readline()
    done = b"data: [DONE]" in body or b'"choices"' in body
    return status == [b"200"] and done, body.count(b"data: ")
