"""Width and height of a picture from its first bytes; nothing is decoded.

Sources: the PNG specification (IHDR), ITU T.81 annex B (JPEG frame headers), the GIF89a
specification (logical screen), RFC 9649 (WebP).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageSize:
    """In pixels, as stored: a rotation that EXIF asks for is not applied."""

    width: int
    height: int


def image_size(content: bytes) -> ImageSize | None:
    """Return the size of a PNG, JPEG, GIF or WebP picture; ``None`` for anything else.

    A JPEG's size may stand behind large metadata blocks, so give it the whole file if possible;
    the other formats need 30 bytes.
    """
    for magic, read in _READERS:
        if content.startswith(magic):
            try:
                size = read(content)
            except (struct.error, IndexError):
                return None
            return size if size and size.width and size.height else None
    return None


def _png(content: bytes) -> ImageSize | None:
    if content[12:16] != b"IHDR":
        return None
    return ImageSize(*struct.unpack_from(">II", content, 16))


def _gif(content: bytes) -> ImageSize | None:
    return ImageSize(*struct.unpack_from("<HH", content, 6))


_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})
"""Within C0-CF, where frame headers are: Huffman tables, a reserved marker, conditioning."""

_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length: TEM, RST0-7, SOI."""

_SCAN_OR_END = frozenset({0xDA, 0xD9})


def _jpeg(content: bytes) -> ImageSize | None:
    position = 2
    while True:
        while content[position] != 0xFF:
            position += 1
        while content[position] == 0xFF:
            position += 1
        marker = content[position]
        position += 1
        if marker in _SCAN_OR_END:
            return None
        if marker in _BARE_MARKERS:
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = struct.unpack_from(">HH", content, position + 3)
            return ImageSize(width, height)
        position += struct.unpack_from(">H", content, position)[0]


def _webp(content: bytes) -> ImageSize | None:
    if content[8:12] != b"WEBP":
        return None
    kind = content[12:16]
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", content, 26)
        # The upper two bits of each ask for scaling, which decoders ignore.
        return ImageSize(width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L" and content[20] == 0x2F:
        bits = struct.unpack_from("<I", content, 21)[0]
        return ImageSize((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X" and len(content) >= 30:
        width = int.from_bytes(content[24:27], "little") + 1
        return ImageSize(width, int.from_bytes(content[27:30], "little") + 1)
    return None


_READERS: tuple[tuple[bytes, Callable[[bytes], ImageSize | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"RIFF", _webp),
)
