"""In every process: take over what other workers, nodes and programs have changed."""

from oneapi import snapshot


def look() -> None:
    """Compare the revision; reload if it moved."""
    snapshot.refresh_if_moved()


def read_all() -> None:
    """Reload everything: another program in the same database moves no revision."""
    snapshot.mark_stale()
    snapshot.current()
