"""A streamed answer: events go out as they arrive, the end only after the settlement.

The first good event is read before the response begins, so that a failure before it can still be
retried and gets a proper status.  After it the only honest end of a broken stream is an error
event without ``[DONE]``.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from socket import socket

import orjson

from oneapi import resources
from oneapi.errors import UpstreamError
from oneapi.lib.sse import Event, EventTooLarge, LineDecoder, SseDecoder
from oneapi.providers.contract import Framing, StreamReader
from oneapi.relay.client_watch import ClientWatch
from oneapi.relay.error_object import answer_of
from oneapi.relay.render import DONE, KEEP_ALIVE, Renderer, event
from oneapi.relay.route import Route
from oneapi.relay.tally import Tally
from oneapi.relay.upstream import Exchange, silent
from oneapi.wire.answers import Chunk
from oneapi.wire.modes import CHAT_LIKE

logger = logging.getLogger(__name__)

_AFTER_FINISH_S = 5.0
"""How long an upstream that has said its last word may take to end the stream."""

_DRAIN_S = 60.0
_DRAIN_BYTES = 1024 * 1024
_TAIL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnds:
    """What the stream calls when it is over."""

    settle: Callable[[str], None]
    """Charge with how it ended: ``complete``, ``client_gone`` or ``upstream_broken``."""

    failed: Callable[[UpstreamError], None]
    """Tell the channel's health that it broke."""

    close: Callable[[], None]
    """Release what was not settled."""


class AnswerStream:
    """One stream from its upstream to its client."""

    def __init__(
        self,
        route: Route,
        exchange: Exchange,
        renderer: Renderer,
        tally: Tally,
        ends: StreamEnds,
    ) -> None:
        self._route = route
        self._exchange = exchange
        self._renderer = renderer
        self._tally = tally
        self._ends = ends
        self._reader: StreamReader = route.adaptor.open_stream(route.call, route.target)
        self._plain_text: Callable[[bytes], str | None] = getattr(
            self._reader, "plain_text", _never_plain
        )
        framed = route.adaptor.framing is Framing.NDJSON
        self._decoder: SseDecoder | LineDecoder = LineDecoder() if framed else SseDecoder()
        self._watch = ClientWatch(None, self._on_gone)
        self._first = b""
        self._failure: UpstreamError | None = None
        """What broke the stream; raised when all that came before it has gone out."""

        self._at_end = False
        self._came_whole = False
        self._begun = False
        self._settled = False
        self._pure = True
        """Whether every chunk so far was OpenAI-shaped and went out as it came."""

    def prime(self) -> None:
        """Read up to the first event that goes out.

        Raises:
            UpstreamError: the upstream failed, fell silent or said nothing at all.
        """
        while not (self._first or self._at_end):
            piece = self._exchange.read_some(self._route.limits.idle_s)
            if piece is None:
                raise silent()
            self._first += self._take(piece)
            if not self._first:
                self._raise_failure()
        if not self._first:
            self._refuse_nothing()

    def prime_with(self, chunks: Iterable[Chunk]) -> None:
        """Begin with an answer that came whole although a stream was asked for.

        Raises:
            UpstreamError: it says nothing, so it was no answer.
        """
        self._first = b"".join(self._render(chunk) for chunk in chunks)
        self._at_end = self._came_whole = True
        self._refuse_nothing()

    def run(self, client: socket | None, language: str) -> Iterator[bytes]:
        """Yield the pieces of the response body."""
        self._begun = True
        self._watch = watch = ClientWatch(client, self._on_gone)
        watch.start()
        try:
            yield self._first
            yield from self._pump()
            last = self._last_events()
            self._settle("complete")
            yield last + DONE
        except UpstreamError as error:
            if self._exchange.left_by_client:
                return
            self._ends.failed(error)
            self._settle("upstream_broken")
            yield self._error_event(error, language)
        except Exception as error:
            logger.exception("a stream failed", extra={"request_id": self._route.call.request_id})
            self._settle("upstream_broken")
            yield self._error_event(error, language)
        finally:
            watch.stop()
            self._finish()

    def interrupt(self) -> None:
        """Break the stream off from outside; its client gets an error event if it still reads."""
        self._exchange.break_off()
        self._watch.hang_up_if_stuck()

    def close(self) -> None:
        """End a stream that its client may never have started to read; such a one costs nothing."""
        self._finish()

    def _pump(self) -> Iterator[bytes]:
        quiet_s = float(resources.settings.stream_keepalive_s) or math.inf
        heard = wrote = now = time.monotonic()
        self._raise_failure()
        while not self._at_end:
            idle_s = _AFTER_FINISH_S if self._reader.finished else self._route.limits.idle_s
            wait_s = min(heard + idle_s, wrote + quiet_s) - now
            piece = self._exchange.read_some(max(wait_s, 0.0))
            now = time.monotonic()
            out = b""
            if piece is not None:
                heard, out = now, self._take(piece)
            elif now - heard >= idle_s:
                if self._reader.finished:
                    return
                raise silent()
            if not out and now - wrote >= quiet_s:
                out = KEEP_ALIVE
            if out:
                wrote = now
                yield out
            if self._failure is not None:
                raise self._failure
        if not (self._reader.finished or self._came_whole):
            raise _interrupted()

    def _take(self, piece: bytes) -> bytes:
        """Read a piece of the upstream's bytes and return the events that go out.

        A failure is remembered, not raised: the good events before it in the same piece are
        delivered first.
        """
        out = b""
        try:
            if (data := self._decoder.only_data(piece)) is not None:
                if (text := self._plain_text(data)) is not None:
                    self._tally.add_text(text)
                    return piece
                return self._take_event(Event(data))
            for found in self._decoder.feed(piece) if piece else self._decoder.close():
                out += self._take_event(found)
                if self._at_end:
                    break
        except EventTooLarge:
            self._failure = _interrupted()
        except UpstreamError as error:
            self._failure = error
        if not piece:
            self._at_end = True
        return out

    def _refuse_nothing(self) -> None:
        usage = self._tally.upstream
        if not self._tally.delivered and (usage is None or usage.is_empty):
            raise UpstreamError("the stream was empty", status=502, code="empty_stream")

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _take_event(self, found: Event) -> bytes:
        out = b""
        for chunk in self._reader.feed(found):
            out += self._render(chunk)
        if found.data.startswith(b"[DONE]"):
            self._at_end = True
        return out

    def _render(self, chunk: Chunk) -> bytes:
        self._tally.add(chunk)
        if chunk.wire is None:
            self._pure = False
        elif self._route.call.mode not in CHAT_LIKE:
            self._tally.delivered = True  # pictures and sound, which hold no text
        return self._renderer.stream(chunk)

    def _last_events(self) -> bytes:
        """Return the usage chunk of a converted stream; others have sent their own."""
        usage = self._tally.upstream
        if self._pure or usage is None or not self._renderer.with_usage:
            return b""
        return self._renderer.usage_event(usage)

    def _settle(self, ended: str) -> None:
        if not self._settled:
            self._settled = True
            self._ends.settle(ended)

    def _finish(self) -> None:
        if self._begun and not self._settled:
            self._drain_if_wanted()
            self._settle("client_gone")
        if self._reader.finished and not self._exchange.is_complete:
            self._read_tail()
        self._exchange.close()
        self._ends.close()

    def _read_tail(self) -> None:
        """Take the last bytes of the body, so that the connection can be used again."""
        try:
            self._exchange.read_some(_TAIL_S)
        except UpstreamError:
            return

    def _drain_if_wanted(self) -> None:
        """Go on reading for the usage, if the channel wants that, within bounds."""
        if not self._drains or self._at_end:
            return
        give_up, taken = time.monotonic() + _DRAIN_S, 0
        try:
            while not (self._at_end or self._failure) and taken < _DRAIN_BYTES:
                piece = self._exchange.read_some(max(give_up - time.monotonic(), 0))
                if piece is None:
                    return
                taken += len(piece)
                self._take(piece)
        except UpstreamError:
            return

    @property
    def _drains(self) -> bool:
        return self._route.channel.config.get("on_disconnect") == "drain"

    def _on_gone(self) -> None:
        if not self._drains:
            self._exchange.abort()

    def _error_event(self, error: Exception, language: str) -> bytes:
        broke_off = isinstance(error, UpstreamError) and error.transport
        shown = _interrupted() if broke_off else error
        answer = answer_of(shown, request_id=self._route.call.request_id, language=language)
        return event(orjson.dumps(answer.body))


def _never_plain(_data: bytes) -> None:
    """Stand in for a reader whose events never go out as they came."""


def _interrupted() -> UpstreamError:
    return UpstreamError(
        "the upstream's stream was interrupted", status=502, code="stream_interrupted"
    )
