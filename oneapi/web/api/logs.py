"""``/api/log``: lists, sums, export and cleaning of log rows.

Users see their own rows only, and in these neither ids nor channels.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from oneapi import log_cleaning, logbook
from oneapi.billing.usage import totals
from oneapi.errors import Refusal
from oneapi.lib import clock
from oneapi.lib.paging import Found
from oneapi.logbook import LogFilter
from oneapi.models.log import Log, LogType
from oneapi.models.user import Role
from oneapi.resources import db, log_db
from oneapi.web import audit, incoming, log_csv
from oneapi.web.auth import current_identity, require_admin, require_user
from oneapi.web.envelope import ok
from oneapi.web.paging import listed, requested_page
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("logs", __name__, url_prefix="/api/log")

_MINUTE_S = 60
_EXPORTED_ROWS = 100_000
_PART_ROWS = 1000


@bp.get("/")
@require_admin
def list_logs() -> ResponseReturnValue:
    with log_db.reading() as session:
        return listed(logbook.page_of(session, narrow=_of_all(), page=requested_page()), _as_json)


@bp.get("/self")
@require_user
def list_own_logs() -> ResponseReturnValue:
    with log_db.reading() as session:
        found = logbook.page_of(session, narrow=_of_own(), page=requested_page())
        return listed(found, _as_own_json)


@bp.get("/search")
@require_admin
def search_logs() -> ResponseReturnValue:
    with log_db.reading() as session:
        return listed(Found(logbook.search(session, keyword=incoming.keyword())), _as_json)


@bp.get("/self/search")
@require_user
def search_own_logs() -> ResponseReturnValue:
    me = current_identity().user_id
    with log_db.reading() as session:
        found = logbook.search(session, keyword=incoming.keyword(), user_id=me)
        return listed(Found(found), _as_own_json)


@bp.get("/stat")
@require_admin
def show_sums() -> ResponseReturnValue:
    return _sums(_of_all())


@bp.get("/self/stat")
@require_user
def show_own_sums() -> ResponseReturnValue:
    return _sums(_of_own())


@bp.get("/export")
@require_admin
def export_logs() -> ResponseReturnValue:
    return _export(_of_all(), log_csv.ALL_COLUMNS)


@bp.get("/self/export")
@require_user
def export_own_logs() -> ResponseReturnValue:
    return _export(_of_own(), log_csv.OWN_COLUMNS)


@bp.delete("/")
@require_admin
def delete_logs() -> ResponseReturnValue:
    target_s = _number("target_timestamp")
    if target_s <= 0:
        raise Refusal("target_timestamp_missing")
    if target_s > clock.now_s():
        raise Refusal("invalid_parameter", param="target_timestamp")
    count = log_cleaning.start(target_s=target_s)
    with db.transaction() as session:
        until = datetime.fromtimestamp(target_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
        audit.note(session, "log_logs_deleted", count=count, until=until)
    return ok(count)


def _of_all() -> LogFilter:
    return LogFilter(
        type=_number("type"),
        start_s=_number("start_timestamp"),
        end_s=_number("end_timestamp"),
        username=request.args.get("username", ""),
        token_name=request.args.get("token_name", ""),
        model_name=request.args.get("model_name", ""),
        channel_id=_number("channel"),
    )


def _of_own() -> LogFilter:
    return LogFilter(
        type=_number("type"),
        start_s=_number("start_timestamp"),
        end_s=_number("end_timestamp"),
        user_id=current_identity().user_id,
        token_name=request.args.get("token_name", ""),
        model_name=request.args.get("model_name", ""),
    )


def _sums(narrow: LogFilter) -> ResponseReturnValue:
    """Answer the quota of calls, whatever type is asked for, and the other figures of that type."""
    calls = replace(narrow, type=LogType.CONSUME)
    last_minute = replace(calls, start_s=clock.now_s() - _MINUTE_S + 1, end_s=0)
    with logbook.reading_beside_main() as (session, logs):
        consumed = shown = totals.of(session, logs, calls)
        if narrow.type not in (LogType.UNKNOWN, LogType.CONSUME):
            shown = totals.of(session, logs, narrow)
        recent = totals.of(session, logs, last_minute)
    return ok(
        {
            "quota": consumed.quota,
            "requests": shown.requests,
            "prompt_tokens": shown.prompt_tokens,
            "completion_tokens": shown.completion_tokens,
            "rpm": recent.requests,
            "tpm": recent.prompt_tokens + recent.completion_tokens,
        }
    )


def _export(narrow: LogFilter, columns: Sequence[str]) -> ResponseReturnValue:
    """Answer a file, newest rows first; no connection is held while the client reads it."""
    parts = _parts(narrow)
    first = next(parts)  # what the database refuses is still an answer of its own
    headers = {"Content-Disposition": 'attachment; filename="logs.csv"'}
    pieces = log_csv.lines(chain([first], parts), columns)
    return Response(pieces, content_type="text/csv; charset=utf-8", headers=headers)


def _parts(narrow: LogFilter) -> Iterator[Sequence[Log]]:
    last: Log | None = None
    for _ in range(_EXPORTED_ROWS // _PART_ROWS):
        with log_db.reading() as session:
            rows = logbook.after(session, narrow=narrow, last=last, at_most=_PART_ROWS)
            session.expunge_all()
        yield rows
        if len(rows) < _PART_ROWS:
            return
        last = rows[-1]


def _number(name: str) -> int:
    """Return a number of the query; 0 for what is none, as One API reads it."""
    try:
        return incoming.number_filter(name) or 0
    except Refusal:
        return 0


def _as_json(row: Log) -> dict[str, Any]:
    """Return One API's log object; what options said before is for root, as the options are."""
    hides_details = row.type == LogType.MANAGE and current_identity().role < Role.ROOT
    return {
        "id": row.id,
        "user_id": row.user_id or 0,
        "created_at": row.created_at or 0,
        "type": row.type or 0,
        "content": row.content or "",
        "username": row.username or "",
        "token_name": row.token_name or "",
        "model_name": row.model_name or "",
        "quota": row.quota or 0,
        "prompt_tokens": row.prompt_tokens or 0,
        "completion_tokens": row.completion_tokens or 0,
        "channel": row.channel_id or 0,
        "request_id": row.request_id or "",
        "elapsed_time": row.elapsed_time or 0,
        "is_stream": bool(row.is_stream),
        "system_prompt_reset": bool(row.system_prompt_reset),
        "other": "" if hides_details else row.other or "",
    }


def _as_own_json(row: Log) -> dict[str, Any]:
    data = _as_json(row)
    return {**data, "id": 0, "channel": 0, "other": _without_channels(data["other"])}


def _without_channels(other: str) -> str:
    """Leave out which channels were tried before the one that answered."""
    if "attempts" not in other:
        return other
    try:
        details = json.loads(other)
    except ValueError:
        return ""
    details.pop("attempts", None)
    return json.dumps(details, separators=(",", ":"))
