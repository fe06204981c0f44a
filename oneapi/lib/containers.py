"""What a container does to files: those outside of a volume are gone when it is recreated."""

from pathlib import Path

_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
_MOUNTS = Path("/proc/self/mountinfo")


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
