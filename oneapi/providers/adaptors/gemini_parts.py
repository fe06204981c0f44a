"""Pictures, documents and sound inside messages, as parts of Gemini's contents.

What Google can fetch itself goes by its address: its own file store, Cloud Storage, YouTube.
Everything else goes inside the request.
Source: https://ai.google.dev/api/caching#Part and .../gemini-api/docs/document-processing,
read 2025-11.
"""

import mimetypes
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from oneapi.providers.adaptors.chat_parts import (
    PDF,
    AudioPart,
    FilePart,
    ImagePart,
    Part,
    TextPart,
    file_media,
    is_text_type,
    media_at,
    unsupported_part,
    web_urls,
)
from oneapi.wire.media import Media, is_data_url, read_data_url

_FETCHED_BY_GOOGLE: Final = re.compile(
    r"gs://"
    r"|https://generativelanguage\.googleapis\.com/[^?#]*files/"
    r"|https?://((www|m)\.)?youtube\.com/"
    r"|https?://youtu\.be/",
    re.IGNORECASE,
)

_DOCUMENT_TYPES: Final = ("image/", "audio/", "video/", PDF)
"""Beginnings of media types that a file may have, beside text."""

_Json = dict[str, Any]
_Fetched = Mapping[str, Media]


def urls_to_fetch(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the addresses whose content must stand inside the request."""
    holders = [*messages, *({"content": message.get("images")} for message in messages)]
    return [url for url in web_urls(holders) if not _FETCHED_BY_GOOGLE.match(url)]


def to_part(part: Part, fetched: _Fetched) -> _Json | None:
    """Return Gemini's form of a part; ``None`` for an empty text, which Gemini refuses.

    Raises:
        Refusal: the part's content cannot be had, or is of a kind that Gemini does not read.
    """
    return _WRITERS[type(part)](part, fetched)


def _text(part: TextPart, _fetched: _Fetched) -> _Json | None:
    return {"text": part.text} if part.text else None


def _image(part: ImagePart, fetched: _Fetched) -> _Json:
    if _FETCHED_BY_GOOGLE.match(part.url):
        return _by_address(part.url)
    return _inside(media_at(part.url, fetched))


def _file(part: FilePart, fetched: _Fetched) -> _Json:
    address = part.url or part.file_id
    if _FETCHED_BY_GOOGLE.match(address):
        return _by_address(address)
    if not part.url:
        raise unsupported_part("file")
    media = file_media(part, fetched)
    if not (is_text_type(media.media_type) or media.media_type.startswith(_DOCUMENT_TYPES)):
        raise unsupported_part("file")
    return _inside(media)


def _audio(part: AudioPart, _fetched: _Fetched) -> _Json:
    if is_data_url(part.data):
        return _inside(read_data_url(part.data))
    return {"inlineData": {"mimeType": f"audio/{part.format}", "data": part.data}}


_WRITERS: Final[Mapping[type[Part], Callable[[Any, _Fetched], _Json | None]]] = {
    TextPart: _text,
    ImagePart: _image,
    FilePart: _file,
    AudioPart: _audio,
}


def _inside(media: Media) -> _Json:
    return {"inlineData": {"mimeType": media.media_type, "data": media.base64}}


def _by_address(url: str) -> _Json:
    file: _Json = {"fileUri": url}
    media_type, _ = mimetypes.guess_type(url)
    if media_type is not None:
        file["mimeType"] = media_type
    return {"fileData": file}
