"""What could not be written while the database was away, kept in a file until it can be.

One file per worker, one JSON object a line, synced before anybody relies on it.  Its worker holds
a lock on the file as long as it lives, so a file whose lock can be had is an abandoned one,
whatever numbers processes have meanwhile.  Replaying is harmless to repeat: each line is written
under a batch id of its own that is always the same, and what sat in a batch when it was kept is
left out if that batch arrived after all.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import msgspec
from gevent.lock import BoundedSemaphore

from oneapi.billing.entries import Closing, Counters, Payer
from oneapi.lib.threads import CPU

_PREFIX = "oneapi-spill-"
_NEW = ".new"


@dataclass(frozen=True, slots=True)
class KeptClosing:
    """A settlement or release."""

    closing: Closing
    batch_id: str | None = None
    """A batch that it was in, and that may still arrive."""

    @property
    def replay_id(self) -> str:
        """The batch id under which it is replayed."""
        text = f"spill {self.closing.request_id}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class KeptCounters:
    """Usage counters that a worker had kept back when it ended."""

    counters: Counters
    batch_id: str


@dataclass(frozen=True, slots=True)
class KeptLog:
    """A log row on its way to a database of its own."""

    row: Mapping[str, Any]
    sent_with: int | None = None
    """Id of a row of the transaction that it was in, and that may still arrive."""


Kept = KeptClosing | KeptCounters | KeptLog


class SpillFile:
    """One file, locked by this process."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._pending: list[_Line] = []
        self._turn = BoundedSemaphore(1)
        self._writers = 0

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make a new file.

        Raises:
            OSError: the folder cannot be written.
        """
        path = folder / f"{_PREFIX}{secrets.token_hex(8)}.jsonl"
        # Under its real name only when it is locked: others look for files without a lock.
        unlocked = path.with_suffix(_NEW)
        descriptor = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unlocked.rename(path)
        except OSError:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    @classmethod
    def abandoned(cls, folder: Path) -> list[Self]:
        """Take over the files that no living process holds."""
        found = []
        for path in sorted(folder.glob(f"{_PREFIX}*.jsonl")):
            with suppress(FileNotFoundError):
                descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
                if _lock(descriptor):
                    found.append(cls(path, descriptor))
                else:
                    os.close(descriptor)
        return found

    @property
    def is_being_written(self) -> bool:
        """Whether some call is adding a line at this moment."""
        return self._writers > 0

    def append(self, kept: Kept) -> None:
        """Add a line; returns when it is on the disk, together with those that came meanwhile.

        Raises:
            OSError: it could not be written, the disk may be full.
        """
        line = _Line(_text_of(kept))
        self._pending.append(line)
        self._writers += 1
        try:
            with self._turn:
                if not line.synced:
                    self._sync_with(line)
        finally:
            self._writers -= 1

    def _sync_with(self, line: "_Line") -> None:
        taken, self._pending = self._pending, []
        text = "".join(one.text for one in taken)
        try:
            CPU.run(_append_synced, self._descriptor, self.path.parent, text)
        except BaseException:
            self._pending = [one for one in taken if one is not line] + self._pending
            raise
        for one in taken:
            one.synced = True

    def lines(self) -> Iterator[Kept]:
        """Return what was kept; a line cut short by a crash was never promised."""
        with self.path.open(encoding="utf-8") as lines:
            for line in lines:
                if (kept := _read(line)) is not None:
                    yield kept

    def remove(self) -> None:
        """Delete the file: everything is in the database."""
        self.path.unlink(missing_ok=True)
        self.let_go()

    def let_go(self) -> None:
        """Leave the file as it is to whoever wants it."""
        os.close(self._descriptor)


@dataclass(slots=True, eq=False)
class _Line:
    """A line that waits for its turn to be written."""

    text: str
    synced: bool = False


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    # Deleted between opening and locking: another process has just replayed it.
    return os.fstat(descriptor).st_nlink > 0


def _append_synced(descriptor: int, folder: Path, text: str) -> None:
    start = os.fstat(descriptor).st_size
    data = text.encode()
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, start)
        raise
    if start == 0:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Make the file's name as durable as its first line."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _text_of(kept: Kept) -> str:
    tree: dict[str, Any]
    if isinstance(kept, KeptClosing):
        tree = {"closing": msgspec.to_builtins(kept.closing), "batch_id": kept.batch_id}
    elif isinstance(kept, KeptCounters):
        users = [[key, *numbers] for key, numbers in kept.counters.users.items()]
        channels = list(kept.counters.channels.items())
        tree = {"users": users, "channels": channels, "batch_id": kept.batch_id}
    else:
        tree = {"log": dict(kept.row), "sent_with": kept.sent_with}
    return json.dumps(tree) + "\n"


def _read(line: str) -> Kept | None:
    try:
        tree = json.loads(line)
    except ValueError:
        return None
    if "closing" in tree:
        fields = tree["closing"]
        closing = Closing(**{**fields, "payer": Payer(**fields["payer"])})
        return KeptClosing(closing, tree["batch_id"])
    if "log" in tree:
        return KeptLog(tree["log"], tree.get("sent_with"))
    users = {key: (used, requests) for key, used, requests in tree["users"]}
    return KeptCounters(Counters(users=users, channels=dict(tree["channels"])), tree["batch_id"])
