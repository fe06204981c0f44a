"""The data plane's blueprint: URL rules, request id, CORS and OpenAI error objects.

It is dispatched without the application-wide hooks (``web_app``), so all that a ``/v1`` answer
needs is done here.  The catch-all at the end answers preflights and unknown paths.
"""

import logging

import orjson
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from oneapi import metrics, snapshot
from oneapi.errors import DatabaseUnavailable, Refusal, UpstreamError
from oneapi.relay.error_object import answer_of, unknown_path
from oneapi.v1 import models, unsupported
from oneapi.v1.auth import caller_of_request
from oneapi.v1.calls import language, proxied, relayed
from oneapi.v1.request_id import HEADER, request_id
from oneapi.wire.modes import PATHS, RelayMode

logger = logging.getLogger(__name__)

bp = Blueprint("v1", __name__, url_prefix="/v1")

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_PREFLIGHT_AGE_S = "43200"


def _both(rule: str) -> tuple[str, str]:
    """Return the rule with and without a slash at its end; both are served directly."""
    return rule, f"{rule}/"


def _add(rule: str, name: str, view: object, methods: tuple[str, ...]) -> None:
    for number, spelling in enumerate(_both(rule)):
        bp.add_url_rule(spelling, f"{name}_{number}", view, methods=methods)  # type: ignore[arg-type]


def _relay_view(mode: RelayMode) -> object:
    def view() -> ResponseReturnValue:
        return relayed(mode)

    return view


def _engine_embeddings(model: str) -> ResponseReturnValue:
    return relayed(RelayMode.EMBEDDINGS, model=model)


def _list_models() -> ResponseReturnValue:
    found = models.available(caller_of_request())
    return _json({"object": "list", "data": found})


def _one_model(name: str) -> ResponseReturnValue:
    return _json(models.one(caller_of_request(), name))


def _proxy(channel: str, target: str = "") -> ResponseReturnValue:
    if request.method == "OPTIONS" and "Origin" in request.headers:
        return _preflight()
    return proxied(channel, target)


def _not_implemented(**_ids: str) -> ResponseReturnValue:
    caller_of_request()
    raise unsupported.refusal()


def _anything_else(rest: str = "") -> ResponseReturnValue:
    del rest
    if request.method == "OPTIONS" and "Origin" in request.headers:
        return _preflight()
    return not_found()


def not_found() -> Response:
    """Return OpenAI's answer to an unknown path or method."""
    response = _json(unknown_path(request.method, request.path), 404)
    response.headers["Cache-Control"] = "no-store"
    return _finished(response)


for _mode, _path in PATHS.items():
    _add(_path.removeprefix("/v1"), f"relay_{_mode.name.lower()}", _relay_view(_mode), ("POST",))
_add("/engines/<path:model>/embeddings", "engine_embeddings", _engine_embeddings, ("POST",))
_add("/models", "models", _list_models, ("GET",))
_add("/models/<path:name>", "model", _one_model, ("GET",))
_add("/oneapi/proxy/<channel>", "proxy_root", _proxy, ALL_METHODS)
_add("/oneapi/proxy/<channel>/<path:target>", "proxy", _proxy, ALL_METHODS)
for _number, (_rule, _methods) in enumerate(unsupported.ROUTES):
    _add(_rule, f"unsupported_{_number}", _not_implemented, _methods)
bp.add_url_rule("/<path:rest>", "anything_else", _anything_else, methods=ALL_METHODS)
bp.add_url_rule("/", "nothing", _anything_else, methods=ALL_METHODS)


@bp.errorhandler(Refusal)
@bp.errorhandler(UpstreamError)
@bp.errorhandler(DatabaseUnavailable)
def _expected(error: Exception) -> Response:
    return _error(error)


@bp.errorhandler(Exception)
def _unexpected(error: Exception) -> Response:
    logger.error("a call failed", exc_info=error, extra={"request_id": request_id()})
    return _error(error)


@bp.after_request
def _finished(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    origin = request.headers.get("Origin")
    if origin and origin not in (f"http://{request.host}", f"https://{request.host}"):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = f"{HEADER}, X-Oneapi-Dropped"
    return response


def _error(error: Exception) -> Response:
    answer = answer_of(
        error, request_id=request_id(), language=language(), with_detail=_with_detail(error)
    )
    response = _json(answer.body, answer.status)
    response.headers["Cache-Control"] = "no-store"
    if answer.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(int(answer.retry_after_s), 0))
    metrics.RELAY_REQUESTS.labels("error", str(answer.status)).inc()
    return response


def _with_detail(error: Exception) -> bool:
    if not isinstance(error, UpstreamError):
        return False
    return snapshot.current().options.upstream_error_detail_enabled


def _preflight() -> Response:
    response = Response(status=204)
    asked = request.headers.get("Access-Control-Request-Headers", "")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET,POST,PUT,PATCH,DELETE,OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = asked or "Authorization, Content-Type"
    response.headers["Access-Control-Max-Age"] = _PREFLIGHT_AGE_S
    return response


def _json(tree: object, status: int = 200) -> Response:
    return Response(orjson.dumps(tree), status=status, content_type="application/json")
