"""Bytes that pass as they arrive: speech and the raw proxy.

The body's end, which the server in front writes after the last piece, leaves after the call is
settled.
"""

from collections.abc import Iterator
from socket import socket

from oneapi.errors import UpstreamError
from oneapi.relay.client_watch import ClientWatch
from oneapi.relay.stream import StreamEnds
from oneapi.relay.upstream import Exchange, silent


class RawStream:
    """One body from upstream to client."""

    def __init__(self, exchange: Exchange, ends: StreamEnds, idle_s: float) -> None:
        self._exchange = exchange
        self._ends = ends
        self._idle_s = idle_s
        self._watch = ClientWatch(None, exchange.abort)
        self._begun = False
        self._settled = False

    def run(self, client: socket | None) -> Iterator[bytes]:
        """Yield the body; a break ends it early, which HTTP shows by its missing end.

        Raises:
            UpstreamError: the upstream broke off or fell silent.
        """
        self._begun = True
        self._watch = watch = ClientWatch(client, self._exchange.abort)
        watch.start()
        try:
            while piece := self._exchange.read_some(self._idle_s):
                yield piece
            if piece is None:
                raise silent()
            self._settle("complete")
        except UpstreamError as error:
            if self._exchange.left_by_client:
                return
            self._ends.failed(error)
            self._settle("upstream_broken")
            raise
        finally:
            watch.stop()
            self.close()

    def interrupt(self) -> None:
        """Break the body off from outside."""
        self._exchange.break_off()
        self._watch.hang_up_if_stuck()

    def close(self) -> None:
        """End a stream that may never have been started; such a one costs nothing."""
        if self._begun:
            self._settle("client_gone")
        self._exchange.close()
        self._ends.close()

    def _settle(self, ended: str) -> None:
        if not self._settled:
            self._settled = True
            self._ends.settle(ended)
