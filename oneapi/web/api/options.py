"""``/api/option``: what root changes at run time."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oneapi import options
from oneapi.accounts.signin import discovery
from oneapi.errors import Refusal
from oneapi.resources import db
from oneapi.web import audit, incoming, option_changes
from oneapi.web.auth import require_root
from oneapi.web.envelope import ok, refused
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("options", __name__, url_prefix="/api/option")


@bp.get("/")
@require_root
def list_options() -> ResponseReturnValue:
    with db.reading() as session:
        pairs = options.as_pairs(session)
    return ok([{"key": key, "value": value} for key, value in pairs])


@bp.put("/")
@require_root
def change_option() -> ResponseReturnValue:
    try:
        key, value = _pair(incoming.json_object())
    except Refusal as refusal:
        # One of the few refusals that One API gives a status of its own.
        return refused(refusal, status=400 if refusal.code == "invalid_parameter" else None)
    with db.transaction() as session:
        _update(session, key, value)
    return ok()


@bp.post("/batch")
@require_root
def change_options() -> ResponseReturnValue:
    entries = incoming.json_object().get("options")
    if not isinstance(entries, list):
        raise Refusal("invalid_parameter", param="options")
    key = ""
    try:
        with db.transaction() as session:
            for entry in entries:
                key, value = _pair(entry)
                _update(session, key, value)
    except Refusal as refusal:
        return refused(refusal, data=key)
    return ok()


@bp.get("/oidc_discovery")
@require_root
def discover_oidc() -> ResponseReturnValue:
    provider = discovery.look_up_guarded(request.args.get("url", ""))
    data = {
        "authorization_endpoint": provider.authorization_endpoint,
        "token_endpoint": provider.token_endpoint,
        "userinfo_endpoint": provider.userinfo_endpoint,
    }
    return ok(data)


def _update(session: Session, key: str, value: object) -> None:
    """Change an option and write down what it said before; forms save what nobody changed, too."""
    details = option_changes.details(options.update(session, key, value))
    if details is not None:
        audit.note(session, "log_option_changed", key=key, details=details)


def _pair(entry: Any) -> tuple[str, object]:
    """Return key and value; a missing key is an unknown one, as far as programs are concerned."""
    if not isinstance(entry, dict):
        raise Refusal("invalid_parameter", param="options")
    key, value = entry.get("key", ""), entry.get("value")
    if not isinstance(key, str):
        raise Refusal("invalid_parameter", param="key")
    if not isinstance(value, str | bool | int | float):
        raise Refusal("invalid_parameter", param="value")
    return key, value
