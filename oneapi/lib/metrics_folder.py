"""The folder in which the workers of one master count, as prometheus-client wants it.

The master holds a lock on a file in it and every worker inherits that, so a folder whose lock can
be had belongs to nobody who lives, whatever numbers processes have and in whichever container.
Imports nothing that imports prometheus-client, which reads the variable only then.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_PREFIX = "one-api-metrics-"
_LOCK = "lock"
_NEW = "lock.new"


class _Held:
    """What this process has made, or the one it was forked from."""

    folder: Path | None = None


def prepare(variables: MutableMapping[str, str], parent: Path | None = None) -> None:
    """Name a folder to prometheus-client, a new one in ``parent`` unless there is one already.

    What the environment names is kept if an operator chose it or this master made it (a reload
    comes here again and must not lose the counts).  A master that was started by another one to
    take its place gets its own, because the other one removes what it made.
    """
    named = variables.get(VARIABLE)
    if named and (named == str(_Held.folder) or not Path(named).name.startswith(_PREFIX)):
        return
    parent = parent or Path(tempfile.gettempdir())
    for folder in parent.glob(f"{_PREFIX}*"):
        _remove_if_abandoned(folder)
    _Held.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    _hold(_Held.folder)
    variables[VARIABLE] = str(_Held.folder)


def remove() -> None:
    """Delete what ``prepare`` made; for a master whose workers have ended."""
    if _Held.folder is not None:
        shutil.rmtree(_Held.folder, ignore_errors=True)
        _Held.folder = None


def _hold(folder: Path) -> None:
    """Lock it for as long as this process lives, and those that it forks."""
    # Under its real name only when it is locked: others look for files without a lock.
    descriptor = os.open(folder / _NEW, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (folder / _NEW).rename(folder / _LOCK)


def _remove_if_abandoned(folder: Path) -> None:
    # One without this file is somebody's who is just starting, or of another program.
    with suppress(OSError):
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)
