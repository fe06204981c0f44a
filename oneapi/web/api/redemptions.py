"""``/api/redemption``: voucher codes, for administrators."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oneapi import logbook, resources, snapshot
from oneapi.billing import redemptions
from oneapi.billing.redemptions import MOST_IDS, RedemptionDraft, RedemptionFilter
from oneapi.lib import clock
from oneapi.lib.paging import Found
from oneapi.models.redemption import Redemption, RedemptionStatus
from oneapi.resources import db
from oneapi.web import audit, incoming
from oneapi.web.auth import current_identity, require_admin
from oneapi.web.envelope import ok
from oneapi.web.paging import listed, requested_page
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("redemptions", __name__, url_prefix="/api/redemption")


@bp.get("/")
@require_admin
def list_redemptions() -> ResponseReturnValue:
    narrow = RedemptionFilter(
        status=incoming.number_filter("status", RedemptionStatus), keyword=incoming.keyword()
    )
    page = requested_page(filtered=narrow.is_set)
    with db.reading() as session:
        return _listed(session, redemptions.page_of(session, narrow=narrow, page=page))


@bp.get("/search")
@require_admin
def search_redemptions() -> ResponseReturnValue:
    with db.reading() as session:
        return _listed(session, redemptions.search(session, keyword=incoming.keyword()))


@bp.get("/<redemption_id>")
@require_admin
def show_redemption(redemption_id: str) -> ResponseReturnValue:
    with db.reading() as session:
        return _shown(session, redemptions.get(session, incoming.row_id(redemption_id)))


@bp.post("/")
@require_admin
def create_redemptions() -> ResponseReturnValue:
    draft = RedemptionDraft.from_json(incoming.json_object())
    me, now_s = current_identity().user_id, clock.now_s()
    with db.transaction() as session:
        made = redemptions.create(session, draft, creator_id=me, now_s=now_s)
        audit.note(
            session,
            "log_redemptions_created",
            count=len(made),
            name=made[0].name,
            amount=_amount(made[0].quota or 0),
        )
        return ok([redemption.key for redemption in made])


@bp.put("/")
@require_admin
def change_redemption() -> ResponseReturnValue:
    draft = RedemptionDraft.from_json(incoming.json_object())
    with db.transaction() as session:
        if request.args.get("status_only"):
            redemption = redemptions.set_status(session, draft.id, draft.status)
        else:
            redemption = redemptions.update(session, draft)
        audit.note(session, "log_redemption_changed", name=redemption.name, id=redemption.id)
        return _shown(session, redemption)


@bp.delete("/<redemption_id>")
@require_admin
def delete_redemption(redemption_id: str) -> ResponseReturnValue:
    # One API reads 0 out of what is no number, and programs know the answer to that.
    number = incoming.row_id(redemption_id) if redemption_id.isdecimal() else 0
    with db.transaction() as session:
        gone = redemptions.delete_one(session, number)
        audit.note(session, "log_redemption_deleted", name=gone.name, id=number)
    return ok()


@bp.post("/batch")
@require_admin
def delete_redemptions() -> ResponseReturnValue:
    ids = incoming.ids_of(incoming.json_object(), at_most=MOST_IDS)
    with db.transaction() as session:
        found = redemptions.delete_many(session, ids)
        if found:
            audit.note(session, "log_redemptions_deleted", id=_ids(found))
        return ok(len(found))


@bp.put("/batch")
@require_admin
def change_redemptions() -> ResponseReturnValue:
    body = incoming.json_object()
    ids = incoming.ids_of(body, at_most=MOST_IDS)
    draft = RedemptionDraft.from_json({"status": body.get("status")})
    with db.transaction() as session:
        found = redemptions.set_status_of_many(session, ids, draft.status)
        if found:
            audit.note(session, "log_redemptions_changed", id=_ids(found))
        return ok(len(found))


def _shown(session: Session, redemption: Redemption) -> ResponseReturnValue:
    return ok(_as_json(redemption, redemptions.redeemers(session, [redemption])))


def _listed(session: Session, found: Found[Redemption]) -> ResponseReturnValue:
    used_by = redemptions.redeemers(session, found.rows)
    return listed(found, lambda redemption: _as_json(redemption, used_by))


def _ids(found: list[Redemption]) -> str:
    return ", ".join(str(redemption.id) for redemption in found)


def _amount(quota: int) -> str:
    language = resources.settings.default_language
    return logbook.amount(quota, snapshot.current().options, language)


def _as_json(redemption: Redemption, used_by: dict[int, int]) -> dict[str, Any]:
    return {
        "id": redemption.id,
        "user_id": redemption.user_id or 0,
        "key": redemption.key or "",
        "status": redemption.status or 0,
        "name": redemption.name or "",
        "quota": redemption.quota or 0,
        "created_time": redemption.created_time or 0,
        "redeemed_time": redemption.redeemed_time or 0,
        "count": 0,
        "used_user_id": used_by.get(redemption.id, 0),
    }
