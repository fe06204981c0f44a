"""How hard a model should think: OpenAI's word for it, in the words of other dialects.

Clients say ``reasoning_effort``, or the extension object ``thinking`` (``type`` is ``enabled``,
``adaptive`` or ``disabled``, with an optional ``budget_tokens``).  Nothing said, nothing sent.

Sources, read 2025-11: platform.claude.com/docs (extended and adaptive thinking, effort),
ai.google.dev/gemini-api/docs/thinking, docs.aws.amazon.com/nova and /bedrock (reasoning),
docs.ollama.com (thinking), docs.cohere.com (reasoning).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

NONE: Final = "none"

LEVELS: Final = (NONE, "minimal", "low", "medium", "high", "xhigh", "max")
"""Every effort that OpenAI's clients know, from least to most."""

CLAUDE_EFFORTS: Final[Mapping[str, str]] = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "max",
}
"""Claude 4.6 and newer: ``output_config.effort``; ``none`` sends nothing."""

CLAUDE_BUDGETS: Final[Mapping[str, int]] = {
    "minimal": 1024,
    "low": 1024,
    "medium": 4096,
    "high": 16384,
    "xhigh": 24576,
    "max": 24576,
}
"""Claude 3.7 to 4.5: ``thinking.budget_tokens``; ``none`` sends nothing."""

GEMINI_BUDGETS: Final[Mapping[str, int]] = {
    NONE: 0,
    "minimal": 1024,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "xhigh": 24576,
    "max": 24576,
}
"""Gemini 2.5: ``thinkingConfig.thinkingBudget``."""

GEMINI_PRO_LEAST_BUDGET: Final = 128
"""Gemini 2.5 Pro cannot stop thinking; this is its least."""

GEMINI_LEVELS: Final[Mapping[str, str]] = {
    NONE: "minimal",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
"""Gemini 3 and newer: ``thinkingConfig.thinkingLevel``."""

GEMINI_PRO_LEVELS: Final[Mapping[str, str]] = {**GEMINI_LEVELS, NONE: "low", "minimal": "low"}
"""Pro models of Gemini 3 and newer know no ``minimal``."""

GEMINI_3_PRO_LEVELS: Final[Mapping[str, str]] = {**GEMINI_PRO_LEVELS, "medium": "high"}
"""``gemini-3-pro*`` knows ``low`` and ``high`` only."""

THREE_LEVELS: Final[Mapping[str, str]] = {
    NONE: "low",
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
"""gpt-oss on Bedrock and on Ollama, Nova 2 (which sends nothing for ``none``)."""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a client says about thinking; both empty when it says nothing."""

    effort: str = ""
    """``reasoning_effort`` as the client wrote it, known or not."""

    thinking: Mapping[str, Any] | None = None
    """The extension object as the client wrote it."""

    @property
    def budget(self) -> int | None:
        """Tokens that the extension object allows for thinking."""
        value = self.thinking.get("budget_tokens") if self.thinking else None
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def level(self) -> str | None:
        """One of ``LEVELS`` for dialects without a budget; ``None`` when nothing known is said.

        The extension object goes first: ``disabled`` is ``none``, anything else the effort, or
        ``medium`` where there is no effort.
        """
        effort = self.effort if self.effort in LEVELS else None
        if self.thinking is None:
            return effort
        if self.thinking.get("type") == "disabled":
            return NONE
        return effort or "medium"


def read_reasoning(body: Mapping[str, Any]) -> Reasoning:
    """Read ``reasoning_effort`` and ``thinking`` of a request."""
    effort, thinking = body.get("reasoning_effort"), body.get("thinking")
    return Reasoning(
        effort=effort if isinstance(effort, str) else "",
        thinking=thinking if isinstance(thinking, dict) and thinking else None,
    )
