"""Log rows as a CSV file that spreadsheets open: UTF-8 with a mark, one header line."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from oneapi.models.log import Log, LogType

_BYTE_ORDER_MARK: Final = "\ufeff"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")

OWN_COLUMNS: Final = (
    *("time", "type", "token_name", "model_name", "quota", "prompt_tokens"),
    *("completion_tokens", "elapsed_time", "is_stream", "request_id", "content"),
)
"""What users see of their own rows."""

ALL_COLUMNS: Final = ("id", "user_id", "username", "channel", *OWN_COLUMNS)

_TYPES: Final[Mapping[int, str]] = {kind.value: kind.name.lower() for kind in LogType}


def lines(parts: Iterable[Sequence[Log]], columns: Sequence[str]) -> Iterator[bytes]:
    """Return the file in pieces, one per part of rows."""
    yield _BYTE_ORDER_MARK.encode() + _written([columns])
    for rows in parts:
        yield _written([_cells(row, columns) for row in rows])


def _cells(row: Log, columns: Sequence[str]) -> list[str]:
    return [_cell(_value(row, column)) for column in columns]


def _value(row: Log, column: str) -> object:
    if column == "time":
        return datetime.fromtimestamp(row.created_at or 0, UTC).strftime("%Y-%m-%d %H:%M:%S")
    if column == "type":
        return _TYPES.get(row.type or 0, row.type)
    return getattr(row, "channel_id" if column == "channel" else column)


def _cell(value: object) -> str:
    """Write a value so that no spreadsheet takes it for a formula."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()
