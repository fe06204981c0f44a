"""Mail that people ask for: a code for an address, a link to a new password."""

from flask import request
from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.accounts import mail_codes, recovery
from oneapi.accounts.mail_codes import Asked
from oneapi.errors import Refusal
from oneapi.lib import clock
from oneapi.lib.json_fields import optional_text
from oneapi.web import context, incoming
from oneapi.web.auth import find_identity
from oneapi.web.envelope import ok
from oneapi.web.ratelimit import critical
from oneapi.web.routes import ApiBlueprint
from oneapi.web.turnstile import no_robots

bp = ApiBlueprint("verification", __name__, url_prefix="/api")


@bp.get("/verification")
@critical
@no_robots
def send_code() -> ResponseReturnValue:
    mail_codes.send_code(address_of_query(), _asked(), is_guest=find_identity() is None)
    return ok()


@bp.get("/reset_password")
@critical
@no_robots
def send_reset_link() -> ResponseReturnValue:
    recovery.send_link(address_of_query(), _asked())
    return ok()


@bp.post("/user/reset")
@critical
def reset_password() -> ResponseReturnValue:
    body = incoming.json_object()
    email, token = optional_text(body, "email"), optional_text(body, "token")
    if not email or not token:
        raise Refusal("invalid_parameter", param="token" if email else "email")
    return ok(recovery.reset_password(email, token, now_s=clock.now_s()))


def address_of_query() -> str:
    """Return the address in the query; a blank in it is a plus that some UI did not encode."""
    return request.args.get("email", "").strip().replace(" ", "+")


def _asked() -> Asked:
    return Asked(
        options=snapshot.current().options,
        language=context.language(),
        now_s=clock.now_s(),
    )
