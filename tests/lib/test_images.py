import struct

import pytest

from oneapi.lib.images import ImageSize, image_size

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480) + b"\x08\x02\0\0\0"
GIF = b"GIF89a" + struct.pack("<HH", 320, 200) + b"\0\0\0"


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(frame_marker: int) -> bytes:
    frame = struct.pack(">BHHB", 8, 600, 800, 3)
    metadata = segment(0xE1, b"Exif\0\0" + b"\xff\xc0\x00" * 100)
    tables = segment(0xC4, bytes(20))
    return b"\xff\xd8" + metadata + tables + b"\xff\xff" + segment(frame_marker, frame)[1:]


def webp(kind: bytes, content: bytes) -> bytes:
    chunk = kind + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


LOSSY = webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 0x4000 | 100, 50))
LOSSLESS = webp(b"VP8L", b"\x2f" + struct.pack("<I", 99 | 49 << 14 | 1 << 28) + bytes(8))
EXTENDED = webp(b"VP8X", bytes(4) + (99).to_bytes(3, "little") + (49).to_bytes(3, "little"))


@pytest.mark.parametrize(
    ("content", "width", "height"),
    [
        (PNG, 640, 480),
        (GIF, 320, 200),
        (jpeg(0xC0), 800, 600),
        (jpeg(0xC2), 800, 600),
        (LOSSY, 100, 50),
        (LOSSLESS, 100, 50),
        (EXTENDED, 100, 50),
    ],
)
def test_the_size_is_read_from_the_first_bytes(content: bytes, width: int, height: int) -> None:
    assert image_size(content) == ImageSize(width, height)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg/>",
        b"\xff\xd8\xff",
        b"\xff\xd8" + segment(0xDA, bytes(10)),
        b"\xff\xd8" + segment(0xE0, bytes(10)) + b"\xff\xd9",
        webp(b"ALPH", bytes(30)),
        b"RIFF\0\0\0\0WAVE" + bytes(30),
        PNG[:12] + b"CgBI" + PNG[16:],
        GIF[:6] + bytes(4),
    ],
)
def test_anything_else_has_no_size(content: bytes) -> None:
    assert image_size(content) is None


@pytest.mark.parametrize("content", [PNG, GIF, jpeg(0xC0), LOSSY, LOSSLESS, EXTENDED])
def test_a_cut_header_has_no_size_and_does_no_harm(content: bytes) -> None:
    for end in range(min(len(content), 24)):
        image_size(content[:end])
    assert image_size(content[:9]) is None
