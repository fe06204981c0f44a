"""What the relay hands to the edge: a status, headers and a body."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct


class Answered(Struct, frozen=True, kw_only=True):
    """An answer; a streamed one must be closed by whoever started it."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""
    stream: Iterator[bytes] | None = None
    close: Callable[[], None] | None = None
    """Ends a stream that may never have been started."""

    interrupt: Callable[[], None] | None = None
    """Breaks a stream off from outside; its client gets an error event."""


_PASSED = {
    "content-type": "Content-Type",
    "content-disposition": "Content-Disposition",
    "openai-processing-ms": "openai-processing-ms",
    "openai-version": "openai-version",
    "x-request-id": "x-upstream-request-id",
    "request-id": "x-upstream-request-id",
    "retry-after": "Retry-After",
}

STREAM_HEADERS: Mapping[str, str] = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


def passed_headers(upstream: Mapping[str, str]) -> dict[str, str]:
    """Return the few upstream headers that a client may see, under their names here."""
    return {name: upstream[key] for key, name in _PASSED.items() if key in upstream}


def dropped_header(dropped: tuple[str, ...]) -> dict[str, str]:
    """Name the request fields that the dialect could not say, if there are any."""
    return {"X-Oneapi-Dropped": ", ".join(dropped)} if dropped else {}
