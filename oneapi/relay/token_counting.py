"""How many tokens a prompt has: what to reserve, and what to charge when nobody else counted.

Pure: pictures are measured where their bytes are at hand (data URLs, what the relay fetched),
never fetched for this.  Sources: OpenAI's cookbook on counting tokens of messages and OpenAI's
vision guide (tiles); the figures for tools and audio are estimates of our own.
"""

import base64
import binascii
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from oneapi.lib.images import ImageSize, image_size
from oneapi.relay import tokenizer
from oneapi.wire.calls import RelayCall
from oneapi.wire.media import is_data_url
from oneapi.wire.modes import RelayMode

SizeOf = Callable[[str], ImageSize | None]
"""From a picture's URL to its size: ``None`` if unknown, 0 x 0 if it is no picture."""

_REPLY_PRIMING: Final = 3
"""Every answer is primed with the assistant's role."""

_PER_TOOL: Final = 8
_AUDIO_TOKENS_PER_SECOND: Final = 10
_AUDIO_BYTES_PER_SECOND: Final = {"wav": 48_000, "mp3": 16_000}
"""16 bit at 24 kHz, 128 kbit/s."""
_LEAST_AUDIO_RATE: Final = 1000
"""A WAV header that claims less is not believed: the bound would no longer be one."""

_TILE: Final = 512
_LONGEST_SIDE: Final = 2048
_SHORTER_SIDE: Final = 768
_UNKNOWN_TILES: Final = 4
"""A picture of 1024 x 1024."""

_HEADER_BASE64: Final = 256 * 1024
"""Characters of a data URL that are decoded to find the size; a multiple of four."""

_NO_PICTURE: Final = ImageSize(0, 0)


@dataclass(frozen=True, slots=True)
class _ImagePrice:
    base: int
    tile: int


_IMAGE: Final = _ImagePrice(base=85, tile=170)
_IMAGE_OF_MINI: Final = _ImagePrice(base=2833, tile=5667)


@dataclass(frozen=True, slots=True)
class _MessageRules:
    per_message: int
    per_name: int


_RULES: Final = _MessageRules(per_message=3, per_name=1)
_RULES_BY_MODEL: Final = {"gpt-3.5-turbo-0301": _MessageRules(per_message=4, per_name=-1)}


@dataclass(slots=True)
class _Found:
    """What a prompt consists of: texts still to count, and tokens known already."""

    texts: list[str] = field(default_factory=list)
    tokens: int = 0


def prompt_tokens(
    call: RelayCall, model: str, *, approximate: bool = False, size_of: SizeOf | None = None
) -> int:
    """Count a call's prompt with the encoding and the rules of ``model``.

    ``approximate`` is the operator's choice of 0.38 tokens per byte of text.  Pictures whose
    size nobody knows count as 1024 x 1024.
    """
    found = _Found()
    if call.mode is RelayMode.CHAT:
        _add_chat(found, call, model, size_of or sizes_of(call))
    else:
        for name in ("prompt", "suffix", "input", "instruction"):
            _add_input(found, call.body.get(name))
    if approximate:
        return found.tokens + sum(map(tokenizer.approximate, found.texts))
    return found.tokens + tokenizer.count_texts(model, found.texts)


def upper_bound(call: RelayCall, model: str = "") -> int:
    """Return a number that the count never exceeds, without counting.

    A text has no more tokens than bytes.  Only pictures may cost more than their address is
    long; they are added.  ``model`` (else the client's) tells the price of pictures.
    """
    if call.form is not None:
        texts = sum(len(value.encode()) for _, value in call.form.fields)
    else:
        texts = len(call.raw or orjson.dumps(dict(call.body)))
    parts = [part for message in call.messages for part in _parts(message.get("content"))]
    if not parts:
        return texts
    size_of, name = sizes_of(call), model or call.model
    pictures = (part for part in parts if part.get("type") == "image_url")
    return texts + sum(image_tokens(name, part, size_of) for part in pictures)


def image_tokens(model: str, part: Mapping[str, Any], size_of: SizeOf) -> int:
    """Return the tokens of one ``image_url`` part; its address may also be a bare string."""
    image = part.get("image_url")
    url, detail = (
        (image.get("url"), image.get("detail")) if isinstance(image, dict) else (image, "")
    )
    price = _IMAGE_OF_MINI if model.startswith("gpt-4o-mini") else _IMAGE
    if detail == "low":
        return price.base
    size = size_of(url) if isinstance(url, str) else None
    return (_UNKNOWN_TILES if size is None else _tiles(size)) * price.tile + price.base


def sizes_of(call: RelayCall) -> SizeOf:
    """Return how to find the sizes of a call's pictures: inside data URLs, or as fetched."""

    def size_of(url: str) -> ImageSize | None:
        if is_data_url(url):
            return _size_in_data_url(url)
        media = call.media.get(url)
        if media is None:
            return None
        return image_size(media.content) if media.media_type.startswith("image/") else _NO_PICTURE

    return size_of


def _add_chat(found: _Found, call: RelayCall, model: str, size_of: SizeOf) -> None:
    rules = _RULES_BY_MODEL.get(model, _RULES)
    for message in call.messages:
        found.tokens += rules.per_message
        _add_text(found, message.get("role"))
        if isinstance(message.get("name"), str):
            found.tokens += rules.per_name
            _add_text(found, message["name"])
        _add_content(found, message.get("content"), model, size_of)
        _add_calls(found, message)
    found.tokens += _REPLY_PRIMING
    _add_tools(found, call.body)
    _add_schema(found, call.body.get("response_format"))


def _add_text(found: _Found, value: Any) -> None:
    if isinstance(value, str) and value:
        found.texts.append(value)


def _add_content(found: _Found, content: Any, model: str, size_of: SizeOf) -> None:
    _add_text(found, content)
    for part in _parts(content):
        kind = part.get("type")
        if kind == "image_url":
            found.tokens += image_tokens(model, part, size_of)
        elif kind == "input_audio":
            found.tokens += _audio_tokens(part.get("input_audio"))
        else:
            _add_text(found, part.get("text"))
            _add_text(found, part.get("refusal"))


def _add_calls(found: _Found, message: Mapping[str, Any]) -> None:
    """Add calls of tools that earlier turns made."""
    functions = [entry.get("function") for entry in _parts(message.get("tool_calls"))]
    for function in (*functions, message.get("function_call")):
        if isinstance(function, dict):
            found.tokens += _PER_TOOL
            _add_text(found, function.get("name"))
            _add_text(found, function.get("arguments"))


def _add_tools(found: _Found, body: Mapping[str, Any]) -> None:
    functions = [entry.get("function") for entry in _parts(body.get("tools"))]
    for function in (*functions, *_parts(body.get("functions"))):
        if isinstance(function, dict):
            found.tokens += _PER_TOOL
            _add_text(found, function.get("name"))
            _add_text(found, function.get("description"))
            _add_json(found, function.get("parameters"))


def _add_schema(found: _Found, response_format: Any) -> None:
    given = response_format.get("json_schema") if isinstance(response_format, dict) else None
    if isinstance(given, dict):
        _add_json(found, given.get("schema"))


def _add_json(found: _Found, tree: Any) -> None:
    if tree:
        found.texts.append(orjson.dumps(tree).decode())


def _add_input(found: _Found, value: Any) -> None:
    """Add a text, an object with a text, a list of token ids, or a list of any of these."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, int):
            found.tokens += 1
        elif isinstance(item, list):
            found.tokens += len(item)
        else:
            _add_text(found, item.get("text") if isinstance(item, dict) else item)


def _parts(value: Any) -> Iterable[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _audio_tokens(audio: Any) -> int:
    data = audio.get("data") if isinstance(audio, dict) else None
    if not isinstance(data, str):
        return 0
    rate = _AUDIO_BYTES_PER_SECOND.get(str(audio.get("format")), _AUDIO_BYTES_PER_SECOND["mp3"])
    head = _decoded(data[:64])
    if head.startswith(b"RIFF") and len(head) >= 32:
        rate = max(int.from_bytes(head[28:32], "little"), _LEAST_AUDIO_RATE)
    return math.ceil(len(data) * 3 / 4 / rate * _AUDIO_TOKENS_PER_SECOND)


def _tiles(size: ImageSize) -> int:
    width, height = size.width, size.height
    if max(width, height) > _LONGEST_SIDE:
        width, height = _scaled(width, height, _LONGEST_SIDE / max(width, height))
    if min(width, height) > _SHORTER_SIDE:
        width, height = _scaled(width, height, _SHORTER_SIDE / min(width, height))
    return math.ceil(width / _TILE) * math.ceil(height / _TILE)


def _scaled(width: int, height: int, ratio: float) -> tuple[int, int]:
    return int(width * ratio), int(height * ratio)


def _size_in_data_url(url: str) -> ImageSize | None:
    head, _, data = url[5:].partition(",")
    if not head.lower().startswith("image/"):
        return _NO_PICTURE
    return image_size(_decoded(data[:_HEADER_BASE64]))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
