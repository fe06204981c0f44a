"""OpenAI's billing endpoints, for clients that show a balance: API keys, CORS, OpenAI's errors."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded

from oneapi import snapshot
from oneapi.accounts import access
from oneapi.billing.subscription import Account, account_of
from oneapi.relay.error_object import answer_of
from oneapi.resources import db
from oneapi.web import context, errors
from oneapi.web.envelope import json_response

bp = Blueprint("dashboard", __name__)

_PREFIXES = ("/dashboard/billing", "/v1/dashboard/billing")
_CENT = 100


def show_subscription() -> ResponseReturnValue:
    """Answer the limit, three times as OpenAI did."""
    account = _account()
    return json_response(
        {
            "object": "billing_subscription",
            "has_payment_method": True,
            "soft_limit_usd": account.limit,
            "hard_limit_usd": account.limit,
            "system_hard_limit_usd": account.limit,
            "access_until": account.access_until,
        }
    )


def show_usage() -> ResponseReturnValue:
    """Answer what was used in all, in cents; the dates in the query are not looked at."""
    return json_response({"object": "list", "total_usage": _account().used * _CENT})


def preflight() -> ResponseReturnValue:
    """Let browsers of any site ask; what protects is the key."""
    response = Response(status=204)
    asked = request.headers.get("Access-Control-Request-Headers")
    response.headers["Access-Control-Allow-Methods"] = "GET,POST,PUT,PATCH,DELETE,OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = asked or "Authorization, Content-Type"
    response.headers["Access-Control-Max-Age"] = "43200"
    return response


for _prefix in _PREFIXES:
    for _name, _view in (("subscription", show_subscription), ("usage", show_usage)):
        for _rule in (f"{_prefix}/{_name}", f"{_prefix}/{_name}/"):
            bp.add_url_rule(_rule, _name, _view, methods=["GET"])
            bp.add_url_rule(_rule, "preflight", preflight, methods=["OPTIONS"])


@bp.after_request
def _open_to_browsers(response: Response) -> Response:
    origin = request.headers.get("Origin")
    if origin and origin not in {f"http://{request.host}", f"https://{request.host}"}:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = context.REQUEST_ID_HEADER
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.errorhandler(RateLimitExceeded)  # named, because the application's handler names it too
@bp.errorhandler(Exception)
def _refused(error: Exception) -> Response:
    """Answer every error in OpenAI's form."""
    answer = answer_of(
        errors.as_refusal(error), request_id=context.request_id(), language=context.language()
    )
    response = json_response(answer.body, answer.status)
    if answer.retry_after_s is not None:
        response.headers["Retry-After"] = str(int(answer.retry_after_s))
    return response


def _account() -> Account:
    key = access.key_of(lambda name: request.headers.get(name, ""))
    caller = access.authenticate(key, client_address=context.client_ip())
    options = snapshot.current().options
    with db.reading() as session:
        return account_of(
            session, user_id=caller.user_id, token_id=caller.token_id, options=options
        )
