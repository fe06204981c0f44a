"""Dataclass fields that are stored as texts under keys: one declaration a field says it all.

``stored`` stands where a default value would stand; ``specs_of`` collects what the fields of a
class declare.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from oneapi.lib.typed_text import BOOLEAN, Check, Kind, WrongForm, anything


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """How one field is stored, checked and shown."""

    key: str
    kind: Kind
    default: Callable[[], Any]
    check: Check = anything
    name: str = ""
    """The field's name in its class."""

    public: str = ""
    """What it is called where everybody may read it; empty for a field that is not public."""

    secret: bool = False
    """Written, never shown."""

    shown: str | None = None
    """Shown while nothing is stored, where that is not the default written out."""

    completed: bool = False
    """Whether a stored map is completed with the entries of the default."""

    def read(self, text: str) -> Any:
        """Return the value that a text says.

        Raises:
            ValueError: the text has the wrong form, or the value does not pass the check.
        """
        value = self.kind.parse(text)
        if not self.check(value):
            raise WrongForm("is outside of what is allowed")
        return {**self.default(), **value} if self.completed else value

    def default_text(self) -> str:
        """Return what to show while nothing is stored."""
        return self.kind.dump(self.default()) if self.shown is None else self.shown


def stored(key: str, kind: Kind, default: Any, check: Check = anything, **properties: Any) -> Any:
    """Declare a field; a callable ``default`` makes the value, as for a table.

    ``properties`` are the remaining members of ``FieldSpec``.
    """
    make = default if callable(default) else lambda: default
    spec = FieldSpec(key=key, kind=kind, default=make, check=check, **properties)
    return field(default_factory=make, repr=not spec.secret, metadata={"spec": spec})


def stored_on(key: str, **properties: Any) -> Any:
    """Declare a switch that is on by default."""
    return stored(key, BOOLEAN, default=True, **properties)


def stored_off(key: str, **properties: Any) -> Any:
    """Declare a switch that is off by default."""
    return stored(key, BOOLEAN, default=False, **properties)


def specs_of(cls: type) -> Mapping[str, FieldSpec]:
    """Return the specifications of a dataclass's fields by key."""
    found = [replace(each.metadata["spec"], name=each.name) for each in fields(cls)]
    return {spec.key: spec for spec in found}
