"""How a connection to an upstream is made: directly, or through an HTTP or SOCKS5 proxy.

A channel's own proxy goes before ``RELAY_PROXY``, that one before the proxy variables of the
system (``HTTPS_PROXY`` and so on), which never apply to this machine itself.
"""

from functools import lru_cache
from ipaddress import ip_address
from socket import socket
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from geventhttpclient.client import HTTPClient
from geventhttpclient.connectionpool import ConnectionPool, SSLConnectionPool

from oneapi.lib import socks
from oneapi.relay.limits import Limits

_CONNECTIONS_PER_HOST = 2048
_READ_BYTES = 65536
_SOCKS = ("socks5", "socks5h")
_SOCKS_PORT = 1080
_TLS_PORT = 443


@lru_cache(maxsize=1024)
def system_proxy(scheme: str, host: str) -> str:
    """Return the proxy that the system's variables name for this host; empty for none.

    The variables are read once a host.
    """
    found = getproxies_environment()
    proxy = found.get(scheme) or found.get("all") or ""
    if not proxy or _is_this_machine(host) or proxy_bypass(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def new_client(scheme: str, netloc: str, limits: Limits, proxy: str) -> HTTPClient:
    """Return a client with connections of its own to one host."""
    through = urlsplit(proxy)
    options = _http_proxy(through) if proxy and through.scheme not in _SOCKS else {}
    client = HTTPClient.from_url(
        f"{scheme}://{netloc}/",
        concurrency=_CONNECTIONS_PER_HOST,
        connection_timeout=limits.connect_s,
        network_timeout=limits.idle_s,
        block_size=_READ_BYTES,
        **options,
    )
    if through.scheme in _SOCKS:
        client._connection_pool = _socks_pool(client, limits, through)  # noqa: SLF001 - no way in
    return client


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _http_proxy(through: SplitResult) -> dict[str, Any]:
    return {
        "proxy_host": through.hostname,
        "proxy_port": through.port or (_TLS_PORT if through.scheme == "https" else 80),
        "proxy_user": unquote(through.username) if through.username else None,
        "proxy_password": unquote(through.password) if through.password else None,
    }


def _socks_pool(client: HTTPClient, limits: Limits, through: SplitResult) -> ConnectionPool:
    address = (through.hostname or "", through.port or _SOCKS_PORT, client.host, client.port or 80)
    options: dict[str, Any] = {
        "size": _CONNECTIONS_PER_HOST,
        "connection_timeout": limits.connect_s,
        "network_timeout": limits.idle_s,
        "use_proxy": True,
        "proxy_user": unquote(through.username or ""),
        "proxy_password": unquote(through.password or ""),
    }
    return _SocksTlsPool(*address, **options) if client.ssl else _SocksPool(*address, **options)


class _SocksPool(ConnectionPool):
    """Plain connections through a SOCKS proxy."""

    def _connect_socket(self, sock: Any, address: Any) -> Any:
        connected = super()._connect_socket(sock, address)
        _to_target(self, connected)
        return connected


class _SocksTlsPool(SSLConnectionPool):
    """TLS through a SOCKS proxy: the library asks for the tunnel before it begins TLS."""

    def _setup_proxy(self, sock: Any) -> None:
        _to_target(self, sock)


def _to_target(pool: ConnectionPool, sock: socket) -> None:
    user, _, password = (pool._proxy_credentials or ":").partition(":")  # noqa: SLF001
    socks.connect_through(
        sock,
        pool._request_host,  # noqa: SLF001
        pool._request_port,  # noqa: SLF001
        user=user,
        password=password,
    )
