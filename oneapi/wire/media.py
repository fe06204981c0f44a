"""Pictures and documents inside messages: data URLs and what was fetched for http ones."""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from oneapi.errors import Refusal


@dataclass(frozen=True, slots=True)
class Media:
    """Bytes with their media type."""

    media_type: str
    content: bytes

    @property
    def base64(self) -> str:
        """The bytes as dialects with inline data want them."""
        return base64.b64encode(self.content).decode()


def sniff(content: bytes, fallback: str) -> str:
    """Return the media type that the first bytes show, else ``fallback``."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return fallback


def is_data_url(url: str) -> bool:
    """Say whether the URL carries its content itself."""
    return url[:5].lower() == "data:"


def read_data_url(url: str) -> Media:
    """Decode a data URL (RFC 2397): base64 or percent-encoded, white space in base64 removed.

    Raises:
        Refusal: ``invalid_image_url``, the URL cannot be decoded.
    """
    head, comma, data = url[5:].partition(",")
    if not comma:
        raise Refusal("invalid_image_url")
    media_type = head.split(";", 1)[0].strip() or "text/plain"
    if head.lower().rstrip().endswith(";base64"):
        try:
            content = base64.b64decode("".join(data.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refusal("invalid_image_url") from error
    else:
        content = unquote_to_bytes(data)
    return Media(sniff(content, media_type), content)
