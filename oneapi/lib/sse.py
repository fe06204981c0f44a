"""Server-sent events: from whatever pieces the network brings to whole events.

Accepts LF and CRLF, ``data:`` with and without a blank, several data lines in one event, and
UTF-8 split anywhere (bytes are only cut at line ends); a byte order mark is skipped.
"""

from collections.abc import Iterator

from msgspec import Struct

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_EVENT_BYTES = 16 * 1024 * 1024


class Event(Struct, frozen=True):
    """One event: its name (mostly empty) and its data lines joined by line feeds."""

    data: bytes
    name: str = ""


class EventTooLarge(Exception):
    """An event passed the size limit."""


class SseDecoder:
    """Turns bytes into events, keeping what is not complete yet."""

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._rest = b""
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0
        self._max = max_event_bytes

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Return the events that are complete with this piece.

        Raises:
            EventTooLarge: one event or line is longer than the limit.
        """
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > self._max:
            raise EventTooLarge
        for line in lines:
            line = line[:-1] if line.endswith(b"\r") else line
            if not line:
                if self._data:
                    yield self._take()
                self._name = ""
            else:
                self._read(line)

    def only_data(self, piece: bytes) -> bytes | None:
        """Return the data if nothing is kept and the piece is exactly one event without a name.

        Most pieces are, and this costs a fraction of ``feed``, which takes the others.
        """
        if (
            piece.startswith(b"data: ")
            and piece.endswith(b"\n\n")
            and piece.count(b"\n") == 2
            and b"\r" not in piece
            and len(piece) <= self._max
            and not (self._rest or self._data or self._name)
        ):
            return piece[6:-2]
        return None

    def close(self) -> Iterator[Event]:
        """Return the event that the upstream ended without its blank line, if there is one."""
        if self._rest:
            rest, self._rest = self._rest, b""
            self._read(rest.rstrip(b"\r"))
        if self._data:
            yield self._take()

    def _read(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            value = line[6:] if line[5:6] == b" " else line[5:]
            self._size += len(value)
            if self._size > self._max:
                raise EventTooLarge
            self._data.append(value)
        elif line.startswith(b"event:"):
            self._name = line[6:].strip().decode("utf-8", "replace")
        elif line.startswith(_BYTE_ORDER_MARK):
            self._read(line.lstrip(_BYTE_ORDER_MARK))

    def _take(self) -> Event:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        event = Event(data, self._name)
        self._data, self._size = [], 0
        return event


class LineDecoder:
    """Turns newline-delimited JSON into events, one a line."""

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._rest = b""
        self._max = max_event_bytes

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Return an event per complete, non-empty line.

        Raises:
            EventTooLarge: a line is longer than the limit.
        """
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > self._max:
            raise EventTooLarge
        for line in lines:
            if text := line.strip():
                yield Event(text)

    def only_data(self, piece: bytes) -> bytes | None:
        """Return the data if nothing is kept and the piece is exactly one line."""
        if not self._rest and piece.endswith(b"\n") and piece.count(b"\n") == 1:
            return piece.strip() or None if len(piece) <= self._max else None
        return None

    def close(self) -> Iterator[Event]:
        """Return the last line when the upstream did not end it."""
        rest, self._rest = self._rest.strip(), b""
        if rest:
            yield Event(rest)
