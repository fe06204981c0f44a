import csv
from typing import Any

import pytest

from oneapi.models.log import Log
from oneapi.web import log_csv


def row(**columns: Any) -> Log:
    return Log(**{"id": 1, "created_at": 1_740_137_500, "type": 2, "content": "", **columns})


def cells(log: Log, *columns: str) -> list[str]:
    text = b"".join(log_csv.lines([[log]], columns)).decode("utf-8-sig")
    return list(csv.reader(text.splitlines(keepends=True)))[1]


def test_a_file_begins_with_a_mark_and_its_columns() -> None:
    written = b"".join(log_csv.lines([], ("time", "type")))

    assert written == b"\xef\xbb\xbftime,type\r\n"


def test_times_are_written_in_utc_and_types_as_words() -> None:
    assert cells(row(), "time", "type") == ["2025-02-21 11:31:40", "consume"]
    assert cells(row(type=99), "type") == ["99"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert cells(row(content=text), "content") == [f"'{text}"]


def test_commas_quotes_and_lines_stay_in_their_cell() -> None:
    assert cells(row(content='a, "b"\nc'), "content", "id") == ['a, "b"\nc', "1"]


def test_numbers_and_truths_are_written_plainly() -> None:
    log = row(quota=-5, is_stream=True, username=None)

    assert cells(log, "quota", "is_stream", "username") == ["-5", "true", ""]


def test_own_rows_name_neither_channel_nor_user() -> None:
    hidden = {"channel", "user_id", "username", "id"}

    assert hidden.isdisjoint(log_csv.OWN_COLUMNS)
    assert hidden < set(log_csv.ALL_COLUMNS)
