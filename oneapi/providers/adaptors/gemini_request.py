"""An OpenAI chat request as a body of Gemini's ``generateContent``.

Used by Google AI Studio's channels and by Vertex AI, which differ in address and sign-in only.
Source: https://ai.google.dev/api/generate-content, read 2025-11.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from oneapi.providers.adaptors.chat_request import ChatRequest, read_chat
from oneapi.providers.adaptors.chat_tools import Choose, Tool
from oneapi.providers.adaptors.dropped import COMMON, Taken, TranslatedBody
from oneapi.providers.adaptors.gemini_contents import write_contents
from oneapi.providers.adaptors.gemini_models import GeminiModel
from oneapi.providers.adaptors.gemini_schema import describes_something, sanitise
from oneapi.providers.contract import Target
from oneapi.wire.calls import RelayCall

MAX_STOPS: Final = 5

SAFETY_CATEGORIES: Final = (
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
    "HARM_CATEGORY_CIVIC_INTEGRITY",
)

_COPIED: Final = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "seed": "seed",
}
"""Numbers that mean the same in both dialects, 0 included."""

_COPIED_ABOVE_NOTHING: Final = {
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "top_logprobs": "logprobs",
}
"""Numbers whose 0 says nothing; several models refuse even that."""

_MODES: Final = {
    Choose.AUTO: "AUTO",
    Choose.NONE: "NONE",
    Choose.REQUIRED: "ANY",
    Choose.NAMED: "ANY",
}

_TAKEN: Final = Taken(
    *COMMON,
    *_COPIED,
    *_COPIED_ABOVE_NOTHING,
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages.content.file",
    "messages.content.image_url.url",
    "messages.content.input_audio",
    "messages.extra_content.google.thought_signature",
    "messages.images",
    "messages.is_error",
    "messages.tool_calls.extra_content.google.thought_signature",
    "modalities",
    "n",
    "reasoning_effort",
    "response_format",
    "safety_settings",
    "stop",
    "thinking",
)

_Json = dict[str, Any]


def write_request(call: RelayCall, target: Target) -> TranslatedBody:
    """Translate a call of mode chat or completions.

    Raises:
        Refusal: it asks for something that Gemini cannot do.
    """
    # Several choices are refused for dialects that have one only; this one has more.
    several = call.body.get("n")
    request = read_chat(replace(call, body={k: v for k, v in call.body.items() if k != "n"}))
    model = GeminiModel.named(target.model)
    payload = write_contents(request.messages, model, call.media)
    payload["safetySettings"] = safety_settings(request.body, target)
    config = dict(_generation_config(request, model))
    if isinstance(several, int) and several > 1:
        config["candidateCount"] = several
    if config:
        payload["generationConfig"] = config
    payload.update(_tools(request))
    dropped = _TAKEN.dropped(request.body, also=_lost(request, config))
    return TranslatedBody(payload, dropped)


def safety_settings(body: Mapping[str, Any], target: Target) -> list[Any]:
    """Return the client's own list, or the operator's threshold for every category."""
    own = body.get("safety_settings")
    if isinstance(own, list):
        return own
    threshold = target.gateway.gemini_safety_setting
    return [{"category": category, "threshold": threshold} for category in SAFETY_CATEGORIES]


def _generation_config(request: ChatRequest, model: GeminiModel) -> Iterator[tuple[str, Any]]:
    if (limit := request.max_tokens) is not None:
        yield "maxOutputTokens", limit
    for ours, theirs in _COPIED.items():
        if (value := request.number(ours)) is not None:
            yield theirs, value
    for ours, theirs in _COPIED_ABOVE_NOTHING.items():
        if value := request.number(ours):
            yield theirs, value
    # A number in the older completions form.
    if request.body.get("logprobs"):
        yield "responseLogprobs", True
    if stops := request.stop[:MAX_STOPS]:
        yield "stopSequences", stops
    if modalities := _modalities(request.body.get("modalities")):
        yield "responseModalities", modalities
    if (thinking := model.thinking(request.reasoning)) is not None:
        yield "thinkingConfig", thinking
    yield from _answer_format(request, model)


def _answer_format(request: ChatRequest, model: GeminiModel) -> Iterator[tuple[str, Any]]:
    wanted = request.answer_format
    if wanted is None:
        return
    yield "responseMimeType", "application/json"
    if wanted.schema is None:
        return
    if model.takes_json_schema:
        yield "responseJsonSchema", wanted.schema
    else:
        yield "responseSchema", sanitise(wanted.schema)


def _modalities(value: Any) -> list[str]:
    names = value if isinstance(value, list) else []
    asked = [name.upper() for name in names if isinstance(name, str)]
    return [] if asked == ["TEXT"] else asked


def _tools(request: ChatRequest) -> _Json:
    if not request.tools:
        return {}
    written: _Json = {
        "tools": [{"functionDeclarations": [_declaration(tool) for tool in request.tools]}]
    }
    if (choice := request.tool_choice) is not None:
        calling: _Json = {"mode": _MODES[choice.choose]}
        if choice.choose is Choose.NAMED:
            calling["allowedFunctionNames"] = [choice.name]
        written["toolConfig"] = {"functionCallingConfig": calling}
    return written


def _declaration(tool: Tool) -> _Json:
    written: _Json = {"name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    parameters = sanitise(tool.parameters or {})
    if describes_something(parameters):
        written["parameters"] = parameters
    return written


def _lost(request: ChatRequest, config: Mapping[str, Any]) -> Iterator[str]:
    """Name what this call loses though other calls would keep it."""
    if request.lost_tools:
        yield "tools"
    if len(request.stop) > MAX_STOPS:
        yield "stop"
    if "thinkingConfig" not in config:
        yield from (name for name in ("reasoning_effort", "thinking") if request.body.get(name))
