"""The upstream of the benchmark: answers at once, or one chunk at a time, and does little else.

``python -m tests.bench.upstream PORT``
"""

from gevent import monkey

monkey.patch_all()

import json
import sys

import gevent
from gevent import socket
from gevent.server import StreamServer

CHUNKS = 200
INTERVAL_S = 0.01
_USAGE = {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}
_ANSWER = json.dumps(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "gpt-4o-mini",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello there, how can I help?"},
                "finish_reason": "stop",
            }
        ],
        "usage": _USAGE,
    }
).encode()
_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_ANSWER),
    _ANSWER,
)
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def _chunk(
    delta: dict[str, str],
    reason: str | None = None,
    usage: dict[str, int] | None = None,
    choices: bool = True,
) -> bytes:
    tree = {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1700000000,
        "model": "gpt-4o-mini",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}] if choices else [],
        "usage": usage,
    }
    return _framed(b"data: " + json.dumps(tree).encode() + b"\n\n")


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


_WORD = _chunk({"content": " word"})
_TAIL = _chunk({}, "stop") + _chunk({}, usage=_USAGE, choices=False) + _framed(b"data: [DONE]\n\n")


def serve(sock: socket.socket, _address: object) -> None:
    """Answer requests of one connection until it closes."""
    reader = sock.makefile("rb")
    while reader.readline():
        length = 0
        while (line := reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = reader.read(length)
        if b'"stream":true' in body or b'"stream": true' in body:
            sock.sendall(_STREAM_HEAD)
            for _ in range(CHUNKS):
                sock.sendall(_WORD)
                gevent.sleep(INTERVAL_S)
            sock.sendall(_TAIL + b"0\r\n\r\n")
        else:
            sock.sendall(_PLAIN)


if __name__ == "__main__":
    StreamServer(("127.0.0.1", int(sys.argv[1])), serve, backlog=1024).serve_forever()
