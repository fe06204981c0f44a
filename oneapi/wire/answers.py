"""Answers in one shape for every dialect.

What every call or chunk makes is a ``Struct``, which costs an eighth of a frozen dataclass.

An adaptor turns what its upstream sent into these values.  ``relay.render`` writes them as an
OpenAI object or event stream, so a plain answer is the fold of the same chunks that a stream
would have sent, and the two cannot disagree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from msgspec import Struct


class Usage(Struct, frozen=True, kw_only=True):
    """What a call used, in tokens, in one convention for all providers.

    ``prompt_tokens`` includes cached, cache-written, audio and image tokens; ``completion_tokens``
    includes reasoning and audio.  ``audio_beside_prompt`` marks the one provider (Mistral) whose
    audio input is not inside the prompt count.  ``untold_tokens`` is a total of which nobody says
    how much was prompt; it counts only where both others are 0.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    audio_prompt_tokens: int = 0
    audio_completion_tokens: int = 0
    image_tokens: int = 0
    audio_beside_prompt: bool = False
    untold_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def is_empty(self) -> bool:
        """Whether the upstream counted nothing at all."""
        return not (self.prompt_tokens or self.completion_tokens or self.untold_tokens)

    def as_json(self) -> dict[str, Any]:
        """Return OpenAI's usage object."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.total_tokens,
            "prompt_tokens_details": {
                "cached_tokens": self.cached_tokens,
                "cache_write_tokens": self.cache_write_tokens,
                "audio_tokens": self.audio_prompt_tokens,
            },
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning_tokens,
                "audio_tokens": self.audio_completion_tokens,
            },
        }


class Chunk(Struct, kw_only=True):
    """One step of a conversation.

    Converting adaptors fill ``delta`` in OpenAI's form: ``content``, ``reasoning_content``,
    ``refusal``, ``tool_calls`` (with ``index``; id, type and name only in the opening piece),
    ``thinking_blocks``, ``annotations``, ``images``, ``extra_content``.  The role is the
    renderer's business.  Adaptors of OpenAI-shaped upstreams fill ``wire`` instead, the event's
    payload as it goes out, and ``text`` for counting.
    """

    delta: Mapping[str, Any] = {}
    index: int = 0
    finish_reason: str | None = None
    usage: Usage | None = None
    response_id: str | None = None
    """The provider's own id of the answer, if it has one; once is enough."""

    wire: bytes | None = None
    """OpenAI-shaped payload of one ``data:`` line, forwarded as it stands."""

    event: str = ""
    """The event's name, where the upstream gave one."""

    text: str = ""
    """With ``wire``: all that the model wrote in it, for counting when no usage comes."""

    usage_only: bool = False
    """With ``wire``: no choices, only usage; kept from clients that did not ask for it."""


@dataclass(slots=True)
class Conversation:
    """A whole chat answer as the chunks that a stream would have brought."""

    chunks: list[Chunk]


class Verbatim(Struct, kw_only=True):
    """A whole answer of an OpenAI-shaped upstream: goes out byte for byte."""

    body: bytes
    content_type: str = "application/json"
    usage: Usage | None = None
    text: str = ""
    """All that the model wrote, for counting when there is no usage."""

    seconds: float | None = None
    """Length of the audio, where a transcription says so."""

    images: int | None = None
    """How many images came, where the answer holds images."""

    choices: int | None = None
    """How many choices came; ``None`` where the answer has no such thing."""


@dataclass(slots=True)
class Embeddings:
    """Vectors in the order of the inputs."""

    vectors: list[list[float]]
    usage: Usage | None = None

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the answers to the parts of one call as one; usage only if every part has it."""
        counts = [part.usage.prompt_tokens for part in parts if part.usage is not None]
        whole = Usage(prompt_tokens=sum(counts)) if len(counts) == len(parts) else None
        return cls([vector for part in parts for vector in part.vectors], whole)


@dataclass(slots=True)
class Images:
    """Generated images, each ``{"b64_json"}`` or ``{"url"}`` with an optional revised prompt."""

    data: list[dict[str, Any]]
    usage: Usage | None = None


Answer = Conversation | Verbatim | Embeddings | Images
