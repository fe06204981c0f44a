"""Event streams, however the network cuts them."""

import pytest

from oneapi.lib.sse import Event, EventTooLarge, LineDecoder, SseDecoder

STREAM = (
    b": a comment\n\n"
    b"data: one\n\n"
    b"data:two\r\n\r\n"
    b"event: named\ndata: three\ndata: four\n\n"
    b"id: 7\nretry: 10\ndata: \xe4\xbd\xa0\xe5\xa5\xbd\n\n"
)
EVENTS = [
    Event(b"one"),
    Event(b"two"),
    Event(b"three\nfour", "named"),
    Event("你好".encode()),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_events_are_the_same_however_they_are_cut(size: int) -> None:
    decoder = SseDecoder()
    pieces = [STREAM[i : i + size] for i in range(0, len(STREAM), size)]

    events = [event for piece in pieces for event in decoder.feed(piece)]

    assert [*events, *decoder.close()] == EVENTS


def test_a_piece_that_is_one_event_gives_that_event() -> None:
    decoder = SseDecoder()

    assert list(decoder.feed(b'data: {"a": 1}\n\n')) == [Event(b'{"a": 1}')]
    assert list(decoder.feed(b"data: x\n\ndata: y\n\n")) == [Event(b"x"), Event(b"y")]
    assert list(decoder.close()) == []


def test_a_byte_order_mark_hides_no_event() -> None:
    decoder = SseDecoder()

    assert list(decoder.feed(b"\xef\xbb\xbfdata: x\n\ndata: y\n\n")) == [Event(b"x"), Event(b"y")]


def test_a_line_of_marks_is_no_event_and_no_trap() -> None:
    assert list(SseDecoder().feed(b"\xef\xbb\xbf" * 10_000 + b"\ndata: x\n\n")) == [Event(b"x")]


def test_a_name_belongs_to_its_own_event_only() -> None:
    decoder = SseDecoder()

    first = list(decoder.feed(b"event: a\n"))
    second = list(decoder.feed(b"data: x\n\n"))
    third = list(decoder.feed(b"data: y\n\n"))

    assert (first, second, third) == ([], [Event(b"x", "a")], [Event(b"y")])


def test_an_event_without_its_last_blank_line_still_counts() -> None:
    decoder = SseDecoder()

    assert list(decoder.feed(b"data: last")) == []
    assert list(decoder.close()) == [Event(b"last")]


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 30, b"data: " + b"x" * 30 + b"\n\n"])
def test_an_endless_event_is_refused(piece: bytes) -> None:
    with pytest.raises(EventTooLarge):
        list(SseDecoder(max_event_bytes=20).feed(piece))


def test_lines_of_json_are_events() -> None:
    decoder = LineDecoder()

    events = [*decoder.feed(b'{"a":1}\n\n{"b"'), *decoder.feed(b":2}\r\n{}"), *decoder.close()]

    assert events == [Event(b'{"a":1}'), Event(b'{"b":2}'), Event(b"{}")]


@pytest.mark.parametrize(
    "piece",
    [
        b"data: one\n\ndata: two\n\n",
        b"data: one\n",
        b"data: one\r\n\r\n",
        b"event: x\ndata: one\n\n",
        b": comment\n\n",
        b"data: one\ndata: two\n\n",
        b"",
    ],
)
def test_what_is_not_one_plain_event_is_left_to_the_long_way(piece: bytes) -> None:
    assert SseDecoder().only_data(piece) is None


def test_one_plain_event_has_a_short_way_as_long_as_nothing_is_kept() -> None:
    decoder = SseDecoder()

    assert decoder.only_data(b"data: one\n\n") == b"one"
    list(decoder.feed(b"data: half"))
    assert decoder.only_data(b"data: one\n\n") is None


def test_one_whole_line_has_a_short_way_too() -> None:
    decoder = LineDecoder()

    assert decoder.only_data(b'{"a":1}\n') == b'{"a":1}'
    assert decoder.only_data(b"\n") is None
    list(decoder.feed(b'{"b"'))
    assert decoder.only_data(b":2}\n") is None
