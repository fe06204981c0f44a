"""What a Gemini model's name tells about what the model can do.

Google publishes no list of capabilities, so the generation in the name decides.
Source: https://ai.google.dev/gemini-api/docs/models and .../thinking, read 2025-11.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from oneapi.providers.adaptors.reasoning import (
    GEMINI_3_PRO_LEVELS,
    GEMINI_BUDGETS,
    GEMINI_LEVELS,
    GEMINI_PRO_LEAST_BUDGET,
    GEMINI_PRO_LEVELS,
    NONE,
    Reasoning,
)

_NUMBERED = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
_LATEST = re.compile(r"gemini-[a-z-]*latest")

_UNKNOWN: Final = (0, 0)
_FIRST_GENERATION: Final = (1, 0)
_BUDGETS: Final = (2, 5)
_LEVELS: Final = (3, 0)


@dataclass(frozen=True, slots=True)
class GeminiModel:
    """A model by its plain name, with the generation that the name shows."""

    name: str
    generation: tuple[int, int]
    """Version number; ``(0, 0)`` where the name shows none."""

    @classmethod
    def named(cls, name: str) -> Self:
        """Read a name; a path before it (``models/``, ``publishers/google/``) does not count."""
        plain = name.rsplit("/", 1)[-1].lower()
        return cls(plain, _generation(plain))

    @property
    def takes_instruction(self) -> bool:
        """Whether the model has a system instruction beside the turns."""
        return self.generation != _FIRST_GENERATION and not self.name.startswith("gemma")

    @property
    def takes_json_schema(self) -> bool:
        """Whether an answer's shape may be given as plain JSON schema."""
        return self.generation >= _BUDGETS

    @property
    def wants_signatures(self) -> bool:
        """Whether a call in the history is refused without its thought signature."""
        return self.generation >= _LEVELS

    @property
    def knows_call_ids(self) -> bool:
        """Whether the model names its calls by id."""
        return self.generation >= _LEVELS

    def thinking(self, reasoning: Reasoning) -> dict[str, Any] | None:
        """Return ``thinkingConfig``; ``None`` where nothing is asked or nothing can be sent."""
        level = reasoning.level
        if level is None:
            return None
        if self.generation >= _LEVELS:
            return _config("thinkingLevel", self._levels()[level], level)
        if self.generation >= _BUDGETS:
            return _config("thinkingBudget", self._budget(level, reasoning.budget), level)
        return None

    @property
    def _is_pro(self) -> bool:
        return "-pro" in self.name

    def _levels(self) -> Mapping[str, str]:
        if self.name.startswith("gemini-3-pro"):
            return GEMINI_3_PRO_LEVELS
        return GEMINI_PRO_LEVELS if self._is_pro else GEMINI_LEVELS

    def _budget(self, level: str, asked: int | None) -> int:
        if asked is not None and level != NONE:
            return asked
        least = GEMINI_PRO_LEAST_BUDGET if self._is_pro else 0
        return max(GEMINI_BUDGETS[level], least)


def _generation(name: str) -> tuple[int, int]:
    if numbered := _NUMBERED.match(name):
        return int(numbered[1]), int(numbered[2] or 0)
    if _LATEST.match(name):
        return _LEVELS
    return _FIRST_GENERATION if name.startswith("gemini-pro") else _UNKNOWN


def _config(name: str, value: int | str, level: str) -> dict[str, Any]:
    config: dict[str, Any] = {name: value}
    if level != NONE:
        config["includeThoughts"] = True
    return config
