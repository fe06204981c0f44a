"""The file of what could not be written: what it keeps, and who may take it over."""

from pathlib import Path

import gevent
import pytest

from oneapi.billing.entries import Closing, Counters, Payer
from oneapi.billing.spill import Kept, KeptClosing, KeptCounters, KeptLog, SpillFile
from tests.billing.books import log_of

CLOSING = Closing(
    request_id="a",
    payer=Payer(1, 1),
    reserved=True,
    quota=40,
    counts_as_request=True,
    channel_id=1,
    log=log_of(40),
    now_s=100,
)


@pytest.mark.parametrize(
    "kept",
    [
        KeptClosing(CLOSING),
        KeptClosing(CLOSING, "b" * 32),
        KeptCounters(Counters(users={1: (40, 2)}, channels={3: 40}), "c" * 32),
        KeptLog({**log_of(40), "other": '{"attempts": []}', "content": "倍率"}),
        KeptLog(log_of(41), sent_with=7),
    ],
)
def test_what_is_read_is_what_was_written(tmp_path: Path, kept: Kept) -> None:
    file = SpillFile.create(tmp_path)

    file.append(kept)

    assert list(file.lines()) == [kept]


def test_lines_that_come_together_are_all_written(tmp_path: Path) -> None:
    file = SpillFile.create(tmp_path)
    kept = [KeptLog({"request_id": f"r{number}"}) for number in range(50)]

    gevent.joinall([gevent.spawn(file.append, one) for one in kept], raise_error=True)

    assert list(file.lines()) == kept


def test_a_line_that_was_cut_short_was_never_promised(tmp_path: Path) -> None:
    file = SpillFile.create(tmp_path)
    file.append(KeptClosing(CLOSING))
    with file.path.open("a") as more:
        more.write('{"closing": {"request_')

    assert list(file.lines()) == [KeptClosing(CLOSING)]


def test_a_call_has_one_replay_id(tmp_path: Path) -> None:
    assert KeptClosing(CLOSING).replay_id == KeptClosing(CLOSING, "b" * 32).replay_id
    assert len(KeptClosing(CLOSING).replay_id) == 32


def test_the_file_of_a_living_worker_is_left_alone(tmp_path: Path) -> None:
    SpillFile.create(tmp_path).append(KeptClosing(CLOSING))

    assert SpillFile.abandoned(tmp_path) == []


def test_the_file_of_a_worker_that_is_gone_is_taken_over_by_one(tmp_path: Path) -> None:
    leave_behind(tmp_path, KeptClosing(CLOSING))

    (taken,) = SpillFile.abandoned(tmp_path)

    assert SpillFile.abandoned(tmp_path) == []
    assert list(taken.lines()) == [KeptClosing(CLOSING)]


def test_a_file_that_was_taken_over_and_not_finished_is_found_again(tmp_path: Path) -> None:
    leave_behind(tmp_path, KeptClosing(CLOSING))
    SpillFile.abandoned(tmp_path)[0].let_go()

    (again,) = SpillFile.abandoned(tmp_path)

    assert list(again.lines()) == [KeptClosing(CLOSING)]


def test_a_removed_file_leaves_nothing_behind(tmp_path: Path) -> None:
    leave_behind(tmp_path, KeptClosing(CLOSING))

    SpillFile.abandoned(tmp_path)[0].remove()

    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    assert SpillFile.create(tmp_path).path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SpillFile.create(tmp_path / "gone")


def leave_behind(folder: Path, *lines: Kept) -> None:
    """Write a file and let go of it, as a worker does that ends."""
    file = SpillFile.create(folder)
    for kept in lines:
        file.append(kept)
    file.let_go()
