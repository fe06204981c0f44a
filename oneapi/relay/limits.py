"""How long an upstream may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """In seconds; ``None`` is no limit."""

    connect_s: float = 10.0
    idle_s: float = 300.0
    total_s: float | None = None
    """A whole plain answer; for a stream only the time to its first byte."""
