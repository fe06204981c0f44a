"""What people read, by stable code and language: refusals, log rows, mails.

One TOML file a language, one entry a code; ``{name}`` is filled from the facts.  Programs read
the code, so a text may be reworded at any time.
"""

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")
DEFAULT_LANGUAGE = "en"

_FOLDER = Path(__file__).parent


def text(code: str, language: str, **facts: object) -> str:
    """Return the text of ``code``; facts it does not name are left out.

    A language without texts falls back to English, a code without text to the code itself: a
    missing entry must not turn a refusal into a failure (a test finds it).
    """
    template = _texts(language if language in LANGUAGES else DEFAULT_LANGUAGE).get(code, code)
    return _FORMATTER.vformat(template, (), facts)


def codes(language: str) -> frozenset[str]:
    """Return every code that has a text in this language."""
    return frozenset(_texts(language))


class _Lenient(string.Formatter):
    """Fills what is known and leaves the rest empty."""

    def get_value(self, key: int | str, _args: Any, facts: Mapping[str, object]) -> object:
        return facts.get(str(key), "")


_FORMATTER = _Lenient()


@cache
def _texts(language: str) -> Mapping[str, str]:
    with (_FOLDER / f"texts.{language}.toml").open("rb") as file:
        return tomllib.load(file)
