"""A connection through a SOCKS5 proxy; the proxy resolves the name.

Sources: RFC 1928 (the protocol) and RFC 1929 (user name and password).
"""

from socket import socket

_VERSION = 5
_NO_LOGIN, _PASSWORD = 0, 2
_NAME = 3
_ADDRESS_BYTES = {1: 4, 4: 16}


def connect_through(
    sock: socket, host: str, port: int, *, user: str = "", password: str = ""
) -> None:
    """Make a socket that is connected to the proxy one that is connected to ``host``.

    Raises:
        ConnectionError: the proxy refused, or spoke something else.
    """
    sock.sendall(bytes((_VERSION, 1, _PASSWORD if user else _NO_LOGIN)))
    version, method = _read(sock, 2)
    if version != _VERSION or method not in (_NO_LOGIN, _PASSWORD):
        raise ConnectionError("the SOCKS proxy accepts no way of signing in")
    if method == _PASSWORD:
        _sign_in(sock, user, password)
    name = host.encode("idna")
    request = bytes((_VERSION, 1, 0, _NAME, len(name))) + name + port.to_bytes(2, "big")
    sock.sendall(request)
    _, reply, _, kind = _read(sock, 4)
    if reply != 0:
        raise ConnectionError(f"the SOCKS proxy refused the connection ({reply})")
    length = _ADDRESS_BYTES.get(kind) or _read(sock, 1)[0]
    _read(sock, length + 2)


def _sign_in(sock: socket, user: str, password: str) -> None:
    name, secret = user.encode(), password.encode()
    sock.sendall(bytes((1, len(name))) + name + bytes((len(secret),)) + secret)
    _, status = _read(sock, 2)
    if status != 0:
        raise ConnectionError("the SOCKS proxy refused the password")


def _read(sock: socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise ConnectionError("the SOCKS proxy closed the connection")
        data += piece
    return data
