"""Compresses answers of the control plane with gzip, for clients that accept it."""

import gzip

from flask import Flask, Response, request

from oneapi.lib.threads import CPU

_LEVEL = 5
_SMALL_BYTES = 32_768
"""Smaller answers are compressed in less time than another thread takes to answer."""

_COMPRESSED_ALREADY = (".png", ".gif", ".jpeg", ".jpg", ".webp", ".woff2")


def register(app: Flask) -> None:
    """Compress what this application answers from now on."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if not _is_wanted(response):
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) > _SMALL_BYTES:
        compressed = CPU.run(gzip.compress, content, _LEVEL, mtime=0)
    else:
        compressed = gzip.compress(content, _LEVEL, mtime=0)
    response.set_data(compressed)
    response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    return response


def _is_wanted(response: Response) -> bool:
    return (
        "gzip" in request.headers.get("Accept-Encoding", "").lower()
        and "upgrade" not in request.headers.get("Connection", "").lower()
        and "text/event-stream" not in request.headers.get("Accept", "")
        and not request.path.lower().endswith(_COMPRESSED_ALREADY)
        and (response.is_sequence or response.direct_passthrough)
        and "Content-Encoding" not in response.headers
        and response.status_code not in {204, 206, 304}
        and request.method != "HEAD"
    )
