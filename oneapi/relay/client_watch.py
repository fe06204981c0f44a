"""Notice a client that has gone while its stream is silent, or that takes nothing of it.

A generator under gunicorn learns of it only by a write that fails, and the first write after the
client's end still succeeds.  So each stream has a greenlet that waits on the client's socket; it
never ends the call's own greenlet, which may be inside a settlement.
"""

import select
import socket
from collections.abc import Callable
from contextlib import suppress

import gevent
from gevent import monkey
from gevent.socket import wait_read

_PAUSE_S = 0.5
_TAKES_NOTHING_S = 300.0
"""How long a client may leave unread what was sent; after it the server in front closes."""

# The native poll: gevent's own knows no POLLRDHUP.
_native_poll = monkey.get_original("select", "poll")


class ClientWatch:
    """Watches one client from the first byte of its answer to the last."""

    def __init__(self, client: socket.socket | None, on_gone: Callable[[], None]) -> None:
        self._client = client
        self._on_gone = on_gone
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        """Begin to watch; without a socket (a test client) there is nothing to see."""
        if self._client is not None and self._greenlet is None:
            self._client.settimeout(_TAKES_NOTHING_S)
            self._greenlet = gevent.spawn(self._run, self._client)

    def stop(self) -> None:
        """Stop watching; the stream has ended."""
        if self._greenlet is not None and gevent.getcurrent() is not self._greenlet:
            self._greenlet.kill(block=False)
        if self._client is not None:
            self._client.settimeout(None)
        self._greenlet = None

    def hang_up_if_stuck(self) -> None:
        """Break the line to a client that takes nothing, so that whoever writes to it goes on."""
        if self._client is None or self._greenlet is None:
            return
        watch = _native_poll()
        with suppress(OSError):
            watch.register(self._client.fileno(), select.POLLOUT)
            if not watch.poll(0):
                self._client.shutdown(socket.SHUT_RDWR)

    def _run(self, client: socket.socket) -> None:
        try:
            _wait_until_gone(client)
        except OSError:
            return
        self._on_gone()


def _wait_until_gone(client: socket.socket) -> None:
    """Return when the other side has closed; bytes of a next request are no end."""
    watch = _native_poll()
    watch.register(client.fileno(), select.POLLRDHUP)
    wait_read(client.fileno())
    while not watch.poll(0):
        gevent.sleep(_PAUSE_S)
