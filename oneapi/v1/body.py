"""Read a request body once, with limits, into the call that the relay carries."""

import gzip
import io
import zlib
from collections.abc import Mapping
from socket import socket
from typing import IO, Any

import orjson
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # has no types
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header

from oneapi.errors import Refusal
from oneapi.lib.threads import CPU
from oneapi.wire.forms import Form, FormFile

STALLED_S = 30.0
"""How long a body may bring no byte; the server in front of the application sets no limit."""

_PIECE = 65_536
_DEEPEST = 200


def read(environ: Mapping[str, Any], *, most_bytes: int) -> bytes:
    """Return the whole body, decompressed if it came as gzip.

    Raises:
        Refusal: 413 too large, 408 it stopped arriving, 400 it ended early or is no gzip.
    """
    announced = _announced(environ)
    if announced is not None and announced > most_bytes:
        raise Refusal("request_too_large", status=413, limit_mb=most_bytes >> 20)
    with _patience(environ.get("gunicorn.socket")):
        raw = _read_raw(environ["wsgi.input"], announced, most_bytes)
    if environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() == "gzip":
        return _unzipped(raw, most_bytes)
    return raw


def parse_json(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a body.

    Raises:
        Refusal: 400 ``invalid_request_body``: no JSON, no object, or nested too deeply.
    """
    try:
        tree = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal("invalid_request_body", status=400, reason=str(error)) from error
    if not isinstance(tree, dict):
        raise Refusal("invalid_request_body", status=400, reason="a JSON object is needed")
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _depth(tree) > _DEEPEST:
        raise Refusal("invalid_request_body", status=400, reason="nested too deeply")
    return tree


def parse_form(raw: bytes, content_type: str) -> Form:
    """Return the fields and files of a multipart body.

    Raises:
        Refusal: 400 ``invalid_request_body``.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get("boundary", "").encode("latin-1", "replace")
    parser = MultiPartParser(
        stream_factory=_in_memory, max_form_memory_size=None, buffer_size=_PIECE
    )
    try:
        fields, files = parser.parse(io.BytesIO(raw), boundary, len(raw))
    except (ValueError, LookupError) as error:
        raise Refusal("invalid_request_body", status=400, reason=str(error)) from error
    return Form(
        fields=tuple(fields.items(multi=True)),
        files=tuple(
            FormFile(
                name,
                file.filename or "file",
                file.content_type or "application/octet-stream",
                file.read(),
            )
            for name, file in files.items(multi=True)
        ),
    )


def _in_memory(*_facts: object, **_more: object) -> io.BytesIO:
    """Keep an uploaded file where the whole body is already."""
    return io.BytesIO()


def _announced(environ: Mapping[str, Any]) -> int | None:
    value = environ.get("CONTENT_LENGTH") or ""
    return int(value) if value.isdecimal() else None


def _read_raw(stream: IO[bytes], announced: int | None, most_bytes: int) -> bytes:
    pieces, left, total = [], announced, 0
    while left is None or left > 0:
        piece = _read_piece(stream, _PIECE if left is None else min(_PIECE, left))
        if not piece:
            break
        pieces.append(piece)
        total += len(piece)
        if total > most_bytes:
            raise Refusal("request_too_large", status=413, limit_mb=most_bytes >> 20)
        left = None if left is None else left - len(piece)
    if left:
        raise Refusal("invalid_request_body", status=400, reason="the body ended early")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _read_piece(stream: IO[bytes], size: int) -> bytes:
    try:
        return stream.read(size)
    except TimeoutError as error:
        raise Refusal("request_timeout", status=408) from error
    except OSError as error:
        raise Refusal("invalid_request_body", status=400, reason="connection lost") from error
    except ParseException as error:
        # The server in front parses chunks only as they are read.
        raise Refusal("invalid_request_body", status=400, reason="broken chunks") from error


class _patience:  # noqa: N801 - used like a function
    """Limit each wait for bytes of a client; a socket's own limit costs nothing until it waits."""

    def __init__(self, sock: socket | None) -> None:
        self._sock = sock

    def __enter__(self) -> None:
        if self._sock is not None:
            self._sock.settimeout(STALLED_S)

    def __exit__(self, *_failure: object) -> None:
        if self._sock is not None:
            self._sock.settimeout(None)


def _unzipped(raw: bytes, most_bytes: int) -> bytes:
    try:
        # A few kilobytes may hold megabytes, and streams of this worker would wait for them.
        body = CPU.run(_gunzip, raw, most_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Refusal("invalid_request_body", status=400, reason="not gzip") from error
    if len(body) > most_bytes:
        raise Refusal("request_too_large", status=413, limit_mb=most_bytes >> 20)
    return body


def _gunzip(raw: bytes, most_bytes: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
        return file.read(most_bytes)


def _depth(tree: Any) -> int:
    """Return how deep a tree is nested, without recursion."""
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        below: list[Any] = []
        for node in level:
            children = node.values() if isinstance(node, dict) else node
            below += [child for child in children if isinstance(child, dict | list)]
        level = below
    return deepest
