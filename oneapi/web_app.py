"""One Flask application for two planes.

The control plane is dispatched as Flask does it: contexts, session, sign-in, hooks.  Views of
the blueprint ``v1`` need none of that.  They are found in the same URL map, take the environment
as their first argument and return the finished answer, that to an error included, so nothing is
pushed and popped around them.  ``docs/benchmarks.md`` says what that is worth to a call.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

DATA_PLANE = "v1"

_BARE = f"/{DATA_PLANE}"
_PREFIX = f"{_BARE}/"
_OWN = f"{DATA_PLANE}."
View = Callable[..., Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]]
"""From the environment, and the variables of the path, to an answer that a server can call."""

_Found = tuple[View, Mapping[str, Any]]


class WebApp(Flask):
    """Flask, but the data plane has a short way in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known: dict[tuple[str, str], _Found] = {}
        """What methods and paths without variables lead to; as many as there are rules."""

    def wsgi_app(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request."""
        path: str = environ.get("PATH_INFO", "")
        if path.startswith(_PREFIX) or path == _BARE:
            method: str = environ["REQUEST_METHOD"]
            found = self._known.get((method, path)) or self._find(method, path)
            if found is not None:
                view, variables = found
                return view(environ, **variables)(environ, start_response)
        return super().wsgi_app(environ, start_response)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the view as it is: none of ours is a coroutine."""
        return func

    def _find(self, method: str, path: str) -> _Found | None:
        """Return the data plane's view of a path; ``None`` if it has none."""
        decoded = path.encode("latin-1").decode(errors="replace")
        adapter = MapAdapter(self.url_map, "", "/", "", "http", decoded, method)
        try:
            endpoint, variables = adapter.match()
        except HTTPException:
            return None
        if not endpoint.startswith(_OWN):
            return None
        found = (cast("View", self.view_functions[endpoint]), variables)
        if not variables:
            self._known[method, path] = found
        return found
