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

from oneapi import snapshot
from oneapi.channels import balance, store
from oneapi.channels.draft import ChannelDraft, has_secret, masked_config
from oneapi.channels.store import ChannelFilter
from oneapi.errors import Refusal
from oneapi.lib import clock
from oneapi.lib.paging import Found
from oneapi.models.channel import Channel, ChannelStatus
from oneapi.models.own import ChannelExtra
from oneapi.relay import blame
from oneapi.resources import db
from oneapi.web import audit, incoming
from oneapi.web.auth import changes_state, require_admin
from oneapi.web.envelope import ok
from oneapi.web.incoming import MIB
from oneapi.web.paging import listed, requested_page
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("channels", __name__, url_prefix="/api/channel")

_LARGEST_BODY = 4 * MIB
"""A body may hold many keys, one a line."""


@bp.get("/")
@require_admin
def list_channels() -> ResponseReturnValue:
    narrow = ChannelFilter(
        type=incoming.number_filter("type"),
        status=incoming.number_filter("status", ChannelStatus),
        group=request.args.get("group", ""),
    )
    page = requested_page(filtered=narrow.is_set)
    with db.reading() as session:
        found = store.page_of(session, narrow=narrow, page=page)
        extras = store.extras(session, found.rows)
        return listed(found, lambda channel: _as_json(channel, extras.get(channel.id)))


@bp.get("/search")
@require_admin
def search_channels() -> ResponseReturnValue:
    with db.reading() as session:
        found = store.search(session, keyword=incoming.keyword())
        extras = store.extras(session, found)
        return listed(Found(found), lambda channel: _as_json(channel, extras.get(channel.id)))


@bp.get("/<channel_id>")
@require_admin
def show_channel(channel_id: str) -> ResponseReturnValue:
    with db.reading() as session:
        channel = store.get(session, _row_id(channel_id))
        extra = store.extras(session, [channel]).get(channel.id)
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
        extra = store.extras(session, [channel]).get(channel.id)
        members = ", ".join(sorted(draft.given))
        audit.note(
            session, "log_channel_changed", name=channel.name, id=channel.id, members=members
        )
        return ok(_as_json(channel, extra))


@bp.delete("/disabled")
@require_admin
def delete_disabled_channels() -> ResponseReturnValue:
    with db.transaction() as session:
        count = store.delete_disabled(session)
        if count:
            audit.note(session, "log_channels_deleted", count=count)
    return ok(count)


@bp.delete("/<channel_id>")
@require_admin
def delete_channel(channel_id: str) -> ResponseReturnValue:
    with db.transaction() as session:
        channel = store.delete_one(session, incoming.row_id(channel_id))
        if channel is not None:
            audit.note(session, "log_channel_deleted", name=channel.name, id=channel.id)
    return ok()


@bp.get("/update_balance/<channel_id>")
@require_admin
@changes_state
def update_balance(channel_id: str) -> ResponseReturnValue:
    with db.reading() as session:
        channel = store.get(session, _row_id(channel_id))
        number, account = channel.id, balance.account_of(channel)
    left = balance.ask(account)
    with db.transaction() as session:
        store.set_balance(session, number, left, now_s=clock.now_s())
    return ok(balance=left)


@bp.get("/update_balance")
@require_admin
@changes_state
def update_balances() -> ResponseReturnValue:
    balance.start_run(snapshot.current().options)
    return ok()


def _row_id(text: str) -> int:
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
