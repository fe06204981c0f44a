"""The parts of a message's content, read into one shape for converting adaptors.

A client writes pictures and documents in several ways: as an object or a bare string, as a data
URL, as base64 alone, or as an address to fetch.  Here each becomes one typed part; what to do
with it is the dialect's business.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from oneapi.errors import Refusal
from oneapi.wire.media import Media, is_data_url, read_data_url

_TYPES_BY_ENDING: Final = {
    ".csv": "text/csv",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".htm": "text/html",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
}

_VAGUE_TYPES = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})
"""Media types that say less than the ending of a file's name."""

_TEXT_TYPES = frozenset({"application/json", "application/xml"})

PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text, a refusal's text included."""

    text: str
    source: Mapping[str, Any]
    """The part as the client sent it, for extension members; empty for a plain string."""


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture: its data URL or its http(s) address."""

    url: str
    source: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FilePart:
    """A document: inside a data URL, at an http(s) address, or kept by the provider."""

    filename: str
    url: str
    file_id: str
    source: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AudioPart:
    """Recorded sound in base64; ``format`` is OpenAI's word: ``wav`` or ``mp3``."""

    data: str
    format: str
    source: Mapping[str, Any]


Part = TextPart | ImagePart | FilePart | AudioPart


def parts_of(content: Any) -> list[Part]:
    """Read a message's content; ``None`` has no parts.

    Raises:
        Refusal: ``unsupported_content_part``, a part is of a kind that nobody here knows.
    """
    if content is None:
        return []
    if isinstance(content, str):
        return [TextPart(content, {})]
    if not isinstance(content, list):
        raise Refusal("unsupported_value", param="messages.content")
    return [_part(item) for item in content]


def text_of(content: Any) -> str:
    """Join the text parts of a content; parts of other kinds are passed over."""
    return "".join(part.text for part in parts_of(content) if isinstance(part, TextPart))


def unsupported_part(kind: str) -> Refusal:
    """Return the refusal of a part that the dialect cannot express."""
    return Refusal("unsupported_content_part", param="messages.content", part=kind)


def is_web_url(url: str) -> bool:
    """Say whether something must be fetched to have the content."""
    return url[:8].lower().startswith(("http://", "https://"))


def web_urls(messages: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the http(s) addresses of all pictures and documents, each once, in order."""
    found: dict[str, None] = {}
    for message in messages:
        content = message.get("content")
        for item in content if isinstance(content, list) else []:
            url = _url(item)
            if is_web_url(url):
                found[url] = None
    return list(found)


def media_at(url: str, fetched: Mapping[str, Media]) -> Media:
    """Return the content behind a data URL, or what was fetched for an http(s) address.

    Raises:
        Refusal: ``invalid_image_url``, the URL is neither, or cannot be decoded.
    """
    if is_data_url(url):
        return read_data_url(url)
    media = fetched.get(url)
    if media is None:
        raise Refusal("invalid_image_url", param="messages.content")
    return media


def file_media(part: FilePart, fetched: Mapping[str, Media]) -> Media:
    """Return a document's content; its name's ending decides where the media type is vague.

    Raises:
        Refusal: as ``media_at``; also for a file that only its id names.
    """
    media = media_at(part.url, fetched)
    if media.media_type.lower() not in _VAGUE_TYPES:
        return media
    ending = PurePosixPath(part.filename).suffix.lower()
    return Media(_TYPES_BY_ENDING.get(ending, media.media_type), media.content)


def is_text_type(media_type: str) -> bool:
    """Say whether a document of this media type can be sent as text."""
    return media_type.startswith("text/") or media_type in _TEXT_TYPES


def _part(item: Any) -> Part:
    if not isinstance(item, dict):
        raise Refusal("unsupported_value", param="messages.content")
    kind = item.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is not None:
        return read(item)
    for name in ("text", "refusal"):
        if isinstance(item.get(name), str):
            return TextPart(item[name], item)
    raise unsupported_part(str(kind))


def _image(item: dict[str, Any]) -> Part:
    return ImagePart(_url(item), item)


def _file(item: dict[str, Any]) -> Part:
    file = item.get("file")
    filename = file.get("filename") if isinstance(file, dict) else None
    file_id = file.get("file_id") if isinstance(file, dict) else None
    return FilePart(
        filename=filename if isinstance(filename, str) else "",
        url=_url(item),
        file_id=file_id if isinstance(file_id, str) else "",
        source=item,
    )


def _audio(item: dict[str, Any]) -> Part:
    audio = item.get("input_audio")
    if not isinstance(audio, dict) or not isinstance(audio.get("data"), str):
        raise Refusal("unsupported_value", param="messages.content.input_audio")
    sound_format = audio.get("format")
    return AudioPart(audio["data"], sound_format if isinstance(sound_format, str) else "wav", item)


_READERS: Final[Mapping[str, Callable[[dict[str, Any]], Part]]] = {
    "image_url": _image,
    "file": _file,
    "input_audio": _audio,
}


def _url(item: Any) -> str:
    """Return the address of a picture or document; empty for other parts and a bare file id."""
    if not isinstance(item, dict):
        return ""
    if item.get("type") == "image_url":
        image = item.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        return url if isinstance(url, str) else ""
    file = item.get("file") if item.get("type") == "file" else None
    if not isinstance(file, dict):
        return ""
    data, file_id = file.get("file_data"), file.get("file_id")
    if isinstance(data, str) and data:
        # OpenAI wants a data URL; several clients send the base64 alone.
        return data if is_data_url(data) or is_web_url(data) else f"data:;base64,{data}"
    return file_id if isinstance(file_id, str) and is_web_url(file_id) else ""
