"""OpenAI's requests as bodies of Ollama's ``/api/chat``, ``/api/generate`` and ``/api/embed``.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md and docs.ollama.com (thinking,
structured outputs, tool calling), read 2025-11.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from oneapi.errors import Refusal
from oneapi.providers.adaptors.chat_parts import (
    AudioPart,
    FilePart,
    ImagePart,
    TextPart,
    media_at,
    parts_of,
    unsupported_part,
)
from oneapi.providers.adaptors.chat_request import ChatRequest, read_chat
from oneapi.providers.adaptors.chat_tools import Choose, Tool, read_tool_calls
from oneapi.providers.adaptors.dropped import COMMON, Taken, TranslatedBody
from oneapi.providers.adaptors.reasoning import NONE, THREE_LEVELS
from oneapi.wire.calls import RelayCall
from oneapi.wire.media import Media

_Json = dict[str, Any]

_NUMBERS: Final = (
    "temperature",
    "top_p",
    "top_k",
    "frequency_penalty",
    "presence_penalty",
    "num_ctx",
)
"""Options that have one name in both dialects; ``num_ctx`` is an extension of clients."""

_PARAMETERS: Final = (
    *_NUMBERS,
    "keep_alive",
    "max_completion_tokens",
    "max_tokens",
    "n",
    "options",
    "reasoning_effort",
    "response_format",
    "seed",
    "stop",
    "thinking.type",
)

_TAKEN_BY_CHAT: Final = Taken(
    *COMMON,
    *_PARAMETERS,
    "messages.content.image_url.url",
    "messages.reasoning_content",
)
_TAKEN_BY_GENERATE: Final = Taken("model", "prompt", "suffix", "stream", *_PARAMETERS)
_TAKEN_BY_EMBED: Final = Taken(
    "model", "input", "dimensions", "encoding_format", "options", "keep_alive"
)

_ROLES: Final = {"developer": "system"}


def write_chat(call: RelayCall, model: str) -> TranslatedBody:
    """Translate a chat.

    Raises:
        Refusal: a part that is neither text nor picture, a picture that cannot be had, or
            several choices.
    """
    request = read_chat(call)
    payload: _Json = {
        "model": model,
        "messages": list(_messages(request.messages, call.media)),
        "stream": call.stream,
        **_parameters(request, model),
    }
    choice = request.tool_choice.choose if request.tool_choice else Choose.AUTO
    if request.tools and choice is not Choose.NONE:
        payload["tools"] = [_tool(tool) for tool in request.tools]
    lost = list(_lost(request))
    if choice in (Choose.REQUIRED, Choose.NAMED):
        lost.append("tool_choice")
    return TranslatedBody(payload, _TAKEN_BY_CHAT.dropped(request.body, also=lost))


def write_generate(call: RelayCall, model: str) -> TranslatedBody:
    """Translate a completion; Ollama can fill in before a suffix.

    Raises:
        Refusal: several prompts, token ids, ``echo``, several choices.
    """
    suffix = call.body.get("suffix")
    body = {name: value for name, value in call.body.items() if name != "suffix"}
    request = read_chat(replace(call, body=body))
    payload: _Json = {
        "model": model,
        "prompt": request.messages[0]["content"],
        "raw": False,
        "stream": call.stream,
        **_parameters(request, model),
    }
    if isinstance(suffix, str) and suffix:
        payload["suffix"] = suffix
    return TranslatedBody(payload, _TAKEN_BY_GENERATE.dropped(call.body, also=_lost(request)))


def write_embeddings(call: RelayCall, model: str) -> TranslatedBody:
    """Translate an embeddings call; lists of token ids have been decoded before.

    Raises:
        Refusal: ``unsupported_input``, the input is neither a text nor a list of texts.
    """
    value = call.body.get("input")
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise Refusal("unsupported_input", param="input")
    payload: _Json = {"model": model, "input": texts}
    if isinstance(call.body.get("dimensions"), int):
        payload["dimensions"] = call.body["dimensions"]
    if isinstance(call.body.get("options"), dict):
        payload["options"] = call.body["options"]
    if call.body.get("keep_alive") is not None:
        payload["keep_alive"] = call.body["keep_alive"]
    return TranslatedBody(payload, _TAKEN_BY_EMBED.dropped(call.body))


def _parameters(request: ChatRequest, model: str) -> _Json:
    """Return what chat and generate have in common, as far as the client said it."""
    written: _Json = {}
    if options := dict(_options(request)):
        written["options"] = options
    if (answer_format := request.answer_format) is not None:
        written["format"] = answer_format.schema or "json"
    if (think := _think(request, model)) is not None:
        written["think"] = think
    if request.body.get("keep_alive") is not None:
        written["keep_alive"] = request.body["keep_alive"]
    return written


def _options(request: ChatRequest) -> Iterator[tuple[str, Any]]:
    for name in _NUMBERS:
        if (value := request.number(name)) is not None:
            yield name, value
    if (seed := request.number("seed")) is not None:
        yield "seed", int(seed)
    if (limit := request.max_tokens) is not None:
        yield "num_predict", limit
    if request.stop:
        yield "stop", request.stop
    # Ollama's own words, from clients that know them, go last and win.
    own = request.body.get("options")
    yield from (own.items() if isinstance(own, dict) else ())


def _think(request: ChatRequest, model: str) -> bool | str | None:
    level = request.reasoning.level
    if level is None:
        return None
    # gpt-oss cannot be silenced and takes a level, all others a switch.
    family = model.rpartition("/")[2]
    return THREE_LEVELS[level] if family.startswith("gpt-oss") else level != NONE


def _messages(messages: list[_Json], media: Mapping[str, Media]) -> Iterator[_Json]:
    called: dict[str, str] = {}
    for message in messages:
        calls = read_tool_calls(message)
        called.update((call.id, call.name) for call in calls)
        role = message.get("role")
        written = {"role": _ROLES.get(str(role), role), **_content(message, media)}
        thinking = message.get("reasoning_content")
        if role == "assistant" and isinstance(thinking, str) and thinking:
            written["thinking"] = thinking
        if calls:
            written["tool_calls"] = [
                {"function": {"name": call.name, "arguments": call.arguments}} for call in calls
            ]
        if role == "tool" and (name := called.get(str(message.get("tool_call_id")))):
            written["tool_name"] = name
        yield written


def _content(message: _Json, media: Mapping[str, Media]) -> _Json:
    texts, images = [], []
    for part in parts_of(message.get("content")):
        match part:
            case TextPart():
                texts.append(part.text)
            case ImagePart():
                images.append(media_at(part.url, media).base64)
            case FilePart():
                raise unsupported_part("file")
            case AudioPart():
                raise unsupported_part("input_audio")
    written: _Json = {"content": "".join(texts)}
    if images:
        written["images"] = images
    return written


def _tool(tool: Tool) -> _Json:
    function: _Json = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    # Model templates print the properties; some cannot do without.
    function["parameters"] = tool.parameters or {"type": "object", "properties": {}}
    return {"type": "function", "function": function}


def _lost(request: ChatRequest) -> Iterator[str]:
    """Name what this call loses though other calls would keep it."""
    if request.lost_tools:
        yield "tools"
    if request.reasoning.level is None:
        yield from (name for name in ("reasoning_effort", "thinking") if request.body.get(name))
