"""The calls under way in this worker, so that a worker that ends can wait for them."""

from collections.abc import Callable

_calls: dict[object, Callable[[], None]] = {}


def enter(interrupt: Callable[[], None]) -> Callable[[], None]:
    """Count a call until the returned function is called.

    ``interrupt`` breaks the call off when a worker that ends can wait no longer.
    """
    key = object()
    _calls[key] = interrupt

    def leave() -> None:
        _calls.pop(key, None)

    return leave


def count() -> int:
    """Return how many calls are under way."""
    return len(_calls)


def interrupt_all() -> None:
    """Break off every call; each settles what it has delivered."""
    for interrupt in list(_calls.values()):
        interrupt()
