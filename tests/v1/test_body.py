import gzip
import io
from typing import Any

import gevent
import pytest

from oneapi.errors import Refusal
from oneapi.v1 import body
from oneapi.wire.forms import Form, FormFile


class Dribble(io.BytesIO):
    """A connection that brings a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(7 if size is None or size < 0 else size, 7))


def environ(raw: bytes, **members: Any) -> dict[str, Any]:
    return {"wsgi.input": Dribble(raw), "CONTENT_LENGTH": str(len(raw)), **members}


def refused(found: Any) -> tuple[str, int]:
    return found.value.code, found.value.status


@pytest.mark.parametrize("raw", [b"", b"x", b"x" * 100])
def test_a_body_is_read_to_its_announced_end(raw: bytes) -> None:
    assert (
        body.read(
            environ(raw + b"of the next request") | {"CONTENT_LENGTH": str(len(raw))},
            most_bytes=1000,
        )
        == raw
    )


def test_a_body_without_a_length_is_read_to_its_end() -> None:
    assert body.read(environ(b"x" * 50, CONTENT_LENGTH=""), most_bytes=50) == b"x" * 50


@pytest.mark.parametrize("length", ["51", ""])
def test_a_body_over_the_limit_is_413_announced_or_not(length: str) -> None:
    with pytest.raises(Refusal) as refusal:
        body.read(environ(b"x" * 51, CONTENT_LENGTH=length), most_bytes=50)

    assert refused(refusal) == ("request_too_large", 413)


def test_a_body_that_ends_early_is_400() -> None:
    with pytest.raises(Refusal) as refusal:
        body.read(environ(b"x" * 5, CONTENT_LENGTH="9"), most_bytes=50)

    assert refused(refusal) == ("invalid_request_body", 400)


def test_a_zipped_body_is_unpacked() -> None:
    packed = gzip.compress(b"hello" * 10)

    assert body.read(environ(packed, HTTP_CONTENT_ENCODING="gzip"), most_bytes=99) == b"hello" * 10


def test_a_bomb_is_unpacked_no_further_than_the_limit() -> None:
    packed = gzip.compress(b"x" * 1_000_000)

    with pytest.raises(Refusal) as refusal:
        body.read(environ(packed, HTTP_CONTENT_ENCODING="gzip"), most_bytes=5000)

    assert refused(refusal) == ("request_too_large", 413)


def test_unpacking_stops_nobody_else() -> None:
    packed = gzip.compress(bytes(range(256)) * 80_000)
    unpacking = gevent.spawn(
        body.read, environ(packed, HTTP_CONTENT_ENCODING="gzip"), most_bytes=30_000_000
    )
    turns = 0
    while not unpacking.ready():
        gevent.sleep(0.001)
        turns += 1

    assert len(unpacking.get()) == 256 * 80_000
    assert turns > 5


@pytest.mark.parametrize("raw", [b"plain", gzip.compress(b"hello")[:-3]])
def test_what_is_called_gzip_and_is_none_is_400(raw: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        body.read(environ(raw, HTTP_CONTENT_ENCODING="gzip"), most_bytes=99)

    assert refused(refusal) == ("invalid_request_body", 400)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"7", b"null", b'"x"', b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":1}x', b"\x00"],
)
def test_what_is_no_json_object_is_400(raw: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        body.parse_json(raw)

    assert refused(refusal) == ("invalid_request_body", 400)


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_nesting_has_a_limit() -> None:
    assert body.parse_json(nested(150))
    with pytest.raises(Refusal) as refusal:
        body.parse_json(nested(250))

    assert refused(refusal) == ("invalid_request_body", 400)


def test_many_brackets_side_by_side_are_no_depth() -> None:
    assert len(body.parse_json(b'{"a":[' + b"[]," * 5000 + b"[]]}")["a"]) == 5001


def test_a_form_keeps_fields_and_files_in_order() -> None:
    form = Form(
        fields=(("model", "whisper-1"), ("tag", "a"), ("tag", "ü")),
        files=(FormFile("file", 'a"b.mp3', "audio/mpeg", b"\x00\xff\r\n--"),),
    )
    content_type, raw = form.encode()

    found = body.parse_form(raw, content_type)

    assert found.fields == form.fields
    assert [(f.name, f.content_type, f.content) for f in found.files] == [
        ("file", "audio/mpeg", b"\x00\xff\r\n--")
    ]


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_without_a_boundary_is_400(content_type: str) -> None:
    with pytest.raises(Refusal) as refusal:
        body.parse_form(b"--x\r\n\r\n", content_type)

    assert refused(refusal) == ("invalid_request_body", 400)


def test_a_form_that_was_cut_is_400() -> None:
    content_type, raw = Form(fields=(("a", "b" * 500),)).encode()

    with pytest.raises(Refusal) as refusal:
        body.parse_form(raw[:200], content_type)

    assert refused(refusal) == ("invalid_request_body", 400)
