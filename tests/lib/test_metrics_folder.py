import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oneapi.lib import metrics_folder
from oneapi.lib.metrics_folder import VARIABLE

MASTER = """
import os, sys
from pathlib import Path
from oneapi.lib import metrics_folder
variables = {}
metrics_folder.prepare(variables, Path(sys.argv[1]))
if sys.argv[2] == "forks" and os.fork():
    os._exit(0)
print(variables[metrics_folder.VARIABLE], flush=True)
sys.stdin.read()
os._exit(0)
"""
"""A master that ends without cleaning up, as one that is killed, when its input ends."""


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    metrics_folder.remove()


@contextmanager
def another_master(parent: Path, how: str = "") -> Iterator[Path]:
    """Run another master, or its worker alone (``forks``); the block gets its folder."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", MASTER, str(parent), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Path(process.stdout.readline().strip())
    finally:
        process.stdin.close()
        process.stdout.read()  # ends when nobody is left who could write
        process.stdout.close()
        process.wait(10)


def prepared(parent: Path, **variables: str) -> str:
    metrics_folder.prepare(variables, parent)
    return variables[VARIABLE]


def test_a_master_removes_what_it_made(tmp_path: Path) -> None:
    folder = Path(prepared(tmp_path))
    (folder / "counter_1.db").touch()

    metrics_folder.remove()

    assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_a_reload_keeps_the_folder(tmp_path: Path) -> None:
    folder = prepared(tmp_path)

    assert prepared(tmp_path, **{VARIABLE: folder}) == folder


def test_the_folder_of_an_operator_is_used_and_stays(tmp_path: Path) -> None:
    chosen = tmp_path / "metrics"
    chosen.mkdir()

    assert prepared(tmp_path, **{VARIABLE: str(chosen)}) == str(chosen)
    metrics_folder.remove()

    assert chosen.exists()


def test_a_folder_of_a_dead_master_is_removed(tmp_path: Path) -> None:
    with another_master(tmp_path) as left:
        (left / "counter_1.db").touch()

    folder = prepared(tmp_path)

    assert [str(found) for found in tmp_path.iterdir()] == [folder]


@pytest.mark.parametrize("how", ["", "forks"])
def test_a_folder_that_a_process_still_counts_in_stays(how: str, tmp_path: Path) -> None:
    with another_master(tmp_path, how) as theirs:
        ours = prepared(tmp_path)

        assert set(tmp_path.iterdir()) == {theirs, Path(ours)}


def test_a_master_that_takes_anothers_place_gets_its_own(tmp_path: Path) -> None:
    with another_master(tmp_path) as theirs:
        ours = prepared(tmp_path, **{VARIABLE: str(theirs)})

        assert ours != str(theirs)
        assert theirs.exists()


def test_a_folder_without_a_lock_is_nobodys_to_remove(tmp_path: Path) -> None:
    starting = tmp_path / "one-api-metrics-x"
    starting.mkdir()

    prepared(tmp_path)

    assert starting.exists()
