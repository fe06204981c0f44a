"""``/api/token``: the signed-in user's own API tokens."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.accounts import tokens
from oneapi.accounts.tokens import MOST_IDS, TokenDraft, TokenFilter
from oneapi.errors import Refusal
from oneapi.lib import clock
from oneapi.lib.paging import Found
from oneapi.models.token import Token, TokenStatus
from oneapi.resources import db
from oneapi.web import incoming
from oneapi.web.auth import current_identity, require_user
from oneapi.web.envelope import ok
from oneapi.web.paging import listed, requested_page
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("tokens", __name__, url_prefix="/api/token")


@bp.get("/")
@require_user
def list_tokens() -> ResponseReturnValue:
    narrow = TokenFilter(
        status=incoming.number_filter("status", TokenStatus), keyword=incoming.keyword()
    )
    page = requested_page(filtered=narrow.is_set)
    order = request.args.get("order", "")
    with db.reading() as session:
        found = tokens.page_of(session, owner_id=_me(), narrow=narrow, order=order, page=page)
        return listed(found, _as_json)


@bp.get("/search")
@require_user
def search_tokens() -> ResponseReturnValue:
    with db.reading() as session:
        found = tokens.search(session, owner_id=_me(), keyword=incoming.keyword())
        return listed(Found(found), _as_json)


@bp.get("/<token_id>")
@require_user
def show_token(token_id: str) -> ResponseReturnValue:
    with db.reading() as session:
        return ok(_as_json(tokens.get(session, incoming.row_id(token_id), owner_id=_me())))


@bp.post("/")
@require_user
def create_token() -> ResponseReturnValue:
    draft = TokenDraft.from_json(incoming.json_object())
    limit = snapshot.current().options.token_count_limit
    with db.transaction() as session:
        token = tokens.create(
            session, owner_id=_me(), draft=draft, count_limit=limit, now_s=clock.now_s()
        )
        return ok(_as_json(token))


@bp.put("/")
@require_user
def change_token() -> ResponseReturnValue:
    draft = TokenDraft.from_json(incoming.json_object())
    change = tokens.set_status if request.args.get("status_only") else tokens.update
    with db.transaction() as session:
        return ok(_as_json(change(session, draft, owner_id=_me(), now_s=clock.now_s())))


@bp.delete("/<token_id>")
@require_user
def delete_token(token_id: str) -> ResponseReturnValue:
    # One API reads 0 out of what is no number, and programs know the answer to that.
    number = incoming.row_id(token_id) if token_id.isdecimal() else 0
    with db.transaction() as session:
        tokens.delete_one(session, number, owner_id=_me())
    return ok()


@bp.post("/batch")
@require_user
def delete_tokens() -> ResponseReturnValue:
    ids = incoming.ids_of(incoming.json_object(), at_most=MOST_IDS)
    with db.transaction() as session:
        return ok(tokens.delete_many(session, ids, owner_id=_me()))


@bp.put("/batch")
@require_user
def change_tokens() -> ResponseReturnValue:
    body = incoming.json_object()
    ids = incoming.ids_of(body, at_most=MOST_IDS)
    status = body.get("status")
    if not isinstance(status, int):
        raise Refusal("invalid_parameter", param="status")
    with db.transaction() as session:
        changed = tokens.set_status_of_many(
            session, ids, status, owner_id=_me(), now_s=clock.now_s()
        )
        return ok(changed)


def _me() -> int:
    return current_identity().user_id


def _as_json(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "user_id": token.user_id or 0,
        "key": token.key or "",
        "status": token.status or 0,
        "name": token.name or "",
        "created_time": token.created_time or 0,
        "accessed_time": token.accessed_time or 0,
        "expired_time": token.expired_time if token.expired_time is not None else -1,
        "remain_quota": token.remain_quota or 0,
        "unlimited_quota": bool(token.unlimited_quota),
        "used_quota": token.used_quota or 0,
        "models": token.models,
        "subnet": token.subnet,
    }
