"""Text, pictures and documents inside messages, as Claude's content blocks.

Anthropic itself fetches pictures and documents by address and keeps files for its clients; the
clouds that run Claude want everything inside the request.
Source: https://platform.claude.com/docs/en/build-with-claude/vision and .../pdf-support,
.../files, read 2025-11.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    is_web_url,
    media_at,
    parts_of,
    unsupported_part,
)
from oneapi.wire.media import Media

_Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the content of a block may come from beside the request itself."""

    fetched: Mapping[str, Media]
    """What the relay fetched, by address."""

    takes_urls: bool
    """Whether the host fetches by address itself."""

    takes_file_ids: bool
    """Whether the host keeps files, and the client uses them."""


def to_blocks(content: Any, sources: Sources) -> list[_Json]:
    """Return the blocks of a message's content, without blank texts, which Claude refuses.

    Raises:
        Refusal: a part's content cannot be had, or is of a kind that Claude does not read.
    """
    blocks = (_WRITERS[type(part)](part, sources) for part in parts_of(content))
    return [block for block in blocks if block is not None]


def to_texts(content: Any) -> list[_Json]:
    """Return the text blocks of an instruction.

    Raises:
        Refusal: it holds something else; instructions are text.
    """
    parts = parts_of(content)
    for part in parts:
        if not isinstance(part, TextPart):
            raise unsupported_part(str(part.source.get("type")))
    return [block for part in parts if isinstance(part, TextPart) and (block := _text(part))]


def extended(block: _Json, source: Mapping[str, Any], *names: str) -> _Json:
    """Add the named extension members of the client's part to its block."""
    return {**block, **{name: source[name] for name in names if source.get(name) is not None}}


def _text(part: TextPart, _sources: Sources | None = None) -> _Json | None:
    if not part.text.strip():
        return None
    return extended({"type": "text", "text": part.text}, part.source, "cache_control")


def _image(part: ImagePart, sources: Sources) -> _Json:
    if sources.takes_urls and is_web_url(part.url):
        block = _by_url("image", part.url)
    else:
        block = _inside(media_at(part.url, sources.fetched), "image_url")
    return extended(block, part.source, "cache_control")


def _file(part: FilePart, sources: Sources) -> _Json:
    if part.url:
        by_url = sources.takes_urls and is_web_url(part.url)
        block = (
            _by_url("document", part.url)
            if by_url
            else _inside(file_media(part, sources.fetched), "file")
        )
    elif part.file_id and sources.takes_file_ids:
        block = {"type": "document", "source": {"type": "file", "file_id": part.file_id}}
    else:
        raise unsupported_part("file")
    if block["type"] != "document":
        return extended(block, part.source, "cache_control")
    if part.filename:
        block["title"] = part.filename
    return extended(block, part.source, "citations", "cache_control")


def _audio(_part: AudioPart, _sources: Sources) -> _Json:
    raise unsupported_part("input_audio")


_WRITERS: Final[Mapping[type[Part], Callable[[Any, Sources], _Json | None]]] = {
    TextPart: _text,
    ImagePart: _image,
    FilePart: _file,
    AudioPart: _audio,
}


def _by_url(kind: str, url: str) -> _Json:
    return {"type": kind, "source": {"type": "url", "url": url}}


def _inside(media: Media, part: str) -> _Json:
    """Return the block that fits the content, whatever kind of part it came in."""
    if is_text_type(media.media_type):
        text = media.content.decode("utf-8", "replace")
        source = {"type": "text", "media_type": "text/plain", "data": text}
        return {"type": "document", "source": source}
    kind = "image" if media.media_type.startswith("image/") else "document"
    if kind == "document" and media.media_type != PDF:
        raise unsupported_part(part)
    source = {"type": "base64", "media_type": media.media_type, "data": media.base64}
    return {"type": kind, "source": source}
