"""Many clients at once, each with a connection of its own, and what they got."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from tests.support.gateway import Gateway, chat_body

REQUEST_ID = "X-Oneapi-Request-Id"
_ANSWER_S = 120.0


@dataclass
class Got:
    """What the clients of one load have received."""

    statuses: Counter[int] = field(default_factory=Counter)
    whole: list[str] = field(default_factory=list)
    """Request ids of the good answers that came to their very end."""

    broken: int = 0
    """Answers that did not: the connection ended before."""

    left_at: list[float] = field(default_factory=list)
    """When clients left by themselves (``time.monotonic``)."""


def plain(node: Gateway, key: str, *, connections: int, calls: int, **members: Any) -> Got:
    """Send ``calls`` small chats over each connection."""
    got = Got()
    body = json.dumps(chat_body(**members)).encode()

    def client() -> None:
        with closing(_connect(node)) as connection:
            for _ in range(calls):
                try:
                    _call(connection, key, body, got)
                except (OSError, http.client.HTTPException):
                    got.broken += 1
                    connection.close()

    together(connections, client)
    return got


def streams(
    node: Gateway, key: str, *, count: int, leave_after: int | None = None, **members: Any
) -> Got:
    """Read ``count`` streams at once, to their end or as many lines as asked for."""
    got = Got()
    body = json.dumps(chat_body(stream=True, **members)).encode()

    def client() -> None:
        with closing(_connect(node)) as connection:
            try:
                _read(_ask(connection, key, body), got, leave_after)
            except (OSError, http.client.HTTPException):
                got.broken += 1

    together(count, client)
    return got


def together(count: int, work: Callable[[], None]) -> None:
    """Run the same work that many times at once and wait for all."""
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _call(connection: http.client.HTTPConnection, key: str, body: bytes, got: Got) -> None:
    answer = _ask(connection, key, body)
    answer.read()
    got.statuses[answer.status] += 1
    if answer.status == 200:
        got.whole.append(answer.headers[REQUEST_ID])


def _read(answer: http.client.HTTPResponse, got: Got, leave_after: int | None) -> None:
    got.statuses[answer.status] += 1
    if leave_after is not None:
        for _ in range(leave_after):
            answer.readline()
        got.left_at.append(time.monotonic())
    elif answer.read().endswith(b"data: [DONE]\n\n"):
        got.whole.append(answer.headers[REQUEST_ID])
    else:
        got.broken += 1


def _ask(connection: http.client.HTTPConnection, key: str, body: bytes) -> http.client.HTTPResponse:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", body, headers)
    return connection.getresponse()


def _connect(node: Gateway) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", node.port, timeout=_ANSWER_S)


def samples(node: Gateway, name: str) -> Iterator[float]:
    """Return the values of one metric."""
    text = node.admin.get(f"{node.url}/metrics", timeout=10).text
    for line in text.splitlines():
        if line.startswith((f"{name} ", f"{name}{{")):
            yield float(line.rsplit(" ", 1)[1])
