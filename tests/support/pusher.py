"""A message pusher on a loopback port."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.web_server import Told, WebServer, web_server

PUSHED = {"success": True, "message": ""}


@contextmanager
def pusher(answer: Any = PUSHED, *, status: int = 200) -> Iterator[WebServer]:
    """Answer every push with this."""
    told = Told(json.dumps(answer).encode(), status=status)
    with web_server(lambda _: told) as server:
        yield server
