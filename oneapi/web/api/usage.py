"""What was used: the caller's own dashboard, and everybody's for administrators."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oneapi import logbook
from oneapi.billing.usage import series, things
from oneapi.billing.usage.buckets import DAY_S, Granularity
from oneapi.billing.usage.ranges import Range
from oneapi.billing.usage.series import Point, Wanted
from oneapi.billing.usage.tables import By, Only
from oneapi.errors import Refusal
from oneapi.lib import clock
from oneapi.logbook import ModelDay
from oneapi.resources import log_db
from oneapi.web import incoming
from oneapi.web.auth import current_identity, require_admin, require_user
from oneapi.web.envelope import ok
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("usage", __name__, url_prefix="/api")

_USUAL_DAYS = 7
_MOST_DAYS = {Granularity.HOUR: 31, Granularity.DAY: 366, Granularity.WEEK: 366}
_OF_RANGE = ("start", "end", "granularity", "tz")
_Word = TypeVar("_Word", bound=StrEnum)


class Scope(StrEnum):
    """Whose usage is told."""

    ALL = "all"
    USER = "user"
    CHANNEL = "channel"
    TOKEN = "token"  # noqa: S105 - a word, no secret
    MODEL = "model"


_BY = {Scope.USER: By.USER, Scope.CHANNEL: By.CHANNEL, Scope.TOKEN: By.TOKEN}


@bp.get("/user/dashboard")
@require_user
def show_own() -> ResponseReturnValue:
    """Answer a range, or the last seven UTC days, today included, with One API's key names."""
    me = current_identity().user_id
    if not any(request.args.get(name) for name in _OF_RANGE):
        return ok([_as_day(day) for day in _last_days(me)])
    wanted = _wanted(None, [Only(By.USER, me, (me,))])
    with logbook.reading_beside_main() as (session, logs):
        return ok([_as_json(point) for point in series.points(session, logs, wanted)])


@bp.get("/dashboard")
@require_admin
def show_all() -> ResponseReturnValue:
    scope = _word("scope", Scope.ALL)
    with logbook.reading_beside_main() as (session, logs):
        wanted = _wanted(_BY.get(scope), _only(session, scope))
        found = series.points(session, logs, wanted)
        if wanted.by is not None:
            names = things.names(session, wanted.by, (point.id for point in found))
            return ok([_named(point, point.id, names.get(point.id, "")) for point in found])
    if scope is Scope.MODEL:
        return ok([_named(point, point.model_name, point.model_name) for point in found])
    return ok([_as_json(point) for point in found])


def _last_days(user_id: int) -> Sequence[ModelDay]:
    ends_s = (clock.now_s() // DAY_S + 1) * DAY_S
    with log_db.reading() as session:
        return logbook.by_day_and_model(
            session, user_id=user_id, start_s=ends_s - _USUAL_DAYS * DAY_S, end_s=ends_s - 1
        )


def _wanted(by: By | None, only: Sequence[Only]) -> Wanted:
    """Read the range of the query; without an end until now, without a start seven days.

    Raises:
        Refusal: ``invalid_parameter``.
    """
    granularity = _word("granularity", Granularity.DAY)
    end_s = incoming.number_filter("end") or clock.now_s()
    start_s = incoming.number_filter("start")
    if start_s is None:
        start_s = max(end_s - _USUAL_DAYS * DAY_S + 1, 0)
    if not 0 <= start_s <= end_s <= _LAST_S:
        raise Refusal("invalid_parameter", param="end")
    if end_s - start_s >= (_MOST_DAYS[granularity] + 1) * DAY_S:
        raise Refusal("invalid_parameter", param="start")
    return Wanted(
        range=Range(start_s, end_s), granularity=granularity, zone=_zone(), by=by, only=only
    )


_LAST_S = 2**40
"""Some time far behind what calendars know is refused before they fail."""


def _only(session: Session, scope: Scope) -> list[Only]:
    if scope is Scope.MODEL:
        model = request.args.get("id", "")
        return [Only(By.MODEL, model, (model,))] if model else []
    number = incoming.number_filter("id")
    by = _BY.get(scope)
    return [] if by is None or number is None else [things.only(session, by, number)]


def _zone() -> tzinfo:
    name = request.args.get("tz", "") or "UTC"
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise Refusal("invalid_parameter", param="tz") from error


def _word(name: str, default: _Word) -> _Word:
    """Return a word of the query that stands for one of a few things.

    Raises:
        Refusal: ``invalid_parameter``.
    """
    try:
        return type(default)(request.args.get(name) or default)
    except ValueError as error:
        raise Refusal("invalid_parameter", param=name) from error


def _named(point: Point, number: int | str, name: str) -> dict[str, Any]:
    return {**_as_json(point), "id": number, "name": name}


def _as_json(point: Point) -> dict[str, Any]:
    return {
        "time": point.time_s,
        "model_name": point.model_name,
        "requests": point.sums.requests,
        "quota": point.sums.quota,
        "prompt_tokens": point.sums.prompt_tokens,
        "completion_tokens": point.sums.completion_tokens,
    }


def _as_day(day: ModelDay) -> dict[str, Any]:
    return {
        "Day": datetime.fromtimestamp(day.day_s, UTC).date().isoformat(),
        "ModelName": day.model_name,
        "RequestCount": day.sums.requests,
        "Quota": day.sums.quota,
        "PromptTokens": day.sums.prompt_tokens,
        "CompletionTokens": day.sums.completion_tokens,
    }
