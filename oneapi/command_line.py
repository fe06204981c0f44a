"""The command line of ``python app.py``: One API's flags, ``.env``, and the way into gunicorn."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from dotenv import load_dotenv as _load

from oneapi.settings import VERSION

_USAGE = f"""One API {VERSION}: one OpenAI-compatible address in front of many LLM providers

usage: python app.py [--port PORT] [--log-dir DIR] [--version] [--help]

  --port PORT     port to listen on (default 3000; the variable PORT wins)
  --log-dir DIR   folder of the log files (default ./logs; empty writes none)
  --version       print the version
  --help          print this text
"""

_VALUES = {"port": "PORT", "log-dir": "LOG_DIR"}
_CONFIG = Path(__file__).resolve().parent.parent / "deploy" / "gunicorn.conf.py"


def load_dotenv() -> None:
    """Read ``.env`` of the working directory; variables that exist are not overwritten."""
    _load(Path.cwd() / ".env", override=False)


def exec_gunicorn(arguments: list[str]) -> NoReturn:
    """Become gunicorn, so that signals arrive where they belong."""
    load_dotenv()
    _read(arguments)
    os.execv(  # noqa: S606 - our own interpreter
        sys.executable,
        [sys.executable, "-m", "gunicorn", "-c", str(_CONFIG), "--chdir", os.getcwd(), "app:app"],
    )


def _read(arguments: list[str]) -> None:
    """Put the flags into the environment, where the settings are read from."""
    left = list(arguments)
    while left:
        name, equals, value = left.pop(0).partition("=")
        flag = name.removeprefix("-").removeprefix("-")
        if not name.startswith("-") or flag not in (*_VALUES, "version", "help"):
            _leave(f"unknown argument: {name}\n\n{_USAGE}", 2)
        if flag == "version":
            _leave(f"{VERSION}\n", 0)
        if flag == "help":
            _leave(_USAGE, 0)
        if not equals:
            if not left:
                _leave(f"{name} needs a value\n\n{_USAGE}", 2)
            value = left.pop(0)
        os.environ.setdefault(_VALUES[flag], value)


def _leave(text: str, code: int) -> NoReturn:
    (sys.stderr if code else sys.stdout).write(text)
    raise SystemExit(code)
