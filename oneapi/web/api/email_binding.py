"""``/api/oauth/email``: the mail address of one's own account."""

from flask import request
from flask.typing import ResponseReturnValue

from oneapi.accounts import mail_codes
from oneapi.lib import clock
from oneapi.web.api.verification import address_of_query
from oneapi.web.auth import changes_state, current_identity, require_user
from oneapi.web.envelope import ok
from oneapi.web.ratelimit import critical
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("email_binding", __name__, url_prefix="/api/oauth/email")


@bp.get("/bind")
@critical
@require_user
@changes_state
def bind_address() -> ResponseReturnValue:
    mail_codes.bind_address(
        current_identity().user_id,
        address_of_query(),
        request.args.get("code", ""),
        now_s=clock.now_s(),
    )
    return ok()
