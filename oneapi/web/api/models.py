"""The three model lists of the UI: of all providers, by channel type, and of one's own group."""

from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.accounts import users
from oneapi.providers.catalog import model_entries, models_by_type
from oneapi.resources import db
from oneapi.web.auth import current_identity, require_admin, require_user
from oneapi.web.envelope import json_response, ok
from oneapi.web.routes import ApiBlueprint
from oneapi.wire.model_objects import model_object

bp = ApiBlueprint("models", __name__, url_prefix="/api")


@bp.get("/channel/models")
@require_admin
def list_all() -> ResponseReturnValue:
    """Answer OpenAI's list of every provider's models; a shared name stands there repeatedly."""
    models = [model_object(entry.id, entry.owner) for entry in model_entries()]
    return json_response({"object": "list", "data": models})


@bp.get("/models")
@require_user
def list_by_type() -> ResponseReturnValue:
    return ok({str(number): models for number, models in models_by_type().items()})


@bp.get("/user/available_models")
@require_user
def list_available() -> ResponseReturnValue:
    with db.reading() as session:
        group = users.get(session, current_identity().user_id).group
    return ok(snapshot.current().models_of(group or ""))
