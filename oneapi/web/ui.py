"""The admin UI's files, and what every path without a route is answered with.

A path that no file fits belongs to the UI, which routes by itself, so it is answered with the
index page whatever the method.  Only ``/api`` and ``/v1`` stay with programs: their unknown paths
are 404 in OpenAI's form.
"""

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, redirect, request, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.security import safe_join

from oneapi import resources
from oneapi.relay.error_object import unknown_path
from oneapi.web.envelope import json_response

bp = Blueprint("ui", __name__)

FOLDER: Final = Path(__file__).parents[2] / "admin-ui" / "dist"
"""Where ``npm run build`` in ``admin-ui`` puts the files."""

ALL_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_PROGRAMS: Final = ("/api", "/v1")
_HASHED: Final = "assets/"
"""The build puts files there whose names change with their content."""

_ASSETS: Final = (_HASHED, "static/")
_WEEK_S: Final = 604_800
_YEAR_S: Final = 31_536_000

_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>One API</title>
<h1>The gateway is running</h1>
<p>This copy holds no built admin UI. Clients speak to <code>/v1</code>; users, tokens and
channels are managed under <code>/api</code>. The README shows the first steps.</p>
</html>
"""


@bp.route("/", defaults={"rest": ""}, methods=ALL_METHODS)
@bp.route("/<path:rest>", methods=ALL_METHODS)
def page(rest: str) -> ResponseReturnValue:
    """Answer a path that has no route of its own."""
    return unmatched(rest)


def unmatched(rest: str = "") -> ResponseReturnValue:
    """Answer a path without a route, or with a method that its routes do not know."""
    if request.path.startswith(_PROGRAMS):
        return invalid_url()
    if resources.settings.is_slave and resources.settings.frontend_base_url:
        return _to_frontend()
    if rest and _is_file(rest):
        return _file(rest)
    if rest.startswith(_ASSETS):
        return Response(status=404, content_type="text/plain; charset=utf-8")
    return _index()


def invalid_url() -> Response:
    """Answer a path that no program should have asked for."""
    response = json_response(unknown_path(request.method, _asked_path()), 404)
    response.headers["Cache-Control"] = "no-store"
    return response


def _to_frontend() -> ResponseReturnValue:
    return redirect(f"{resources.settings.frontend_base_url}{_asked_path()}", 301)


def _asked_path() -> str:
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def _is_file(rest: str) -> bool:
    found = safe_join(str(FOLDER), rest)
    return found is not None and Path(found).is_file()


def _file(rest: str) -> Response:
    response = send_from_directory(FOLDER, rest, max_age=_WEEK_S)
    if rest.startswith(_HASHED):
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return response


def _index() -> Response:
    if (FOLDER / "index.html").is_file():
        response = send_from_directory(FOLDER, "index.html", etag=False)
    else:
        response = Response(_NOT_BUILT)
    response.content_type = "text/html; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    return response
