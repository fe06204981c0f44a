import ast
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from oneapi.texts import LANGUAGES, codes, text

SOURCES = Path(__file__).parents[1] / "oneapi"


def raised_codes() -> Iterator[tuple[str, str]]:
    """Every constant code given to ``Refusal`` anywhere in the package, with its file."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                first = node.args[0] if node.args else None
                if node.func.id == "Refusal" and isinstance(first, ast.Constant):
                    yield str(first.value), path.name


def templates(language: str) -> dict[str, str]:
    return tomllib.loads((SOURCES / f"texts.{language}.toml").read_text("utf-8"))


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_a_text(language: str) -> None:
    missing = {(code, file) for code, file in raised_codes() if code not in codes(language)}

    assert not missing


def test_both_languages_have_the_same_entries() -> None:
    assert codes("en") == codes("zh")


@pytest.mark.parametrize("code", sorted(codes("en")))
def test_both_languages_name_the_same_facts(code: str) -> None:
    english, chinese = (templates(language)[code] for language in ("en", "zh"))

    assert placeholders(english) == placeholders(chinese)


def test_facts_are_filled_in() -> None:
    assert (
        text("token_name_too_long", "en", longest=30) == "A token's name has at most 30 characters."
    )


def test_a_fact_that_nobody_gave_is_left_out() -> None:
    assert "{" not in text("token_name_too_long", "zh")


def test_an_unknown_language_reads_english() -> None:
    assert text("id_missing", "fr") == text("id_missing", "en")


def test_a_code_without_text_speaks_for_itself() -> None:
    assert text("no_such_code", "en") == "no_such_code"
