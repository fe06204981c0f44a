"""``/api/channel``: what upstreams are asked: a test, the balance, their models."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.channels import balance, store
from oneapi.channels.draft import ChannelDraft
from oneapi.errors import Refusal
from oneapi.lib import clock
from oneapi.relay import model_list, probe, probe_run
from oneapi.resources import db
from oneapi.web import context, incoming
from oneapi.web.api.channels import channel_id_of
from oneapi.web.auth import changes_state, require_admin
from oneapi.web.envelope import json_response, ok, refused
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("channel_checks", __name__, url_prefix="/api/channel")


@bp.get("/test/<channel_id>")
@require_admin
@changes_state
def test_channel(channel_id: str) -> ResponseReturnValue:
    """Answer what the model said, beside the keys that One API has instead of ``data``."""
    number = probe.find_channel(channel_id_of(channel_id)).id
    model = request.args.get("model", "")
    try:
        result = probe.probe(number, model, request_id=context.request_id())
    except Refusal as refusal:
        return refused(refusal, time=0, modelName=model)
    named: dict[str, Any] = {"modelName": model, "actualModel": result.actual_model}
    if not result.ok:
        return refused(Refusal("upstream_error", reason=result.reason), time=0, **named)
    seconds = round(result.elapsed_ms / 1000, 3)
    return json_response({"success": True, "message": result.answer, "time": seconds, **named})


@bp.get("/test")
@require_admin
@changes_state
def test_channels() -> ResponseReturnValue:
    scope = request.args.get("scope", "") or probe_run.Scope.ALL
    if scope in list(probe_run.Scope):
        probe_run.start(probe_run.Scope(scope), announces=True)
    return ok()


@bp.get("/test/status")
@require_admin
def show_test_status() -> ResponseReturnValue:
    return ok(probe_run.status())


@bp.get("/update_balance/<channel_id>")
@require_admin
@changes_state
def update_balance(channel_id: str) -> ResponseReturnValue:
    with db.reading() as session:
        channel = store.get(session, channel_id_of(channel_id))
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


@bp.get("/fetch_models/<channel_id>")
@require_admin
def fetch_models(channel_id: str) -> ResponseReturnValue:
    return ok(model_list.of_channel(probe.find_channel(channel_id_of(channel_id))))


@bp.post("/fetch_models")
@require_admin
def fetch_models_of_draft() -> ResponseReturnValue:
    draft = ChannelDraft.from_json(incoming.json_object())
    return ok(model_list.of_draft(draft.given))
