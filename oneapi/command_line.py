"""The command line of ``python app.py``: One API's flags, ``.env``, and the way into gunicorn."""

import os
import sys
from collections.abc import MutableMapping, Sequence
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

_SWITCHES = frozenset({"version", "help", "h"})
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_CONFIG = Path(__file__).resolve().parent.parent / "deploy" / "gunicorn.conf.py"


def load_dotenv() -> None:
    """Read ``.env`` of the working directory; variables that exist are not overwritten."""
    _load(Path.cwd() / ".env", override=False)


def exec_gunicorn(arguments: Sequence[str]) -> NoReturn:
    """Become gunicorn, so that signals arrive where they belong."""
    load_dotenv()
    apply(arguments, os.environ)
    os.execv(  # noqa: S606 - our own interpreter
        sys.executable,
        [sys.executable, "-m", "gunicorn", "-c", str(_CONFIG), "--chdir", os.getcwd(), "app:app"],
    )


def apply(arguments: Sequence[str], variables: MutableMapping[str, str]) -> None:
    """Put the flags into the environment, where the settings are read from.

    The forms are those of Go's flags: one dash or two, ``--port=N`` or ``--port N``; what follows
    the first argument that is no flag is not looked at.  Ends the process for ``--version`` and
    ``--help`` (code 0) and for what cannot be read (code 2).

    Source: https://pkg.go.dev/flag#hdr-Command_line_flag_syntax.
    """
    left = list(arguments)
    while left and left[0].startswith("-") and left[0] not in ("-", "--"):
        name, equals, value = left.pop(0).partition("=")
        flag = name.removeprefix("-").removeprefix("-")
        if flag in _SWITCHES:
            _switch(flag, value if equals else "true")
        elif flag not in _SETTERS:
            _leave(f"unknown flag: {name}\n\n{_USAGE}", 2)
        elif equals or left:
            _SETTERS[flag](value if equals else left.pop(0), variables)
        else:
            _leave(f"{name} needs a value\n\n{_USAGE}", 2)


def _switch(flag: str, value: str) -> None:
    if value not in _TRUE | _FALSE:
        _leave(f"{flag} is true or false\n\n{_USAGE}", 2)
    if value in _TRUE:
        _leave(f"{VERSION}\n" if flag == "version" else _USAGE, 0)


def _set_port(value: str, variables: MutableMapping[str, str]) -> None:
    if not value.isascii() or not value.isdecimal():
        _leave(f"port must be a whole number, not {value!r}\n\n{_USAGE}", 2)
    if not variables.get("PORT"):
        variables["PORT"] = value


def _set_log_dir(value: str, variables: MutableMapping[str, str]) -> None:
    variables["LOG_DIR"] = os.path.abspath(value) if value else ""


_SETTERS = {"port": _set_port, "log-dir": _set_log_dir}


def _leave(text: str, code: int) -> NoReturn:
    (sys.stderr if code else sys.stdout).write(text)
    raise SystemExit(code)
