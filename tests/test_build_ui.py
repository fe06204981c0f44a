"""The script that builds the admin UI, where it has nothing to build with or nothing to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "deploy" / "build-ui"
NEEDED = ("bash", "env", "dirname", "find")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The script beside an admin UI of one file, on a machine without Node."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "admin-ui").mkdir()
    (tmp_path / "admin-ui" / "index.html").write_text("source")
    (tmp_path / "bin").mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    shutil.copy(SCRIPT, tmp_path / "deploy")
    return tmp_path


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        [str(copy / "deploy" / "build-ui"), *arguments],
        env={"PATH": str(copy / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_node_it_says_how_to_get_the_pages_and_lets_the_gateway_start(copy: Path) -> None:
    done = run(copy)

    assert done.returncode == 0
    assert "Node 20.19 or later" in done.stdout


def test_checks_do_not_go_on_without_it(copy: Path) -> None:
    assert run(copy, "1").returncode == 1


def test_a_build_that_is_newer_than_its_sources_stays(copy: Path) -> None:
    built = copy / "admin-ui" / "dist" / "index.html"
    built.parent.mkdir()
    built.write_text("built")
    source = copy / "admin-ui" / "index.html"
    os.utime(source, (1, 1))

    assert run(copy).stdout == ""

    os.utime(built, (0, 0))
    assert "not built" in run(copy).stdout
