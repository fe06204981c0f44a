"""The data plane's blueprint: URL rules, request id, CORS and OpenAI error objects.

Its views get the WSGI environment as an argument and run outside Flask's contexts (``web_app``),
so all that a ``/v1`` answer needs is done here.  The catch-all at the end answers preflights and
unknown paths.
"""

import logging
from collections.abc import Callable

from flask import Blueprint
from werkzeug.wsgi import get_host

from oneapi import metrics, snapshot
from oneapi.errors import DatabaseUnavailable, Refusal, UpstreamError
from oneapi.relay.error_object import answer_of, unknown_path
from oneapi.v1 import models, unsupported
from oneapi.v1.answer import Answer
from oneapi.v1.auth import caller_of
from oneapi.v1.calls import language_of, proxied, relayed
from oneapi.v1.environ import Environ, path_of
from oneapi.v1.request_id import HEADER, id_of
from oneapi.wire.modes import PATHS, RelayMode

logger = logging.getLogger(__name__)

bp = Blueprint("v1", __name__, url_prefix="/v1")

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_PREFLIGHT_AGE_S = "43200"

View = Callable[..., Answer]
"""From the WSGI environment, and the variables of the path, to the answer."""


def _both(rule: str) -> tuple[str, str]:
    """Return the rule with and without a slash at its end; both are served directly."""
    return rule, f"{rule}/"


def _add(rule: str, name: str, view: View, methods: tuple[str, ...]) -> None:
    for number, spelling in enumerate(_both(rule)):
        bp.add_url_rule(spelling, f"{name}_{number}", _finishing(view), methods=methods)


def _finishing(view: View) -> View:
    """Return the view with its errors in form and the headers that every answer has."""

    def finished(environ: Environ, **variables: str) -> Answer:
        try:
            answer = view(environ, **variables)
        except Exception as error:  # noqa: BLE001 - the edge: whatever it is becomes an answer
            answer = _error(environ, error)
        return _with_headers(environ, answer)

    return finished


def _relay_view(mode: RelayMode) -> View:
    def view(environ: Environ) -> Answer:
        return relayed(environ, mode)

    return view


def _engine_embeddings(environ: Environ, model: str) -> Answer:
    return relayed(environ, RelayMode.EMBEDDINGS, model=model)


def _list_models(environ: Environ) -> Answer:
    found = models.available(caller_of(environ))
    return Answer.json({"object": "list", "data": found})


def _one_model(environ: Environ, name: str) -> Answer:
    return Answer.json(models.one(caller_of(environ), name))


def _proxy(environ: Environ, channel: str, target: str = "") -> Answer:
    if _is_preflight(environ):
        return _preflight(environ)
    return proxied(environ, channel, target)


def _not_implemented(environ: Environ, **_ids: str) -> Answer:
    caller_of(environ)
    raise unsupported.refusal()


def _anything_else(environ: Environ, rest: str = "") -> Answer:
    del rest
    if _is_preflight(environ):
        return _preflight(environ)
    answer = Answer.json(unknown_path(environ["REQUEST_METHOD"], path_of(environ)), 404)
    answer.headers["Cache-Control"] = "no-store"
    return answer


for _mode, _path in PATHS.items():
    _add(_path.removeprefix("/v1"), f"relay_{_mode.name.lower()}", _relay_view(_mode), ("POST",))
_add("/engines/<path:model>/embeddings", "engine_embeddings", _engine_embeddings, ("POST",))
_add("/models", "models", _list_models, ("GET",))
_add("/models/<path:name>", "model", _one_model, ("GET",))
_add("/oneapi/proxy/<channel>", "proxy_root", _proxy, ALL_METHODS)
_add("/oneapi/proxy/<channel>/<path:target>", "proxy", _proxy, ALL_METHODS)
for _number, (_rule, _methods) in enumerate(unsupported.ROUTES):
    _add(_rule, f"unsupported_{_number}", _not_implemented, _methods)
for _rule, _name in (("/<path:rest>", "anything_else"), ("/", "nothing")):
    bp.add_url_rule(_rule, _name, _finishing(_anything_else), methods=ALL_METHODS)


def _with_headers(environ: Environ, answer: Answer) -> Answer:
    headers = answer.headers
    headers[HEADER] = id_of(environ)
    origin = environ.get("HTTP_ORIGIN")
    if origin and origin not in _own_origins(environ):
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = f"{HEADER}, X-Oneapi-Dropped"
    return answer


def _error(environ: Environ, error: Exception) -> Answer:
    if not isinstance(error, _EXPECTED):
        logger.error("a call failed", exc_info=error, extra={"request_id": id_of(environ)})
    told = answer_of(
        error,
        request_id=id_of(environ),
        language=language_of(environ),
        with_detail=_with_detail(error),
    )
    answer = Answer.json(told.body, told.status)
    answer.headers["Cache-Control"] = "no-store"
    if told.retry_after_s is not None:
        answer.headers["Retry-After"] = str(max(int(told.retry_after_s), 0))
    metrics.count(metrics.RELAY_REQUESTS.labels("error", str(told.status)))
    return answer


_EXPECTED = (Refusal, UpstreamError, DatabaseUnavailable)


def _with_detail(error: Exception) -> bool:
    if not isinstance(error, UpstreamError):
        return False
    return snapshot.current().options.upstream_error_detail_enabled


def _own_origins(environ: Environ) -> tuple[str, str]:
    host = get_host(environ)
    return f"http://{host}", f"https://{host}"


def _is_preflight(environ: Environ) -> bool:
    return environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ORIGIN" in environ


def _preflight(environ: Environ) -> Answer:
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS",
        "Access-Control-Allow-Headers": asked or "Authorization, Content-Type",
        "Access-Control-Max-Age": _PREFLIGHT_AGE_S,
    }
    return Answer((), headers, 204)
