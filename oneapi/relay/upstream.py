"""The exchange with an upstream over a pooled, cooperative HTTP client.

Only this module and ``connections`` know that client.  Waiting is always limited: for the
connection, for each read, and for plain calls as a whole.  Redirects are not followed, so a key
never travels to another host.

``read_some`` looks at the client library's private socket and buffer, because its public reads
either wait for a whole block or hold back what is there; the library's version is pinned.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import gevent
from gevent.socket import wait_read
from gevent.ssl import SSLSocket
from geventhttpclient.client import HTTPClient
from geventhttpclient.response import HTTPParseError, HTTPSocketPoolResponse

from oneapi.errors import UpstreamError
from oneapi.providers.contract import UpstreamRequest
from oneapi.relay.connections import new_client, system_proxy
from oneapi.relay.limits import Limits

USER_AGENT = "one-api-python"
_CLIENTS = 256
_READ_BYTES = 65536
_SHORTEST_S = 0.001
_FAILURES = (OSError, HTTPParseError, ValueError, RuntimeError)
"""What the client library raises; a time-out is an ``OSError`` too."""


class Exchange:
    """An upstream's answer whose head has arrived."""

    def __init__(self, response: HTTPSocketPoolResponse, limits: Limits) -> None:
        self._response = response
        self._limits = limits
        self.status: int = response.status_code
        self.headers: dict[str, str] = {name.lower(): value for name, value in response.items()}
        self.left_by_client = False
        self._ahead = b""
        self._unpack = _unpacker(self.headers.get("content-encoding", ""))

    @property
    def content_type(self) -> str:
        """Media type without parameters, lower case."""
        return self.headers.get("content-type", "").split(";", 1)[0].strip().lower()

    def read_all(self) -> bytes:
        """Return the whole body, decompressed.

        Raises:
            UpstreamError: the upstream broke off or fell silent.
        """
        if self._ahead:
            return self._read_rest()
        try:
            body = bytes(self._response.read())
        except _FAILURES as error:
            raise _mapped(error) from error
        if not self._response.message_complete:
            raise _transport("the answer broke off", status=502)
        return self._unpacked(body) if body else body

    def opening(self) -> bytes:
        """Return the first bytes of the body and leave them to be read; empty if it has none.

        Raises:
            UpstreamError: the upstream broke off or fell silent.
        """
        if not self._ahead:
            piece = self.read_some(self._limits.idle_s)
            if piece is None:
                raise silent()
            self._ahead = piece
        return self._ahead

    def read_some(self, timeout_s: float) -> bytes | None:
        """Return what is there, ``b""`` at the end, ``None`` if nothing came within the time.

        What an upstream compressed although nobody asked it to comes decompressed.

        Raises:
            UpstreamError: the upstream broke off.
        """
        if self._ahead:
            piece, self._ahead = self._ahead, b""
            return piece
        while found := self._next_bytes(timeout_s):
            if self._unpack is None:
                return found
            if unpacked := self._unpacked(found):
                return unpacked
        return found

    def _read_rest(self) -> bytes:
        pieces = []
        while piece := self.read_some(self._limits.idle_s):
            pieces.append(piece)
        if piece is None:
            raise silent()
        return b"".join(pieces)

    def _next_bytes(self, timeout_s: float) -> bytes | None:
        """Return the next bytes as they came."""
        response = self._response
        buffer = response._body_buffer  # noqa: SLF001 - see the module's docstring
        if not buffer:
            sock = response._sock  # noqa: SLF001
            if response.message_complete or sock is None:
                return b""
            try:
                data = _receive(sock, timeout_s, self._limits.idle_s)
                if data is None:
                    return None
                response.feed(data)
            except _FAILURES as error:
                raise _mapped(error) from error
            if not data and not response.message_complete:
                raise _transport("the stream broke off", status=502)
        piece = bytes(buffer)
        del buffer[:]
        return piece

    def _unpacked(self, data: bytes) -> bytes:
        if self._unpack is None:
            return data
        try:
            return self._unpack(data)
        except zlib.error as error:
            raise UpstreamError(
                "the answer cannot be decompressed",
                status=502,
                code="unmarshal_response_body_failed",
            ) from error

    @property
    def is_complete(self) -> bool:
        """Whether the body ended as HTTP says it should."""
        return bool(self._response.message_complete)

    def abort(self) -> None:
        """End the exchange from another greenlet: the client has gone."""
        self.left_by_client = True
        self.break_off()

    def break_off(self) -> None:
        """Make the reading greenlet see a broken connection."""
        sock = self._response._sock  # noqa: SLF001
        if sock is not None:
            with _ignored_os_errors():
                sock.shutdown(2)

    def close(self) -> None:
        """Give the connection back, or close it if the answer was not read to its end."""
        self._response.release()


@dataclass(frozen=True, slots=True)
class _Place:
    """A URL as the client library wants it."""

    scheme: str
    netloc: str
    host: str
    target: str


@lru_cache(maxsize=4096)
def _place(url: str) -> _Place:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Place(parts.scheme, parts.netloc, parts.hostname or "", target)


class Upstreams:
    """The connection pools of this process, one per host and proxy."""

    def __init__(self) -> None:
        self._clients: OrderedDict[tuple[str, str, str, float, float], HTTPClient] = OrderedDict()

    def send(self, request: UpstreamRequest, limits: Limits, proxy: str = "") -> Exchange:
        """Send and wait for the head of the answer.

        Raises:
            UpstreamError: no connection, no answer in time, or no HTTP; ``transport`` is set.
        """
        parts = _place(request.url)
        headers = {
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",
            **request.headers,
        }
        through = proxy or system_proxy(parts.scheme, parts.host)
        try:
            client = self._client(parts.scheme, parts.netloc, limits, through)
            with _limited(limits.total_s):
                response = client.request(request.method, parts.target, request.body, headers)
        except _FAILURES as error:
            raise _mapped(error) from error
        return Exchange(response, limits)

    def close(self) -> None:
        """Close every idle connection; those in use close when their exchange does."""
        while self._clients:
            _, client = self._clients.popitem()
            client.close()

    def _client(self, scheme: str, netloc: str, limits: Limits, proxy: str) -> HTTPClient:
        key = (scheme, netloc, proxy, limits.connect_s, limits.idle_s)
        client = self._clients.get(key)
        if client is None:
            client = self._clients[key] = new_client(scheme, netloc, limits, proxy)
            if len(self._clients) > _CLIENTS:
                _, longest_unused = self._clients.popitem(last=False)
                longest_unused.close()
        else:
            self._clients.move_to_end(key)
        return client


def _receive(sock: Any, timeout_s: float, usual_s: float) -> bytes | None:
    """Return what the socket has, ``b""`` at its end, ``None`` if nothing came in time.

    A plain socket waits by itself; it gets its usual limit back, for it may return to the pool
    with the next byte.
    """
    if isinstance(sock, SSLSocket):
        return sock.recv(_READ_BYTES) if _readable(sock, timeout_s) else None
    sock.settimeout(max(timeout_s, _SHORTEST_S))
    try:
        data: bytes = sock.recv(_READ_BYTES)
    except TimeoutError:
        return None
    finally:
        sock.settimeout(usual_s)
    return data


def _readable(sock: SSLSocket, timeout_s: float) -> bool:
    """Wait until the socket has something; TLS may hold decrypted bytes already."""
    if sock.pending():
        return True
    try:
        wait_read(sock.fileno(), timeout=timeout_s, timeout_exc=_Silent())
    except _Silent:
        return False
    return True


class _Silent(Exception):
    """Nothing came in time."""


def _limited(seconds: float | None) -> AbstractContextManager[object]:
    """Limit what happens inside; ``TimeoutError`` when the time is over."""
    if seconds is None:
        return _UNLIMITED
    return gevent.Timeout(seconds, TimeoutError("total time is over"))


_UNLIMITED = nullcontext()


def limited_in_total(limits: Limits) -> AbstractContextManager[object]:
    """Limit a whole plain call, sending and reading together.

    Raises:
        UpstreamError: the time is over.
    """
    return _UNLIMITED if limits.total_s is None else _limited_call(limits.total_s)


@contextmanager
def _limited_call(seconds: float) -> Iterator[None]:
    try:
        with _limited(seconds):
            yield
    except TimeoutError as error:
        raise _transport("the upstream took too long", status=504) from error


def _mapped(error: BaseException) -> UpstreamError:
    if isinstance(error, TimeoutError):
        return _transport(f"time-out: {error}", status=504)
    return _transport(f"{type(error).__name__}: {error}", status=502)


@contextmanager
def _ignored_os_errors() -> Iterator[None]:
    try:
        yield
    except OSError:
        return


def silent() -> UpstreamError:
    """Return the failure of an upstream that sends nothing any more."""
    return _transport("the upstream fell silent", status=504)


def _transport(message: str, *, status: int) -> UpstreamError:
    return UpstreamError(
        message, status=status, error_type="one_api_error", code="do_request_failed", transport=True
    )


def _unpacker(encoding: str) -> Callable[[bytes], bytes] | None:
    """Return what decompresses a body piece by piece; nothing for a plain one."""
    if encoding.lower() not in ("gzip", "deflate"):
        return None
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress


upstreams = Upstreams()
"""The pools of this process."""
