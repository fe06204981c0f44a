"""What a view of the data plane returns: a finished answer that a WSGI server can call.

Werkzeug's response looks at cookies, relative addresses and charsets first; a relayed answer has
none of that, and making one costs a fraction.
"""

import socket as socket_module
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from socket import IPPROTO_TCP, socket
from typing import Any, Self

import orjson

_BODILESS = (204, 304)
_CORK: int | None = getattr(socket_module, "TCP_CORK", None)
"""Only Linux has it."""

_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Answer:
    """Status, headers, and pieces of a body; ``close`` runs what was to happen at the end."""

    def __init__(
        self,
        pieces: Iterable[bytes],
        headers: Mapping[str, str],
        status: int = 200,
    ) -> None:
        self.status = status
        self.headers = dict(headers)
        self._pieces = pieces
        self._begun = iter(pieces)
        self._at_end: list[Callable[[], object]] = []
        self._is_whole = False

    @classmethod
    def whole(cls, body: bytes, headers: Mapping[str, str], status: int = 200) -> Self:
        """Return an answer whose length is known."""
        answer = cls((body,), {**headers, "Content-Length": str(len(body))}, status)
        answer._is_whole = True
        return answer

    @classmethod
    def json(cls, tree: object, status: int = 200) -> Self:
        """Return a JSON answer."""
        return cls.whole(orjson.dumps(tree), {"Content-Type": "application/json"}, status)

    def at_end(self, call: Callable[[], object]) -> None:
        """Call this when the answer has left, or was given up."""
        self._at_end.append(call)

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Self:
        """Answer the server."""
        if self.status in _BODILESS or environ["REQUEST_METHOD"] == "HEAD":
            self._begun = iter(())
        if self._is_whole:
            self._send_at_once(environ.get("gunicorn.socket"))
        line = _LINES.get(self.status) or f"{self.status} Unknown"
        start_response(line, list(self.headers.items()))
        return self

    def _send_at_once(self, sock: socket | None) -> None:
        """Let head and body, which the server writes one after the other, leave in one packet."""
        if sock is not None and _CORK is not None:
            sock.setsockopt(IPPROTO_TCP, _CORK, 1)
            self.at_end(lambda: sock.setsockopt(IPPROTO_TCP, _CORK, 0))

    def __iter__(self) -> Iterator[bytes]:
        return self._begun

    def close(self) -> None:
        """End the stream if there is one, then do what was to be done, also if that fails."""
        close = getattr(self._pieces, "close", None)
        try:
            if close is not None:
                close()
        finally:
            for call in self._at_end:
                call()
