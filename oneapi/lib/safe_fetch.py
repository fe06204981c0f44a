"""Fetch a URL that a user wrote, without becoming the user's way into our own network.

The host name is resolved here, once; every address it has must be public (or in the operator's
allow list), and the connection goes to exactly the address that was checked, so a name that
changes its mind between check and use gains nothing.  TLS still asks for the name.  Each
redirect goes through the same check.  Behind a proxy the checked address is what the proxy is
asked for.
"""

import functools
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import certifi
import gevent
import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from oneapi.lib import subnets
from oneapi.lib.subnets import Address, Networks, parse_address

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_REDIRECTS: Final = 3

_PIECE: Final = 64 * 1024
_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "User-Agent": "one-api",
}

_METADATA: Final = frozenset({ipaddress.ip_address("168.63.129.16")})
"""Azure's platform address looks public; other clouds use addresses that do not."""

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class FetchRefused(Exception):
    """The URL may not be fetched, or could not be; ``reason`` is one word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was found; ``content_type`` is the media type alone, in lower case, or empty."""

    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Hop:
    """One URL with the addresses that were checked for it."""

    url: SplitResult
    addresses: tuple[Address, ...]
    proxy: str
    deadline: float


def fetch(url: str, *, timeout_s: float, proxy: str = "", allow: str = "") -> Fetched:
    """Return what an http(s) URL holds, at most ``MAX_BYTES`` after decompression.

    ``timeout_s`` covers everything: names, redirects, the last byte.  ``proxy`` is an http(s)
    proxy's URL; variables of the environment are not looked at.  ``allow`` is a CIDR list of
    what may be reached although it is not public.

    Raises:
        FetchRefused: by rule (``scheme``, ``host``, ``address``, ``redirects``, ``too_large``)
            or for what went wrong (``unresolved``, ``unreachable``, ``status``, ``timeout``).
    """
    deadline, allowed = time.monotonic() + timeout_s, subnets.parse_valid(allow)
    # The sockets have limits of their own; this one also ends a name server that is silent and
    # a server that sends a byte now and then.
    with gevent.Timeout(timeout_s, FetchRefused("timeout")):
        for _ in range(MAX_REDIRECTS + 1):
            parts = _split(url)
            hop = _Hop(parts, _checked_addresses(parts, allowed), proxy, deadline)
            try:
                outcome = _get_from_any(hop)
            except HTTPError as error:
                raise FetchRefused("unreachable") from error
            if isinstance(outcome, Fetched):
                return outcome
            url = urljoin(url, outcome)
    raise FetchRefused("redirects")


def is_public(address: Address) -> bool:
    """Say whether an address belongs to the open internet, also inside IPv6 transition forms."""
    if isinstance(address, ipaddress.IPv6Address):
        if inner := _embedded(address):
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and address not in _METADATA


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError as error:
        raise FetchRefused("host") from error
    if parts.scheme not in _PORTS:
        raise FetchRefused("scheme")
    if not parts.hostname:
        raise FetchRefused("host")
    return parts


def _checked_addresses(parts: SplitResult, allow: Networks) -> tuple[Address, ...]:
    """Return the addresses to connect to, in the resolver's order.

    All addresses of a name must pass: one that is both public and private is a trap.
    """
    addresses = tuple(dict.fromkeys(_resolve(parts)))
    if not addresses:
        raise FetchRefused("unresolved")
    if not all(is_public(address) or allow.covers(address) for address in addresses):
        raise FetchRefused("address")
    return addresses


def _resolve(parts: SplitResult) -> Iterator[Address]:
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchRefused("unresolved") from error
    for *_, where in found:
        # A link-local address comes with its zone (fe80::1%eth0).
        address = parse_address(str(where[0]).partition("%")[0])
        if address is not None:
            yield address


def _get_from_any(hop: _Hop) -> Fetched | str:
    """Return the content, or where a redirect leads, from the first address that answers."""
    *others, last = hop.addresses
    for address in others:
        try:
            return _get(hop, address)
        except (NewConnectionError, ConnectTimeoutError):
            continue
    return _get(hop, last)


def _get(hop: _Hop, address: Address) -> Fetched | str:
    left_s = hop.deadline - time.monotonic()
    if left_s <= 0:
        raise FetchRefused("timeout")
    host = hop.url.hostname or ""
    pool = _pool(hop.proxy, host)
    try:
        response = pool.urlopen(
            "GET",
            _pinned(hop.url, address),
            headers={**_HEADERS, "Host": _host_header(hop.url)},
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(total=left_s),
        )
        try:
            return _read(response, hop.deadline)
        finally:
            response.close()
    finally:
        pool.clear()


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> Fetched | str:
    location = response.headers.get("Location")
    if response.status in _REDIRECTS and location:
        return location
    if response.status != 200:
        raise FetchRefused("status")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MAX_BYTES:
        raise FetchRefused("too_large")
    pieces, size = [], 0
    for piece in response.stream(_PIECE, decode_content=True):
        size += len(piece)
        if size > MAX_BYTES:
            raise FetchRefused("too_large")
        if time.monotonic() > deadline:
            raise FetchRefused("timeout")
        pieces.append(piece)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Fetched(media_type, b"".join(pieces))


def _pool(proxy: str, host: str) -> urllib3.PoolManager:
    """Return a pool for one exchange: the name that TLS must prove belongs to it."""
    if not proxy:
        return urllib3.PoolManager(num_pools=1, ssl_context=_tls(), server_hostname=host)
    try:
        return urllib3.ProxyManager(proxy, num_pools=2, ssl_context=_tls(), server_hostname=host)
    except (HTTPError, ValueError) as error:
        raise FetchRefused("unreachable") from error


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return the trusted certificates; reading them takes long enough to do it once."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _pinned(url: SplitResult, address: Address) -> str:
    """Return the URL with the checked address in the place of the name."""
    port = url.port or _PORTS[url.scheme]
    host = f"[{address}]" if address.version == 6 else str(address)
    return url._replace(netloc=f"{host}:{port}", path=url.path or "/", fragment="").geturl()


def _host_header(parts: SplitResult) -> str:
    """Return host and port as the user wrote them, without a user name."""
    return parts.netloc.rpartition("@")[2]
