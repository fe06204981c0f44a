"""What an adaptor is: values in, values out, no I/O.

One adaptor speaks one dialect.  It says what to send for a call, and reads what came back into
the neutral shapes of ``wire.answers``.  Sending, waiting, retrying, charging and writing to the
client belong to the relay.  Adaptor objects hold no state; a stream's state lives in the reader
that ``open_stream`` returns.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import orjson
from msgspec import Struct

from oneapi.errors import UpstreamError
from oneapi.lib.sse import Event
from oneapi.providers.catalog import ChannelType
from oneapi.wire.answers import Answer, Chunk
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode


class Framing(StrEnum):
    """How a streamed answer is cut into events."""

    SSE = "sse"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """What an adaptor may know of the gateway around it."""

    name: str = "One API"
    address: str = "http://localhost:3000"
    gemini_version: str = "v1beta"
    gemini_safety_setting: str = "BLOCK_NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One channel as an adaptor needs it for one call."""

    channel_type: ChannelType
    base_url: str
    """Effective base URL without a trailing slash."""

    api_key: str = field(repr=False)
    model: str
    """The actual model: the client's name after the channel's mapping."""

    config: Mapping[str, str] = field(default_factory=dict, repr=False)
    passed_headers: tuple[str, ...] = ()
    """The client's headers that may go on to the upstream, lower case."""

    ask_usage: bool = True
    """Whether a streamed call should ask an OpenAI-shaped upstream for its usage."""

    gateway: Gateway = Gateway()


class UpstreamRequest(Struct, frozen=True, kw_only=True):
    """What to send; always with a whole body, so the length is known."""

    method: str = "POST"
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    dropped: tuple[str, ...] = ()
    """Fields of the client's request that the dialect cannot say (``X-Oneapi-Dropped``)."""

    rest: tuple["UpstreamRequest", ...] = ()
    """Sent one after the other behind this one, where a call is too large for one request; each
    answer is read by itself and holds vectors, which are joined in order."""

    def __repr__(self) -> str:
        """Show nothing of the headers, which hold the key, and of the body."""
        return f"UpstreamRequest({self.method} {self.url})"

    @classmethod
    def json(
        cls,
        url: str,
        payload: Any,
        *,
        headers: Mapping[str, str],
        dropped: Iterable[str] = (),
    ) -> "UpstreamRequest":
        """Build a JSON POST; ``payload`` may also be bytes that are JSON already."""
        body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        all_headers = {"Content-Type": "application/json", **headers}
        return cls(url=url, headers=all_headers, body=body, dropped=tuple(dropped))


class Reply(Struct, frozen=True):
    """A whole upstream answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """Media type without parameters."""
        return self.headers.get("content-type", "").split(";", 1)[0].strip().lower()


class StreamReader(Protocol):
    """Reads one streamed answer; the relay pushes each event as it arrives.

    Pushed, not pulled, so that the relay can wait with a limit, send keep-alive comments and
    notice a client that left between any two events.

    A reader whose events mostly go out as the bytes that came may have a method ``plain_text``:
    from the data of an event to its text, ``None`` if there is more to it than that.
    """

    @property
    def finished(self) -> bool:
        """Whether the upstream said that the answer is whole; an end before that is a break."""
        ...

    def feed(self, event: Event) -> Iterable[Chunk]:
        """Return what this event says, often one chunk, sometimes none.

        Raises:
            UpstreamError: the event reports a failure.
        """
        ...


class Adaptor(Protocol):
    """The questions every dialect answers."""

    modes: frozenset[RelayMode]
    framing: Framing

    def media_urls(self, call: RelayCall, target: Target) -> list[str]:
        """Return the http(s) URLs whose content the request must hold; the relay fetches them."""
        ...

    def build_request(self, call: RelayCall, target: Target) -> UpstreamRequest:
        """Say what to send for this call.

        Raises:
            Refusal: the client asked for something that the dialect cannot express.
        """
        ...

    def read_reply(self, call: RelayCall, target: Target, reply: Reply) -> Answer:
        """Read a whole, successful answer.

        Raises:
            UpstreamError: the body reports a failure, or cannot be read.
        """
        ...

    def open_stream(self, call: RelayCall, target: Target) -> StreamReader:
        """Return the reader of one streamed answer."""
        ...

    def read_error(self, target: Target, reply: Reply) -> UpstreamError:
        """Read an answer whose status says that it failed."""
        ...
