"""How log lines look: text for people or one JSON object a line, to standard output and a file.

The dated file changes at midnight and is opened again when something else moved it away, so
several workers can append to one file and a log rotator can work on it.
"""

import json
import logging
import sys
import time
from datetime import datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        tree: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created).astimezone().isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            tree["exception"] = self.formatException(record.exc_info)
        return json.dumps(tree, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A line for people: level, time, logger, message, facts."""

    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y/%m/%d - %H:%M:%S", time.localtime(record.created))
        facts = " ".join(f"{key}={value}" for key, value in _facts(record).items())
        line = f"[{record.levelname}] {when} | {record.name} | {record.getMessage()}"
        line = f"{line} | {facts}" if facts else line
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class DatedFileHandler(WatchedFileHandler):
    """Appends to a file whose name carries the day."""

    def __init__(self, folder: Path, stem: str, *, dated: bool) -> None:
        self._folder, self._stem, self._dated = folder, stem, dated
        super().__init__(self._path(), encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        path = str(self._path().absolute())
        if path != self.baseFilename:
            self.close()
            self.baseFilename, self.stream = path, None
        super().emit(record)

    def _path(self) -> Path:
        day = time.strftime("-%Y%m%d") if self._dated else ""
        return self._folder / f"{self._stem}{day}.log"


def configure(*, level: str, as_json: bool, folder: Path | None = None, dated: bool = True) -> None:
    """Set up the root logger of the process; ``folder`` is made if it is missing."""
    formatter = JsonFormatter() if as_json else TextFormatter()
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stdout)]
    if folder is not None:
        folder.mkdir(exist_ok=True)
        handlers.append(DatedFileHandler(folder, "oneapi", dated=dated))
    for handler in handlers:
        handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=handlers, force=True)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    # Below an error it only says, once a second, that a job still waits for a slow database.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}
