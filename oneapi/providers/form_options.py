"""Config keys that channels of many types have, for the folded part of the channel form."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oneapi.providers.data_files import read_row
from oneapi.providers.type_form import FormField

_FILE = Path(__file__).parent / "form_options.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOption(FormField):
    """A field of every channel type whose dialect reads it."""

    adaptors: tuple[str, ...] = ()
    """Dialects that do; none named means all."""

    def is_for(self, adaptor: str) -> bool:
        """Whether channels of this dialect have it."""
        return not self.adaptors or adaptor in self.adaptors


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    options: tuple[FormOption, ...]


@cache
def form_options() -> tuple[FormOption, ...]:
    """Return them in the order of the form; raises ``ValueError`` for a broken file."""
    return read_row(_FILE, _File).options
