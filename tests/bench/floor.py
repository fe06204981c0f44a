"""The floor: a bare WSGI application that passes a call on and does nothing with it.

Same server, same worker class, same client library and the same way of reading what is there.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any

from geventhttpclient.client import HTTPClient

_client = HTTPClient(
    "127.0.0.1",
    int(os.environ["BENCH_UPSTREAM_PORT"]),
    concurrency=1024,
    network_timeout=60,
    block_size=65536,
)


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Forward the body, return what comes."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = {
        "Content-Type": environ.get("CONTENT_TYPE", "application/json"),
        "Authorization": environ.get("HTTP_AUTHORIZATION", ""),
    }
    response = _client.request("POST", environ["PATH_INFO"], body, headers)
    if response.get("content-type") == "text/event-stream":
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return _pieces(response)
    answer = bytes(response.read())
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]


def _pieces(response: Any) -> Iterator[bytes]:
    buffer = response._body_buffer
    try:
        while True:
            while not buffer and not response.message_complete:
                response.feed(response._sock.recv(65536))
            if not buffer:
                return
            piece = bytes(buffer)
            del buffer[:]
            yield piece
    finally:
        response.release()
