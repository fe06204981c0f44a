"""Reading data files strictly: a key that nobody asked for stops the start."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

_Row = TypeVar("_Row")


def read_row(path: Path, row_type: type[_Row]) -> _Row:
    """Read one TOML file into a dataclass.

    Raises:
        ValueError: the file is no TOML, holds an unknown key, or a value does not fit; the
            message names the file.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        row = msgspec.convert(raw, row_type)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    if lost := _lost(raw, msgspec.to_builtins(row)):
        raise ValueError(f"{path.name}: unknown key {lost}")
    return row


def _lost(raw: Any, kept: Any) -> str:
    """Return the path of the first key that the dataclass did not take, or nothing."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            if key not in kept:
                return str(key)
            if below := _lost(value, kept[key]):
                return f"{key}.{below}"
    elif isinstance(raw, list):
        for item, kept_item in zip(raw, kept, strict=True):
            if below := _lost(item, kept_item):
                return below
    return ""
