"""Completion ratios by the look of a model's name, where no table names it.

The rules are One API's, in its order; the first that fits decides.  Fractions are exact ratios,
rounded once to a double.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Rule:
    fits: Callable[[str], bool]
    ratio: float


def _exactly(*names: str) -> Callable[[str], bool]:
    wanted = frozenset(names)
    return lambda name: name in wanted


def _starts(prefix: str, suffix: str = "") -> Callable[[str], bool]:
    return lambda name: name.startswith(prefix) and name.endswith(suffix)


def _either(*tests: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda name: any(test(name) for test in tests)


_RULES = (
    _Rule(_either(_exactly("gpt-3.5-turbo"), _starts("gpt-3.5", "0125")), 3),
    _Rule(_starts("gpt-3.5", "1106"), 2),
    _Rule(_starts("gpt-3.5"), 4 / 3),
    _Rule(_exactly("gpt-4o-2024-05-13"), 3),
    _Rule(_starts("gpt-4o"), 4),
    _Rule(_either(_starts("gpt-4-turbo"), _starts("gpt-4", "preview")), 3),
    _Rule(_starts("gpt-4"), 2),
    _Rule(_starts("o1"), 4),
    _Rule(_exactly("chatgpt-4o-latest"), 3),
    _Rule(_starts("claude-3"), 5),
    _Rule(_starts("claude-"), 3),
    _Rule(_starts("mistral-"), 3),
    _Rule(_starts("gemini-"), 3),
    _Rule(_starts("deepseek-"), 2),
    _Rule(_exactly("llama2-70b-4096"), 5 / 4),
    _Rule(_exactly("llama3-8b-8192"), 2),
    _Rule(_exactly("llama3-70b-8192"), 79 / 59),
    _Rule(_exactly("command", "command-light", "command-nightly", "command-light-nightly"), 2),
    _Rule(_exactly("command-r"), 3),
    _Rule(_exactly("command-r-plus"), 5),
    _Rule(_exactly("grok-beta"), 3),
    _Rule(
        _exactly(
            "ibm-granite/granite-20b-code-instruct-8k",
            "ibm-granite/granite-3.0-8b-instruct",
            "ibm-granite/granite-8b-code-instruct-128k",
        ),
        5,
    ),
    _Rule(_exactly("ibm-granite/granite-3.0-2b-instruct"), 8.333333333333334),
    _Rule(
        _exactly(
            "meta/llama-2-13b",
            "meta/llama-2-13b-chat",
            "meta/llama-2-7b",
            "meta/llama-2-7b-chat",
            "meta/meta-llama-3-8b",
            "meta/meta-llama-3-8b-instruct",
        ),
        5,
    ),
    _Rule(
        _exactly(
            "meta/llama-2-70b",
            "meta/llama-2-70b-chat",
            "meta/meta-llama-3-70b",
            "meta/meta-llama-3-70b-instruct",
        ),
        275 / 65,
    ),
    _Rule(_exactly("meta/meta-llama-3.1-405b-instruct"), 1),
    _Rule(_exactly("mistralai/mistral-7b-instruct-v0.2", "mistralai/mistral-7b-v0.1"), 5),
    _Rule(_exactly("mistralai/mixtral-8x7b-instruct-v0.1"), 10 / 3),
)


def completion_ratio_by_name(model: str) -> float:
    """Return the ratio of the first rule that fits, else 1."""
    return next((rule.ratio for rule in _RULES if rule.fits(model)), 1.0)
