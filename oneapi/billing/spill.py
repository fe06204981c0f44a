"""Settlements kept in a file while the database is away, so that nobody has to wait for it.

One file per worker, one JSON object a line, synced before the end of the answer leaves.  A line
is replayed in a transaction of its own whose batch id is made from the request id, so a second
replay finds it done; a line whose batch was under way when it was written is left out if that
batch arrived after all.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from oneapi.billing.entries import Closing, Payer
from oneapi.lib.threads import CPU

_PREFIX = "oneapi-spill-"


def path_of(folder: Path, pid: int) -> Path:
    """Return the file that a worker process writes."""
    return folder / f"{_PREFIX}{pid}.jsonl"


def append(path: Path, closing: Closing, batch_id: str | None) -> None:
    """Write one settlement and sync it; ``batch_id`` names a batch that may still arrive."""
    line = json.dumps({"closing": asdict(closing), "batch_id": batch_id}) + "\n"
    CPU.run(_append_synced, path, line)


def read(path: Path) -> Iterator[tuple[Closing, str | None]]:
    """Return what a file holds; a line cut short by a crash was never promised and is skipped."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            fields = entry["closing"]
            fields["payer"] = Payer(**fields["payer"])
            yield Closing(**fields), entry["batch_id"]


def batch_id_of(closing: Closing) -> str:
    """Return the batch id under which this settlement is replayed, always the same."""
    return hashlib.sha256(f"spill {closing.request_id}".encode()).hexdigest()[:32]


def without_log(closing: Closing) -> Closing:
    """Return the settlement without its log row (it goes to the log database by itself)."""
    return replace(closing, log=None)


def abandoned(folder: Path) -> list[Path]:
    """Return the files of workers that are no longer there."""
    found = []
    for path in sorted(folder.glob(f"{_PREFIX}*.jsonl")):
        pid = path.stem.removeprefix(_PREFIX)
        if pid.isdigit() and not _is_alive(int(pid)):
            found.append(path)
    return found


def claim(path: Path, mine: Path) -> Path | None:
    """Take over another worker's file; ``None`` when somebody else was faster."""
    target = mine.with_name(f"{mine.stem}-of-{path.stem.removeprefix(_PREFIX)}.claimed")
    try:
        path.rename(target)
    except FileNotFoundError:
        return None
    return target


def _append_synced(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
