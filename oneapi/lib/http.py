"""Outgoing calls of the control plane: sign-in services, balances, captchas, pushed messages.

A thin layer over requests: every call has a time limit, an answer has a size limit, and every
failure is one exception.  The relay has a client of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import gevent
import orjson
import requests

from oneapi.lib.socks_adapter import SocksAdapter

TIMEOUT_S: Final = 20.0
MAX_BYTES: Final = 16 * 1024 * 1024

_PIECE = 64 * 1024


class HttpError(Exception):
    """A call failed; ``status`` is the answer's, 0 where there was none.

    The message names no query string and no header, which may hold keys.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer of any status; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Parse the body of a successful answer.

        Raises:
            HttpError: the status is no 2xx, or the body is no JSON.
        """
        if not 200 <= self.status < 300:
            raise HttpError(f"status code: {self.status}", self.status)
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise HttpError("the answer is no JSON", self.status) from error


def get(
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    proxy: str = "",
    timeout_s: float = TIMEOUT_S,
) -> HttpAnswer:
    """Send a GET; redirects are followed.

    ``proxy`` (an address of http, https or socks5) goes before those of the system's variables.

    Raises:
        HttpError: no whole answer came within ``timeout_s``.
    """
    through = {"http": proxy, "https": proxy} if proxy else None
    return _send("GET", url, timeout_s, params=params, headers=headers, proxies=through)


def post(
    url: str,
    *,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> HttpAnswer:
    """Send a POST with a JSON body or a form; a redirect is an answer, not followed.

    Raises:
        HttpError: no whole answer came within ``timeout_s``.
    """
    return _send(
        "POST", url, timeout_s, json=json, data=form, headers=headers, allow_redirects=False
    )


def _send(method: str, url: str, timeout_s: float, **options: Any) -> HttpAnswer:
    too_slow = HttpError("the call took too long")
    try:
        # requests' own limit is one per read; the other one is for the whole call.
        with gevent.Timeout(timeout_s, too_slow), requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, SocksAdapter())
            return _read(session.request(method, url, timeout=timeout_s, stream=True, **options))
    except requests.RequestException as error:
        raise HttpError(f"the call failed: {type(error).__name__}") from error


def _read(response: requests.Response) -> HttpAnswer:
    pieces, size = [], 0
    for piece in response.iter_content(_PIECE):
        size += len(piece)
        if size > MAX_BYTES:
            raise HttpError("the answer is too large", response.status_code)
        pieces.append(piece)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HttpAnswer(response.status_code, headers, b"".join(pieces))
