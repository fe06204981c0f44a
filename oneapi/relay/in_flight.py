"""The calls under way in this worker, so that a worker that ends can wait for them."""

from collections.abc import Callable
from contextlib import contextmanager
from collections.abc import Iterator

_calls: dict[object, Callable[[], None]] = {}


@contextmanager
def counted(end: Callable[[], None]) -> Iterator[None]:
    """Count a call while it runs; ``end`` breaks it off when the patience is over."""
    key = object()
    _calls[key] = end
    try:
        yield
    finally:
        _calls.pop(key, None)


def count() -> int:
    """Return how many calls are under way."""
    return len(_calls)


def end_all() -> None:
    """Break off every call; each settles what it has delivered."""
    for end in list(_calls.values()):
        end()
