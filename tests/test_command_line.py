import os
import subprocess
import sys
from pathlib import Path

import pytest

from oneapi import command_line
from oneapi.settings import VERSION, Settings

ROOT = Path(__file__).resolve().parent.parent


def applied(*arguments: str, **variables: str) -> dict[str, str]:
    command_line.apply(arguments, variables)
    return variables


@pytest.mark.parametrize(
    "arguments",
    [("--port", "3001"), ("--port=3001",), ("-port", "3001"), ("-port=3001",)],
)
def test_a_flag_may_have_one_dash_or_two_and_its_value_either_way(
    arguments: tuple[str, ...],
) -> None:
    assert applied(*arguments) == {"PORT": "3001"}


def test_the_variable_port_wins_over_the_flag() -> None:
    assert applied("--port", "3001", PORT="4000") == {"PORT": "4000"}
    assert applied("--port", "3001", PORT="") == {"PORT": "3001"}


def test_the_log_folder_is_made_absolute() -> None:
    found = applied("--port", "3000", "--log-dir", "./logs")

    assert found == {"PORT": "3000", "LOG_DIR": os.path.abspath("logs")}


@pytest.mark.parametrize("arguments", [("--log-dir=",), ("--log-dir", "")])
def test_an_empty_log_folder_writes_no_log_files(arguments: tuple[str, ...]) -> None:
    assert Settings.from_env(applied(*arguments)).log_dir == ""


@pytest.mark.parametrize("arguments", [("serve", "--port", "1"), ("--", "--port", "1"), ("-",), ()])
def test_nothing_behind_the_first_plain_argument_is_read(arguments: tuple[str, ...]) -> None:
    assert applied(*arguments) == {}


@pytest.mark.parametrize("flag", ["--version", "-version", "--version=true"])
def test_the_version_is_printed(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        applied(flag)

    assert end.value.code == 0
    assert capsys.readouterr().out == f"{VERSION}\n"


@pytest.mark.parametrize("flag", ["--help", "-help", "-h"])
def test_help_is_printed(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        applied(flag)

    assert end.value.code == 0
    assert "--log-dir" in capsys.readouterr().out


def test_a_switch_can_be_off() -> None:
    assert applied("--version=false", "--port=1") == {"PORT": "1"}


@pytest.mark.parametrize(
    "arguments", [("--prot", "1"), ("--port",), ("--port", "x"), ("--port=",), ("--help=maybe",)]
)
def test_what_cannot_be_read_prints_the_usage_and_ends_with_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        applied(*arguments)

    assert end.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_file_of_variables_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\nexport THEME='berry'\nNODE_NAME=\"from the file\"\nSYNC_FREQUENCY=60\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NODE_NAME", "from the environment")
    for name in ("THEME", "SYNC_FREQUENCY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)

    command_line.load_dotenv()

    found = {name: os.environ[name] for name in ("THEME", "NODE_NAME", "SYNC_FREQUENCY")}
    assert found == {
        "THEME": "berry",
        "NODE_NAME": "from the environment",
        "SYNC_FREQUENCY": "60",
    }


def test_without_such_a_file_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)

    command_line.load_dotenv()

    assert dict(os.environ) == before


def test_the_program_itself_takes_the_flags(tmp_path: Path) -> None:
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(ROOT / "app.py"), "--version"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert answer.stdout == f"{VERSION}\n"
