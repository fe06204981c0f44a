"""What a Claude model's name tells about what the model can do.

Names differ by host and by generation (``claude-3-5-sonnet-20241022``, ``claude-sonnet-4-5``,
``us.anthropic.claude-opus-4-6-v1``, ``claude-haiku-4-5@20251001``); the version number is in all
of them.
Source: https://platform.claude.com/docs (models overview, extended and adaptive thinking,
effort, structured outputs), read 2025-11.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from oneapi.providers.adaptors.reasoning import CLAUDE_BUDGETS, CLAUDE_EFFORTS, Reasoning

THINKING_ROOM: Final = 1024
"""Least tokens that an answer keeps beyond a thinking budget, which counts as part of it."""

_ALIASES: Final[Mapping[str, str]] = {
    "claude-instant-1": "claude-instant-1.1",
    "claude-2": "claude-2.1",
}
"""Names of One API for models that had a number behind the point."""

# A date follows some names where others have the minor version; it has more digits.
_VERSION: Final = re.compile(r"claude(?:-[a-z]+)*-v?(\d{1,2})(?!\d)(?:[.-](\d{1,2})(?!\d))?")

_UNKNOWN: Final = (0, 0)
_FIRST_TO_THINK: Final = (3, 7)
_ONE_OF_TWO_SAMPLERS: Final = (4, 0)
_STRUCTURED_OUTPUTS: Final = (4, 5)
_ADAPTIVE: Final = (4, 6)


@dataclass(frozen=True, slots=True)
class ClaudeModel:
    """A model by the name that goes upstream, with the version that the name shows."""

    name: str
    version: tuple[int, int]
    """``(0, 0)`` where the name shows none: another family, or a name of the operator's."""

    @classmethod
    def named(cls, name: str) -> Self:
        """Read a name of any host."""
        found = _VERSION.search(name.lower())
        version = (int(found[1]), int(found[2] or 0)) if found else _UNKNOWN
        return cls(_ALIASES.get(name, name), version)

    @property
    def takes_one_sampler(self) -> bool:
        """Whether ``temperature`` and ``top_p`` exclude each other."""
        return self.version >= _ONE_OF_TWO_SAMPLERS

    @property
    def has_structured_outputs(self) -> bool:
        """Whether the shape of an answer, and of a tool's input, can be enforced."""
        return self.version >= _STRUCTURED_OUTPUTS

    def thinking(self, reasoning: Reasoning) -> dict[str, Any] | None:
        """Return ``thinking``; ``None`` where nothing is asked or nothing can be sent.

        The client's own object goes first, as it is, for models of any name.
        """
        if reasoning.thinking is not None:
            return dict(reasoning.thinking)
        if self.version >= _ADAPTIVE:
            return {"type": "adaptive"} if reasoning.effort in CLAUDE_EFFORTS else None
        budget = CLAUDE_BUDGETS.get(reasoning.effort)
        if budget is None or self.version < _FIRST_TO_THINK:
            return None
        return {"type": "enabled", "budget_tokens": budget}

    def effort(self, reasoning: Reasoning) -> str | None:
        """Return ``output_config.effort``; ``None`` where nothing is to be sent."""
        return CLAUDE_EFFORTS.get(reasoning.effort) if self.version >= _ADAPTIVE else None
