"""Settlements that were kept in a file are written once, whenever the database is back."""

import os
from pathlib import Path

import pytest

from oneapi import resources
from oneapi.billing import spill
from oneapi.billing.entries import Closing, Payer
from oneapi.billing.hold import Hold
from oneapi.billing.writer import Writer
from tests.billing.books import log_of, read_books

pytestmark = pytest.mark.usefixtures("ledger_db")
GONE = 2**22 - 3
"""No process has this id."""


def closing(request_id: str, *, reserved: bool) -> Closing:
    return Closing(
        request_id=request_id,
        payer=Payer(1, 1),
        reserved=reserved,
        quota=40,
        counts_as_request=True,
        channel_id=1,
        log=log_of(40),
        now_s=100,
    )


def folder() -> Path:
    return Path(resources.settings.data_dir)


def test_the_file_of_a_dead_worker_is_replayed_once() -> None:
    Hold("a", Payer(1, 1)).reserve(300)
    path = spill.path_of(folder(), GONE)
    for kept in (closing("a", reserved=True), closing("b", reserved=False)):
        spill.append(path, kept, None)

    Writer().recover()

    books = read_books()
    assert (books.quota, books.rows, books.requests, books.reserved_rows) == (920, 2, 2, 0)
    assert not list(folder().glob("oneapi-spill-*"))


def test_a_second_replay_finds_it_done() -> None:
    kept = closing("b", reserved=False)
    for _ in range(2):
        spill.append(spill.path_of(folder(), GONE), kept, None)
        Writer().recover()

    assert (read_books().quota, read_books().rows) == (960, 1)


def test_a_line_that_was_cut_short_was_never_promised() -> None:
    path = spill.path_of(folder(), GONE)
    spill.append(path, closing("b", reserved=False), None)
    with path.open("a") as file:
        file.write('{"closing": {"request_')

    Writer().recover()

    assert read_books().rows == 1


def test_the_file_of_a_living_worker_is_left_alone() -> None:
    path = spill.path_of(folder(), os.getppid())
    spill.append(path, closing("b", reserved=False), None)

    Writer().recover()

    assert path.exists()
    assert read_books().rows == 0


def test_what_is_read_is_what_was_written() -> None:
    path = spill.path_of(folder(), GONE)
    spill.append(path, closing("a", reserved=True), "b" * 32)

    assert list(spill.read(path)) == [(closing("a", reserved=True), "b" * 32)]
