"""What a container changes: files outside of a volume are gone with it, and cores are rationed.

Sources: https://docs.kernel.org/admin-guide/cgroup-v2.html (``cpu.max``),
https://docs.kernel.org/scheduler/sched-bwc.html (``cpu.cfs_quota_us``).
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
_MOUNTS = Path("/proc/self/mountinfo")
_ROOT = Path("/")


def lies_in_container_layer(path: Path) -> bool:
    """Whether this process runs in a container and the file is on no volume of it."""
    if not any(mark.exists() for mark in _MARKS) or not _MOUNTS.exists():
        return False
    return mount_point_of(path, _MOUNTS.read_text(errors="replace")) == "/"


def mount_point_of(path: Path, mounts: str) -> str:
    r"""Return where the file's file system is mounted, by the text of ``/proc/self/mountinfo``.

    Source: proc_pid_mountinfo(5); the fifth field is the mount point, blanks as ``\040``.
    """
    points = (line.split(" ")[4].replace("\\040", " ") for line in mounts.splitlines() if line)
    above = {str(folder) for folder in (path, *path.parents)}
    return max((point for point in points if point in above), key=len, default="/")


def usable_cores(root: Path = _ROOT, *, cores: int | None = None) -> int:
    """Return how many cores this process can keep busy; a part of one counts whole.

    ``cores`` are those that it may be scheduled on; ``None`` asks for them.
    """
    cores = cores or len(os.sched_getaffinity(0))
    limit = cpu_limit(root)
    return cores if limit is None else min(cores, math.ceil(limit))


def cpu_limit(root: Path = _ROOT) -> float | None:
    """Return the cores that control groups allow this process; ``None`` if they set no limit.

    The tightest one counts, of the process's own group and of those around it.
    """
    return min(filter(None, map(_quota_of, _cpu_groups(root))), default=None)


def _cpu_groups(root: Path) -> Iterator[Path]:
    """Yield the folders of the groups; in a container the paths may be those of the host.

    Then only the last of them, where the groups are mounted, is there, and it is the container's.
    """
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        mounted = root / "sys/fs/cgroup" / ("cpu" if controllers else "")
        own = PurePosixPath(path.lstrip("/"))
        yield from (mounted / group for group in (own, *own.parents))


def _quota_of(group: Path) -> float | None:
    """Read version 2's file, else the two of version 1: microseconds of work in a period."""
    quota = _text(group / "cpu.max") or " ".join(
        _text(group / f"cpu.cfs_{part}_us") for part in ("quota", "period")
    )
    try:
        allowed, period = map(int, quota.split())
    except ValueError:  # "max" in version 2, or no file
        return None
    return allowed / period if allowed > 0 and period > 0 else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
