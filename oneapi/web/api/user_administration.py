"""``/api/user``: what administrators see and change of other users."""

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oneapi import logbook, resources, snapshot
from oneapi.accounts import administration, registration, users
from oneapi.accounts.administration import Changed, UserChange
from oneapi.accounts.registration import NewAccount, UserDraft
from oneapi.accounts.users import UserFilter
from oneapi.lib import passwords
from oneapi.lib.json_fields import optional_text
from oneapi.models.user import Role, UserStatus
from oneapi.resources import db
from oneapi.web import audit, incoming
from oneapi.web.api.users import EMPTY, as_json, current_occasion, renew_session
from oneapi.web.auth import current_identity, require_admin
from oneapi.web.envelope import ok
from oneapi.web.paging import listed, requested_page
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("user_administration", __name__, url_prefix="/api/user")


@bp.get("/")
@require_admin
def list_users() -> ResponseReturnValue:
    narrow = UserFilter(
        role=incoming.number_filter("role", Role),
        status=incoming.number_filter("status", UserStatus),
        group=request.args.get("group", ""),
        keyword=incoming.keyword(),
    )
    page = requested_page(filtered=narrow.is_set)
    with db.reading() as session:
        order = request.args.get("order", "")
        return listed(users.page_of(session, narrow=narrow, order=order, page=page), as_json)


@bp.get("/search")
@require_admin
def search_users() -> ResponseReturnValue:
    narrow = UserFilter(
        keyword=incoming.keyword(),
        include_deleted=request.args.get("include_deleted") == "true",
    )
    with db.reading() as session:
        return listed(users.search(session, narrow=narrow), as_json)


@bp.get("/<user_id>")
@require_admin
def show_user(user_id: str) -> ResponseReturnValue:
    with db.reading() as session:
        user = users.get_visible(session, incoming.row_id(user_id), viewer_role=_my_role())
        return ok(as_json(user))


@bp.post("/")
@require_admin
def create_user() -> ResponseReturnValue:
    draft = UserDraft.from_json(incoming.json_object())
    administration.refuse_high_role(draft.role, own_role=_my_role())
    account = NewAccount(
        username=draft.username,
        display_name=draft.display_name,
        password_hash=passwords.hashed(draft.password),
    )
    with db.transaction() as session:
        user = registration.create(session, account, current_occasion())
        audit.note(session, "log_user_created", name=user.username, id=user.id)
    return ok()


@bp.put("/")
@require_admin
def change_user() -> ResponseReturnValue:
    change = UserChange.from_json(incoming.json_object())
    new_hash = passwords.hashed(change.password) if change.password else None
    with db.transaction() as session:
        changed = administration.update(session, change, own_role=_my_role(), new_hash=new_hash)
        _note_change(session, changed)
    if change.id == current_identity().user_id:
        renew_session(change.id)
    return ok()


@bp.post("/manage")
@require_admin
def manage_user() -> ResponseReturnValue:
    body = incoming.json_object()
    username, action = optional_text(body, "username") or "", optional_text(body, "action") or ""
    with db.transaction() as session:
        user = administration.manage(session, username, action, own_role=_my_role())
        audit.note(session, "log_user_managed", name=username, id=user.id, action=action)
        return ok({**EMPTY, "role": user.role, "status": user.status})


@bp.delete("/<user_id>")
@require_admin
def delete_user(user_id: str) -> ResponseReturnValue:
    number = incoming.row_id(user_id)
    with db.transaction() as session:
        name = administration.delete(session, number, own_role=_my_role())
        audit.note(session, "log_user_deleted", name=name, id=number)
    return ok()


def _my_role() -> int:
    return current_identity().role


def _note_change(session: Session, changed: Changed) -> None:
    """Write down what changed; who owns a balance reads of its change among his own rows."""
    user = changed.user
    if changed.members:
        members = ", ".join(changed.members)
        audit.note(session, "log_user_changed", name=user.username, id=user.id, members=members)
    if changed.quota_after != changed.quota_before:
        audit.note_about(
            session,
            user,
            "log_user_quota_changed",
            before=_amount(changed.quota_before),
            after=_amount(changed.quota_after),
        )


def _amount(quota: int) -> str:
    language = resources.settings.default_language
    return logbook.amount(quota, snapshot.current().options, language)
