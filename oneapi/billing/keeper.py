"""This process's spill files: the one that is written, and those that wait to be replayed.

Replaying has a greenlet of its own, so that live calls never wait for old ones.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import gevent
from gevent.event import Event

from oneapi import resources
from oneapi.billing.spill import Kept, SpillFile
from oneapi.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

_PAUSE_S = 0.5
_LOOK_S = 0.01


class Keeper:
    """Keeps what the database cannot take, and hands it to ``replay`` until it can."""

    def __init__(self, replay: Callable[[Kept], None]) -> None:
        self._replay = replay
        self._current: SpillFile | None = None
        self._waiting: list[SpillFile] = []
        self._wake = Event()
        self._pid = 0

    def keep(self, kept: Kept) -> None:
        """Return when it is safe on the disk.

        Raises:
            OSError: it could not be written.
        """
        if self._current is None:
            self._current = SpillFile.create(Path(resources.settings.data_dir))
        self._current.append(kept)
        self._start()

    def take_abandoned(self) -> None:
        """Take over what workers that are gone have left behind."""
        self._waiting += SpillFile.abandoned(Path(resources.settings.data_dir))
        if self._waiting:
            self._start()

    def _start(self) -> None:
        if self._pid != os.getpid():
            self._pid = os.getpid()
            gevent.spawn(self._run)
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            try:
                self._replay_files()
            except DatabaseUnavailable as error:
                logger.warning("kept settlements wait", extra={"reason": str(error)})
            except Exception:
                logger.exception("kept settlements could not be replayed")
            else:
                continue
            gevent.sleep(_PAUSE_S)
            self._wake.set()

    def _replay_files(self) -> None:
        """The file that is written comes last, so an absence of any length makes two at most."""
        while self._waiting or self._current is not None:
            if not self._waiting and self._current is not None:
                self._waiting, self._current = [self._current], None
            file = self._waiting[0]
            while file.is_being_written:
                gevent.sleep(_LOOK_S)
            for kept in file.lines():
                self._replay(kept)
            file.remove()
            self._waiting.remove(file)
            logger.info("kept settlements were written", extra={"file": file.path.name})
