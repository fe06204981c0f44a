"""Native threads for work that would hold the event loop: SQLite, bcrypt, tokenising.

What runs here is plain: values in, values out.  It must not touch a lock, queue, session, pool
or logger that greenlets use too; a patched lock shared by both can hang for good.  Expected
exceptions travel as values, because gevent prints a traceback for each one that a native thread
raises.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from gevent import get_hub
from gevent.threadpool import ThreadPool

_P = ParamSpec("_P")
_T = TypeVar("_T")


class NativePool:
    """A few native threads of one purpose, made on first use in the process that uses them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._pool: ThreadPool | None = None
        self._pid_hub: object = None

    def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run the function in a native thread; only the calling greenlet waits."""
        outcome = self._ready().apply(_caught, (function, args, kwargs))
        if isinstance(outcome, _Raised):
            raise outcome.error
        return cast(_T, outcome)

    def _ready(self) -> ThreadPool:
        hub = get_hub()
        if self._pool is None or self._pid_hub is not hub:
            self._pool, self._pid_hub = ThreadPool(self._size, hub=hub), hub
        return self._pool


class _Raised:
    """An exception on its way back to the greenlet."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _caught(
    function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
) -> object:
    try:
        return function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - raised again in the greenlet
        return _Raised(error)


CPU = NativePool(4)
"""bcrypt, counting tokens, image sizes, compression."""

SQLITE = NativePool(16)
"""Statements of the control plane on SQLite; more threads than connections (lib.database)."""

LEDGER = NativePool(1)
"""The ledger's transactions on SQLite."""
