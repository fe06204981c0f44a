"""What the audit row of an option says: before and after, without secrets, short enough to read."""

from collections.abc import Mapping
from typing import Any, Final

from oneapi.channels.draft import MASKED
from oneapi.options import OptionChange

_LONGEST_TEXT: Final = 500
_MOST_MEMBERS: Final = 50


def details(change: OptionChange) -> Mapping[str, Any] | None:
    """Return the details of a change; ``None`` if the option says what it said before.

    Of tables only the members that differ are shown: they are long, and forms save them whole.
    """
    if change.spec.secret:
        return _secret(change)
    before, after = _value(change, change.before), _value(change, change.after)
    if before == after:
        return None
    if isinstance(before, dict) and isinstance(after, dict):
        return _members(change.spec.key, before, after)
    return _pair(change.spec.key, change.before[:_LONGEST_TEXT], change.after[:_LONGEST_TEXT])


def _secret(change: OptionChange) -> Mapping[str, Any] | None:
    if change.before == change.after:
        return None
    return _pair(change.spec.key, MASKED if change.before else "", MASKED if change.after else "")


def _value(change: OptionChange, text: str) -> Any:
    """Return what the text means; other programs may have stored one that means nothing."""
    try:
        return change.spec.read(text)
    except ValueError:
        return text


def _members(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
    names = sorted(before.keys() | after.keys())
    changed = [name for name in names if before.get(name) != after.get(name)]
    shown = changed[:_MOST_MEMBERS]
    told = _pair(key, _among(before, shown), _among(after, shown))
    return {**told, "more": len(changed) - len(shown)} if len(changed) > len(shown) else told


def _among(table: Mapping[str, Any], names: list[str]) -> Mapping[str, Any]:
    return {name: table[name] for name in names if name in table}


def _pair(key: str, before: Any, after: Any) -> Mapping[str, Any]:
    return {"option": key, "before": before, "after": after}
