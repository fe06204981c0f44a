"""``/api/channel``: the accounts at providers, for administrators.

Keys are written and never read; the secrets of a config are read only one channel at a time, and
that leaves a row in the log.
"""

import math
import time
from collections.abc import Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oneapi.channels import extras, listing, store
from oneapi.channels.draft import ChannelDraft, has_secret, masked_config
from oneapi.channels.listing import ChannelFilter
from oneapi.errors import Refusal
from oneapi.lib import clock
from oneapi.lib.json_fields import optional_text
from oneapi.lib.paging import Found
from oneapi.models.channel import Channel, ChannelStatus
from oneapi.models.own import ChannelExtra
from oneapi.providers.catalog import channel_types
from oneapi.relay import blame
from oneapi.resources import db
from oneapi.web import audit, incoming
from oneapi.web.auth import require_admin
from oneapi.web.envelope import ok
from oneapi.web.incoming import MIB
from oneapi.web.paging import listed, requested_page
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("channels", __name__, url_prefix="/api/channel")

_LARGEST_BODY = 4 * MIB
"""A body may hold many keys, one a line."""

_MOST_IDS = 500
_OF_MANY = ("status", "priority", "weight", "group", "models", "tag")
"""What may be changed of several channels at once."""


@bp.get("/")
@require_admin
def list_channels() -> ResponseReturnValue:
    narrow = ChannelFilter(
        type=incoming.number_filter("type", channel_types()),
        status=incoming.number_filter("status", ChannelStatus),
        group=request.args.get("group", ""),
        model=request.args.get("model", ""),
        tag=request.args.get("tag", ""),
        keyword=incoming.keyword(),
    )
    page, order = requested_page(filtered=narrow.is_set), request.args.get("order", "")
    with db.reading() as session:
        return _listed(session, listing.page_of(session, narrow=narrow, page=page, order=order))


@bp.get("/search")
@require_admin
def search_channels() -> ResponseReturnValue:
    with db.reading() as session:
        return _listed(session, Found(listing.search(session, keyword=incoming.keyword())))


@bp.get("/<channel_id>")
@require_admin
def show_channel(channel_id: str) -> ResponseReturnValue:
    with db.reading() as session:
        channel = store.get(session, channel_id_of(channel_id))
        extra = extras.of(session, [channel]).get(channel.id)
        data = {**_as_json(channel, extra), "config": channel.config or ""}
    if has_secret(data["config"]):
        with db.transaction() as session:
            audit.note(session, "log_channel_secret_shown", name=data["name"], id=data["id"])
    return ok(data)


@bp.post("/")
@require_admin
def create_channels() -> ResponseReturnValue:
    draft = ChannelDraft.from_json(incoming.json_object(limit_bytes=_LARGEST_BODY))
    with db.transaction() as session:
        made = store.create(session, draft, now_s=clock.now_s())
        audit.note(session, "log_channel_created", name=made[0].name, id=_ids(made))
    return ok()


@bp.put("/")
@require_admin
def change_channel() -> ResponseReturnValue:
    draft = ChannelDraft.from_json(incoming.json_object(limit_bytes=_LARGEST_BODY))
    with db.transaction() as session:
        channel = store.update_one(session, draft)
        extra = extras.of(session, [channel]).get(channel.id)
        audit.note(
            session,
            "log_channel_changed",
            name=channel.name,
            id=channel.id,
            members=_members(draft),
        )
        return ok(_as_json(channel, extra))


@bp.delete("/disabled")
@require_admin
def delete_disabled_channels() -> ResponseReturnValue:
    with db.transaction() as session:
        count = store.delete_disabled(session)
        if count:
            audit.note(session, "log_disabled_channels_deleted", count=count)
    return ok(count)


@bp.delete("/<channel_id>")
@require_admin
def delete_channel(channel_id: str) -> ResponseReturnValue:
    with db.transaction() as session:
        for channel in store.delete_many(session, [incoming.row_id(channel_id)]):
            audit.note(session, "log_channel_deleted", name=channel.name, id=channel.id)
    return ok()


@bp.post("/batch")
@require_admin
def delete_channels() -> ResponseReturnValue:
    ids = incoming.ids_of(incoming.json_object(), at_most=_MOST_IDS)
    with db.transaction() as session:
        found = store.delete_many(session, ids)
        if found:
            audit.note(session, "log_channels_deleted", id=_ids(found))
    return ok(len(found))


@bp.put("/batch")
@require_admin
def change_channels() -> ResponseReturnValue:
    body = incoming.json_object()
    ids = incoming.ids_of(body, at_most=_MOST_IDS)
    draft = ChannelDraft.from_json({name: body.get(name) for name in _OF_MANY})
    if not draft.given:
        raise Refusal("invalid_parameter", param="ids")
    with db.transaction() as session:
        found = store.update_many(session, ids, draft)
        if found:
            audit.note(session, "log_channels_changed", id=_ids(found), members=_members(draft))
    return ok(len(found))


@bp.post("/copy/<channel_id>")
@require_admin
def copy_channel(channel_id: str) -> ResponseReturnValue:
    body = incoming.json_object() if request.content_length else {}
    name = (optional_text(body, "name") or "").strip()
    with db.transaction() as session:
        copied = store.copy(session, channel_id_of(channel_id), name=name, now_s=clock.now_s())
        audit.note(session, "log_channel_copied", name=copied.name, id=copied.id, of=channel_id)
        return ok(copied.id)


def channel_id_of(text: str) -> int:
    """Return the id of a path; 0 is a number like any other that no channel has.

    Raises:
        Refusal: ``invalid_parameter``.
    """
    try:
        return incoming.row_id(text)
    except Refusal as refusal:
        if refusal.code != "id_missing":
            raise
        return 0


def _listed(session: Session, found: Found[Channel]) -> ResponseReturnValue:
    known = extras.of(session, found.rows)
    return listed(found, lambda channel: _as_json(channel, known.get(channel.id)))


def _members(draft: ChannelDraft) -> str:
    return ", ".join(sorted(draft.given))


def _ids(channels: Sequence[Channel]) -> str:
    return ", ".join(str(channel.id) for channel in channels)


def _as_json(channel: Channel, extra: ChannelExtra | None) -> dict[str, Any]:
    """Return One API's channel object without key and secrets, and what we know beside."""
    known = extra if extra is not None else ChannelExtra()
    return {
        "id": channel.id,
        "type": channel.type or 0,
        "key": "",
        "status": channel.status or 0,
        "name": channel.name or "",
        "weight": channel.weight,
        "created_time": channel.created_time or 0,
        "test_time": channel.test_time or 0,
        "response_time": channel.response_time or 0,
        "base_url": channel.base_url,
        "other": channel.other,
        "balance": channel.balance or 0,
        "balance_updated_time": channel.balance_updated_time or 0,
        "models": channel.models or "",
        "group": channel.group or "",
        "used_quota": channel.used_quota or 0,
        "model_mapping": channel.model_mapping,
        "priority": channel.priority,
        "config": masked_config(channel.config),
        "system_prompt": channel.system_prompt,
        "tag": known.tag or "",
        "remark": known.remark or "",
        "disabled_reason": known.disabled_reason or "",
        "disabled_time": known.disabled_time or 0,
        "last_error": known.last_error or "",
        "last_error_time": known.last_error_time or 0,
        "cooldown_until": _cooldown_until(channel.id),
    }


def _cooldown_until(channel_id: int) -> int:
    """Return the time at which this worker uses the channel for every model again, 0 for now."""
    left_s = blame.health().cool_downs.until(channel_id, now=time.monotonic())
    return clock.now_s() + math.ceil(left_s) if left_s > 0 else 0
