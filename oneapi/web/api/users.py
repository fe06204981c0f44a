"""``/api/user``: registering, signing in and out, one's own account."""

from typing import Any

from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.accounts import deletion, invitations, login, registration, users
from oneapi.accounts.login import Login, SignedIn
from oneapi.accounts.registration import Occasion, Registration
from oneapi.accounts.users import SelfChange
from oneapi.errors import Refusal
from oneapi.lib import clock, passwords
from oneapi.lib.json_fields import optional_text
from oneapi.models.user import User
from oneapi.resources import db
from oneapi.web import context, incoming
from oneapi.web.auth import (
    changes_state,
    current_identity,
    end_session,
    is_by_session,
    require_user,
    start_session,
)
from oneapi.web.envelope import ok
from oneapi.web.ratelimit import critical
from oneapi.web.routes import ApiBlueprint
from oneapi.web.turnstile import no_robots, no_robots_at_login

bp = ApiBlueprint("users", __name__, url_prefix="/api/user")

EMPTY: dict[str, Any] = {
    "id": 0,
    "username": "",
    "password": "",
    "display_name": "",
    "role": 0,
    "status": 0,
    "email": "",
    "github_id": "",
    "wechat_id": "",
    "lark_id": "",
    "oidc_id": "",
    "verification_code": "",
    "access_token": "",
    "quota": 0,
    "used_quota": 0,
    "request_count": 0,
    "group": "",
    "aff_code": "",
    "inviter_id": 0,
}
"""One API's user object with nothing in it; secrets stay empty in every answer."""


@bp.post("/login")
@critical
@no_robots_at_login
def sign_in() -> ResponseReturnValue:
    if not snapshot.current().options.password_login_enabled:
        raise Refusal("password_login_disabled")
    body = incoming.json_object()
    name, password = optional_text(body, "username"), optional_text(body, "password")
    if not name or not password:
        raise Refusal("invalid_parameter", param="password" if name else "username")
    user = login.sign_in(Login(name, password, context.client_ip()), now_s=clock.now_s())
    start_session(user.user_id, user.stamp)
    need = login.needs_new_password(user.role, user.password_hash)
    return ok({**signed_in_as_json(user), "need_change_password": need})


@bp.post("/register")
@critical
@no_robots
def register() -> ResponseReturnValue:
    occasion = current_occasion()
    registration.refuse_if_closed(occasion.options)
    registration.register(Registration.from_json(incoming.json_object()), occasion)
    return ok()


@bp.get("/logout")
@changes_state
def sign_out() -> ResponseReturnValue:
    end_session()
    return ok()


@bp.get("/self")
@require_user
def show_self() -> ResponseReturnValue:
    with db.reading() as session:
        user = users.get(session, current_identity().user_id)
        data, password_hash = as_json(user), user.password
    need = login.needs_new_password(data["role"], password_hash)
    return ok({**data, "need_change_password": need})


@bp.put("/self")
@require_user
def change_self() -> ResponseReturnValue:
    user_id = current_identity().user_id
    change = SelfChange.from_json(incoming.json_object())
    if change.original_password is not None:
        with db.reading() as session:
            stored = users.get(session, user_id).password
        login.check_own_password(change.original_password, stored)
    new_hash = passwords.hashed(change.password) if change.password else None
    with db.transaction() as session:
        users.update_self(session, user_id, change, new_hash=new_hash)
    renew_session(user_id)
    return ok()


@bp.delete("/self")
@require_user
def delete_self() -> ResponseReturnValue:
    with db.transaction() as session:
        deletion.delete_self(session, current_identity().user_id)
    return ok()


@bp.get("/aff")
@require_user
def show_invitation_code() -> ResponseReturnValue:
    with db.transaction() as session:
        return ok(invitations.own_code(session, current_identity().user_id))


@bp.get("/token")
@require_user
@changes_state
def make_access_token() -> ResponseReturnValue:
    with db.transaction() as session:
        token = users.new_access_token(session, current_identity().user_id)
    return ok(token)


@bp.post("/token")
@require_user
def make_access_token_by_post() -> ResponseReturnValue:
    return make_access_token()


@bp.post("/sign_out_everywhere")
@require_user
def sign_out_everywhere() -> ResponseReturnValue:
    user_id = current_identity().user_id
    with db.transaction() as session:
        users.end_sessions(session, user_id)
    renew_session(user_id)
    return ok()


def as_json(user: User) -> dict[str, Any]:
    """Return One API's user object; password and access token stay empty."""
    return {
        **EMPTY,
        "id": user.id,
        "username": user.username or "",
        "display_name": user.display_name or "",
        "role": user.role or 0,
        "status": user.status or 0,
        "email": user.email or "",
        "github_id": user.github_id or "",
        "wechat_id": user.wechat_id or "",
        "lark_id": user.lark_id or "",
        "oidc_id": user.oidc_id or "",
        "quota": user.quota or 0,
        "used_quota": user.used_quota or 0,
        "request_count": user.request_count or 0,
        "group": user.group or "",
        "aff_code": user.aff_code or "",
        "inviter_id": user.inviter_id or 0,
    }


def signed_in_as_json(user: SignedIn) -> dict[str, Any]:
    """Return One API's user object as sign-ins answer it: who it was, and no more."""
    return {
        **EMPTY,
        "id": user.user_id,
        "username": user.username,
        "display_name": user.display_name,
        "role": user.role,
        "status": user.status,
    }


def current_occasion() -> Occasion:
    """Return what an account that is made by this request needs to know of it."""
    return Occasion(
        options=snapshot.current().options,
        now_s=clock.now_s(),
        request_id=context.request_id(),
    )


def renew_session(user_id: int) -> None:
    """Keep the caller signed in although his stamp has changed."""
    if not is_by_session():
        return
    with db.reading() as session:
        account = users.find_account(session, user_id)
    if account is not None:
        start_session(account.user_id, account.stamp)
