"""Picks the language of an answer from what the client accepts."""

from collections.abc import Sequence


def pick_language(accept_language: str, supported: Sequence[str], default: str) -> str:
    """Return the supported language that the header likes best, else ``default``.

    Only the primary part counts: ``zh-Hans-CN`` asks for ``zh``.  Equal weights keep the
    header's order; a weight of 0 excludes; ``*`` stands for the default.

    Source: RFC 9110, section 12.5.4.
    """
    wishes = sorted(_wishes(accept_language), key=lambda wish: -wish[1])
    for tag, weight in wishes:
        if weight <= 0:
            continue
        if tag == "*":
            return default
        language = tag.split("-", 1)[0]
        if language in supported:
            return language
    return default


def _wishes(header: str) -> list[tuple[str, float]]:
    wishes = []
    for item in header.split(","):
        tag, *parameters = (part.strip().lower() for part in item.split(";"))
        if tag:
            wishes.append((tag.replace("_", "-"), _weight(parameters)))
    return wishes


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
