"""How one channel type differs from the rest of its dialect: the vocabulary of the data files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from oneapi.wire.modes import RelayMode


class StreamUsage(StrEnum):
    """When a streamed call asks the upstream for its token counts."""

    ALWAYS = "always"
    ON_REQUEST = "on_request"
    NEVER = "never"


class Quirk(StrEnum):
    """What an OpenAI-shaped upstream does differently; read by the family adaptor."""

    SHORT_CALL_IDS = "short_call_ids"
    """Ids of tool calls must be nine letters or digits; others are replaced by a hash."""

    TOOL_CHOICE_ANY = "tool_choice_any"
    """Says ``any`` where OpenAI says ``required``."""

    NO_DEVELOPER = "no_developer"
    """Knows no ``developer`` role: such messages are sent as ``system``."""

    NO_SENDER_NAMES = "no_sender_names"
    """Refuses ``name`` on system and user messages."""

    NO_REASONING_HISTORY = "no_reasoning_history"
    """Refuses ``reasoning_content`` in the messages sent back."""

    REASONER_HISTORY = "reasoner_history"
    """``deepseek-reasoner`` takes ``reasoning_content`` back only beside tool calls."""

    NO_EMPTY_TOOLS = "no_empty_tools"
    """Refuses an empty ``tools`` list and a ``tool_choice`` without tools."""

    APP_HEADERS = "app_headers"
    """Wants to know the application: ``HTTP-Referer`` and ``X-Title``."""

    TOOL_CALLS_SWITCH = "tool_calls_switch"
    """Sends tool calls as a list only when asked by ``tool_calls_switch``."""

    SCHEMA_AS_TEXT = "schema_as_text"
    """The ``abab`` models take a function's parameters as JSON text."""

    CONTENT_LISTS = "content_lists"
    """Reasoning models answer with a list of thinking and text pieces as content."""

    REASONING_OUTSIDE = "reasoning_outside"
    """``completion_tokens`` leaves reasoning out, ``total_tokens`` holds it."""

    AUDIO_BESIDE = "audio_beside"
    """Audio input is counted beside ``prompt_tokens``, not inside."""

    RENUMBER_CALLS = "renumber_calls"
    """Streamed tool calls may all carry index 0."""

    REPEATED_MESSAGE = "repeated_message"
    """The last event of a stream may repeat the whole message."""

    CHOICE_USAGE = "choice_usage"
    """The usage of a stream may sit inside its last choice."""

    CACHE_HITS = "cache_hits"
    """Counts cached tokens as ``prompt_cache_hit_tokens`` only."""

    SPARSE_CHUNKS = "sparse_chunks"
    """Chunks lack ``object``, ``model`` and the finish reason; a tool call may be an object."""


class ErrorCategory(StrEnum):
    """What a vendor's own error code means; ``providers.errors`` has status and type of each."""

    AUTH = "auth"
    CREDENTIAL = "credential"
    ACCOUNT = "account"
    PAYMENT = "payment"
    DENIED_MODEL = "denied_model"
    DENIED_ACCOUNT = "denied_account"
    RATE = "rate"
    INVALID = "invalid"
    CONTEXT = "context"
    FILTER = "filter"
    MODEL = "model"
    BUSY = "busy"
    SERVER = "server"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRule:
    """A vendor's failure and its meaning; a rule fits when all that it names fits."""

    category: ErrorCategory
    statuses: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    """Exact codes, or beginnings when they end in ``*``."""

    types: tuple[str, ...] = ()
    message_starts: tuple[str, ...] = ()
    """Fixed beginnings, only where the vendor gives no structured sign."""

    as_code: str = ""
    """The code that the client sees instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPath:
    """Models that live under a path of their own."""

    prefix: str
    mode: RelayMode
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlRule:
    """From base URL and mode to the address."""

    prefix: str = "/v1"
    """Stands between the base URL and OpenAI's path without its version."""

    paths: Mapping[RelayMode, str] = field(default_factory=dict)
    """Whole paths where they are not ``prefix`` and OpenAI's."""

    models: tuple[ModelPath, ...] = ()
    styles: Mapping[str, Mapping[RelayMode, str]] = field(default_factory=dict)
    """Paths that apply when the channel's ``api_style`` has this value."""

    continuation: str = ""
    """Chat path for a last message marked ``prefix``."""

    versionless_hosts: tuple[str, ...] = ()
    """Hosts whose base URLs take the path without ``prefix``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthRule:
    """How the key travels."""

    header: str = "Authorization"
    scheme: str = "Bearer"
    second_header: str = ""
    """Takes what follows a vertical bar in the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSearch:
    """How a vendor's own web search is switched on."""

    set: Mapping[str, Any] = field(default_factory=dict)
    tool: Mapping[str, Any] = field(default_factory=dict)
