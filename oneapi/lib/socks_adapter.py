"""SOCKS5 for requests, which itself needs one more package for it."""

import socket
from contextlib import ExitStack
from typing import Any
from urllib.parse import unquote, urlsplit

from requests.adapters import DEFAULT_POOLSIZE, HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from oneapi.lib.socks import connect_through

_SCHEMES = ("socks5", "socks5h")
_PORT = 1080


class SocksAdapter(HTTPAdapter):
    """Goes through proxies of every kind that requests is told of; the proxy resolves names."""

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        if urlsplit(proxy).scheme not in _SCHEMES:
            return super().proxy_manager_for(proxy, **options)
        if proxy not in self.proxy_manager:
            manager = PoolManager(DEFAULT_POOLSIZE, _socks_options={"proxy": proxy}, **options)
            manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
            self.proxy_manager[proxy] = manager
        return self.proxy_manager[proxy]


class _Plain(HTTPConnection):
    def __init__(self, *args: Any, _socks_options: dict[str, str], **options: Any) -> None:
        self._proxy = _socks_options["proxy"]
        super().__init__(*args, **options)

    def _new_conn(self) -> socket.socket:
        through = urlsplit(self._proxy)
        login = {
            "user": unquote(through.username or ""),
            "password": unquote(through.password or ""),
        }
        try:
            address = (through.hostname or "", through.port or _PORT)
            with ExitStack() as on_failure:
                sock = on_failure.enter_context(socket.create_connection(address, self.timeout))
                connect_through(sock, self.host, self.port, **login)
                on_failure.pop_all()
        except (OSError, ValueError) as error:
            raise NewConnectionError(self, str(error)) from error
        return sock


class _Tls(_Plain, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls
