"""An OpenAI chat request as a body of Anthropic's Messages API.

Anthropic itself and the clouds that run Claude take the same body, but for a few members that
``ClaudeHost`` names.
Source: https://platform.claude.com/docs/en/api/messages, read 2025-11.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from oneapi.providers.adaptors.anthropic_blocks import Sources
from oneapi.providers.adaptors.anthropic_messages import calls_without_thoughts, write_messages
from oneapi.providers.adaptors.anthropic_models import THINKING_ROOM, ClaudeModel
from oneapi.providers.adaptors.anthropic_tools import lost_of_tools, write_tools
from oneapi.providers.adaptors.chat_request import ChatRequest, read_chat
from oneapi.providers.adaptors.dropped import COMMON, Taken, TranslatedBody, asks_for_something
from oneapi.providers.adaptors.reasoning import NONE, Reasoning
from oneapi.providers.contract import Target
from oneapi.wire.calls import RelayCall

DEFAULT_MAX_TOKENS: Final = 4096
"""Claude wants a limit; a channel's ``default_max_tokens`` may raise this one."""

_LEAST_TOP_P_WITH_THINKING: Final = 0.95

_JSON_ONLY: Final = "Answer with a single JSON object only."

_SERVICE_TIERS: Final = {
    "auto": "auto",
    "default": "standard_only",
    "standard_only": "standard_only",
}

_FILES_BETA: Final = "files-api"

_SAMPLERS: Final = ("temperature", "top_p", "top_k")

_TAKEN: Final = Taken(
    *COMMON,
    *_SAMPLERS,
    "cache_control",
    "max_completion_tokens",
    "max_tokens",
    "messages.cache_control",
    "messages.content.cache_control",
    "messages.content.citations",
    "messages.content.file",
    "messages.content.image_url.url",
    "messages.is_error",
    "messages.reasoning_content",
    "messages.refusal",
    "messages.thinking_blocks",
    "n",
    "parallel_tool_calls",
    "reasoning_effort",
    "response_format",
    "service_tier",
    "stop",
    "thinking",
    "tools.cache_control",
    "tools.function.cache_control",
    "tools.function.strict",
    "user",
)

_Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeHost:
    """What a host of Claude takes in the body; the defaults are Anthropic's own."""

    names_model: bool = True
    """Whether ``model`` stands in the body; elsewhere it is part of the address."""

    says_stream: bool = True
    """Whether ``stream`` stands in the body."""

    fetches: bool = True
    """Whether pictures and documents may be named by address, or by the id of a kept file."""


ANTHROPIC: Final = ClaudeHost()


def write_request(call: RelayCall, target: Target, host: ClaudeHost = ANTHROPIC) -> TranslatedBody:
    """Translate a call of mode chat or completions.

    Raises:
        Refusal: it asks for something that Claude cannot do.
    """
    request = read_chat(call)
    model = ClaudeModel.named(target.model)
    system, turns = write_messages(request.messages, _sources(call, host))
    if request.answer_format is not None and request.answer_format.schema is None:
        system.append({"type": "text", "text": _JSON_ONLY})
    thinking = _thinking(request, model, turns)
    thinks = thinking is not None and thinking.get("type") != "disabled"
    payload: _Json = {"model": model.name} if host.names_model else {}
    payload["max_tokens"] = _max_tokens(request, target, thinking)
    if system:
        payload["system"] = system
    payload["messages"] = turns
    if host.says_stream and call.stream:
        payload["stream"] = True
    if thinking is not None:
        payload["thinking"] = thinking
    payload.update(_samplers(request, model, thinks=thinks))
    payload.update(write_tools(request, model, thinks=thinks))
    payload.update(_rest(request, model))
    lost = [*lost_of_tools(request, model, thinks=thinks), *_lost(request, payload)]
    return TranslatedBody(payload, _TAKEN.dropped(request.body, also=lost))


def _sources(call: RelayCall, host: ClaudeHost) -> Sources:
    # Files need a flag of the beta, and only a client that has it can know their ids.
    keeps_files = _FILES_BETA in call.headers.get("anthropic-beta", "")
    return Sources(
        fetched=call.media, takes_urls=host.fetches, takes_file_ids=host.fetches and keeps_files
    )


def _thinking(request: ChatRequest, model: ClaudeModel, turns: list[_Json]) -> _Json | None:
    thinking = model.thinking(request.reasoning)
    if thinking is None or thinking.get("type") != "enabled":
        return thinking
    return None if calls_without_thoughts(turns) else thinking


def _max_tokens(request: ChatRequest, target: Target, thinking: _Json | None) -> int:
    limit = request.max_tokens or _default_limit(target.config)
    budget = thinking.get("budget_tokens") if thinking else None
    # A client that names both numbers itself hears from Claude if they do not fit.
    is_clients_own = request.max_tokens is not None and request.reasoning.thinking is not None
    if not isinstance(budget, int) or is_clients_own:
        return limit
    return max(limit, budget + THINKING_ROOM)


def _default_limit(config: Mapping[str, str]) -> int:
    value = config.get("default_max_tokens", "").strip()
    return max(int(value), DEFAULT_MAX_TOKENS) if value.isdecimal() else DEFAULT_MAX_TOKENS


def _samplers(
    request: ChatRequest, model: ClaudeModel, *, thinks: bool
) -> Iterator[tuple[str, Any]]:
    temperature, top_p, top_k = (request.number(name) for name in _SAMPLERS)
    if thinks:
        if top_p is not None and _LEAST_TOP_P_WITH_THINKING <= top_p <= 1:
            yield "top_p", top_p
        return
    if temperature is not None:
        yield "temperature", min(max(temperature, 0), 1)
    if top_p is not None and (temperature is None or not model.takes_one_sampler):
        yield "top_p", top_p
    if top_k is not None:
        yield "top_k", top_k


def _rest(request: ChatRequest, model: ClaudeModel) -> Iterator[tuple[str, Any]]:
    if stops := [text for text in request.stop if text.strip()]:
        yield "stop_sequences", stops
    if output := _output_config(request, model):
        yield "output_config", output
    if user := request.text("user"):
        yield "metadata", {"user_id": user}
    if tier := _SERVICE_TIERS.get(request.text("service_tier")):
        yield "service_tier", tier
    if isinstance(request.body.get("cache_control"), dict):
        yield "cache_control", request.body["cache_control"]


def _output_config(request: ChatRequest, model: ClaudeModel) -> _Json:
    written: _Json = {}
    wanted = request.answer_format
    if wanted is not None and wanted.schema is not None and model.has_structured_outputs:
        written["format"] = {"type": "json_schema", "schema": wanted.schema}
    if effort := model.effort(request.reasoning):
        written["effort"] = effort
    return written


def _lost(request: ChatRequest, payload: Mapping[str, Any]) -> Iterator[str]:
    """Name what this call loses though other calls would keep it."""
    for name in _SAMPLERS:
        if request.number(name) is not None and name not in payload:
            yield name
    yield from _lost_thinking(request.reasoning, payload)
    if request.stop and "stop_sequences" not in payload:
        yield "stop"
    wanted = request.body.get("response_format")
    if request.answer_format is None and asks_for_something("response_format", wanted):
        yield "response_format"
    if request.text("service_tier") and "service_tier" not in payload:
        yield "service_tier"
    for message in request.messages:
        if message.get("cache_control") and message.get("role") != "tool":
            yield "messages.cache_control"
        if message.get("reasoning_content") and not message.get("thinking_blocks"):
            yield "messages.reasoning_content"


def _lost_thinking(reasoning: Reasoning, payload: Mapping[str, Any]) -> Iterator[str]:
    thinks = "thinking" in payload
    if reasoning.thinking is not None and not thinks:
        yield "thinking"
    has_effort = "effort" in payload.get("output_config", {})
    by_effort = has_effort or (thinks and reasoning.thinking is None)
    if reasoning.effort not in ("", NONE) and not by_effort:
        yield "reasoning_effort"
