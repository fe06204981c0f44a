"""``/api/option/test_…``: whether mail and pushes arrive with the options as they are."""

from flask import request
from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.accounts import rules, users
from oneapi.lib.json_fields import optional_text
from oneapi.notify import letters, sending
from oneapi.options import Options
from oneapi.resources import db
from oneapi.web import context, incoming
from oneapi.web.auth import current_identity, require_root
from oneapi.web.envelope import ok
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("message_trials", __name__, url_prefix="/api/option")


@bp.post("/test_mail")
@require_root
def send_mail() -> ResponseReturnValue:
    body = incoming.json_object() if request.content_length else {}
    to = (optional_text(body, "to") or "").strip() or _own_address()
    rules.check_address(to)
    options = _options()
    sending.by_mail(to, letters.trial(options, context.language()), options)
    return ok()


@bp.post("/test_pusher")
@require_root
def push() -> ResponseReturnValue:
    options = _options()
    sending.by_push(letters.trial(options, context.language()), options)
    return ok()


def _own_address() -> str:
    with db.reading() as session:
        return users.get(session, current_identity().user_id).email or ""


def _options() -> Options:
    """Return the options as they are now, also if another worker has just changed them."""
    snapshot.refresh_if_moved()
    return snapshot.current().options
