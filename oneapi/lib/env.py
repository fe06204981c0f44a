"""Typed reading of environment variables; a wrong value names its variable."""

from collections.abc import Mapping


class Env:
    """A look at variables; empty ones count as unset, but for those that mean something then."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.read: set[str] = set()
        """Names that were asked for, for a list of all variables."""

    def text(self, name: str, default: str = "") -> str:
        """Return the value without blanks around it."""
        self.read.add(name)
        return self._variables.get(name, "").strip() or default

    def text_or_empty(self, name: str, default: str) -> str:
        """Return the value, also when it is empty; the default only if there is no variable."""
        self.read.add(name)
        return self._variables.get(name, default).strip()

    def one_of(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Return one of the choices.

        Raises:
            ValueError: the value is none of them.
        """
        value = self.text(name, default)
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return value

    def integer(self, name: str, default: int, *, least: int | None = None) -> int:
        """Return a whole number.

        Raises:
            ValueError: it is none, or smaller than ``least``.
        """
        value = self.text(name)
        if not value:
            return default
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"{name} must be a whole number, not {value!r}") from None
        if least is not None and number < least:
            raise ValueError(f"{name} must be at least {least}, not {number}")
        return number

    def number(self, name: str, default: float) -> float:
        """Return a number.

        Raises:
            ValueError: it is none.
        """
        value = self.text(name)
        try:
            return float(value) if value else default
        except ValueError:
            raise ValueError(f"{name} must be a number, not {value!r}") from None

    def flag(self, name: str) -> bool:
        """Return whether the value is exactly ``true``; anything else, and nothing, is no."""
        return self.text(name) == "true"

    def flag_in_any_case(self, name: str) -> bool:
        """Return whether the value is ``true``, ``True`` or the like."""
        return self.text(name).lower() == "true"

    def maybe_flag(self, name: str) -> bool | None:
        """Return ``None`` when the variable is not set."""
        return self.flag(name) if self.text(name) else None
