"""Rows of ``logs``: written for top-ups, changes, gifts and channel tests; listed and summed up.

The rows of calls are written by the ledger, together with their charges.  ``logs`` may live in a
database of its own, so a row is never joined with another table.

Source: One API's log endpoints.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import gevent
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    delete,
    event,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from oneapi import log_paths
from oneapi.errors import DatabaseUnavailable
from oneapi.lib.paging import Found, Page, fetch, starts_with
from oneapi.log_paths import Wanted
from oneapi.models.log import Log, LogType
from oneapi.options import Options
from oneapi.resources import db, log_db
from oneapi.texts import text

logger = logging.getLogger(__name__)

DAY_S = 86_400
SEARCH_LIMIT = 100
SEARCHED_ROWS = 100_000
_MOST_DIGITS = 19
_WAITING = "oneapi.logbook.rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row to write; ``elapsed_time`` in milliseconds."""

    type: LogType
    created_at: int
    content: str
    user_id: int = 0
    username: str = ""
    model_name: str = ""
    quota: int = 0
    channel_id: int = 0
    request_id: str = ""
    elapsed_time: int = 0
    other: str | None = None
    """A JSON object for programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Narrows lists and sums; 0, ``None`` and the empty text do not.

    Names must be equal, the two times (Unix seconds) are included.
    """

    type: int = 0
    start_s: int = 0
    end_s: int = 0
    user_id: int | None = None
    username: str = ""
    token_name: str = ""
    model_name: str = ""
    channel_id: int = 0

    def wanted(self) -> Wanted:
        """Return which rows these are."""
        columns: dict[InstrumentedAttribute[Any], Any] = {
            Log.type: self.type,
            Log.username: self.username,
            Log.token_name: self.token_name,
            Log.model_name: self.model_name,
            Log.channel_id: self.channel_id,
        }
        equal = {column: value for column, value in columns.items() if value}
        if self.user_id is not None:
            equal[Log.user_id] = self.user_id
        return Wanted(equal=equal, start_s=self.start_s, end_s=self.end_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What rows add up to."""

    requests: int = 0
    quota: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDay:
    """What one model was used for on one day; ``day_s`` is its first second in UTC."""

    day_s: int
    model_name: str
    sums: Sums


def amount(quota: int, options: Options, language: str) -> str:
    """Say an amount of quota as log rows do: in money, or in quota units."""
    if not options.display_in_currency_enabled:
        return text("log_amount_units", language, quota=quota)
    return text("log_amount_money", language, dollars=f"{quota / options.quota_per_unit:.6f}")


def write(session: Session, entry: Entry) -> None:
    """Write a row with the transaction of a session of the main database.

    Where logs live elsewhere, the row follows the commit; what cannot be written there is
    reported and never undoes what it tells of.
    """
    if log_db.engine is db.engine:
        session.add(Log(**asdict(entry)))
        session.flush()
        return
    if _WAITING not in session.info:
        session.info[_WAITING] = []
        event.listen(session, "after_commit", _send_waiting)
    session.info[_WAITING].append(entry)


@contextmanager
def reading_beside_main() -> Iterator[tuple[Session, Session]]:
    """Read the main database and the log rows: one session if both live together."""
    with db.reading() as session:
        if log_db.engine is db.engine:
            yield session, session
            return
        with log_db.reading() as logs:
            yield session, logs


def page_of(session: Session, *, narrow: LogFilter, page: Page) -> Found[Log]:
    """Return one page, newest first."""
    wanted = narrow.wanted()
    query = select(Log).where(*log_paths.conditions(session, wanted))
    return fetch(session, query.order_by(*log_paths.newest_first(wanted)), page)


def search(session: Session, *, keyword: str, user_id: int | None = None) -> Sequence[Log]:
    """Return the newest rows of a type (a number), or whose content begins with the keyword.

    No index knows contents: they are looked for among the newest ``SEARCHED_ROWS``.
    """
    if keyword.isascii() and keyword.isdecimal() and len(keyword) < _MOST_DIGITS:
        equal: dict[InstrumentedAttribute[Any], Any] = {Log.type: int(keyword)}
        if user_id is not None:
            equal[Log.user_id] = user_id
        hits = log_paths.conditions(session, Wanted(equal=equal))
    else:
        hits = [Log.content.like(starts_with(keyword), escape="!")]
        hits += _among_newest(session, user_id)
    query = select(Log).where(*hits)
    return session.scalars(query.order_by(Log.id.desc()).limit(SEARCH_LIMIT)).all()


def after(session: Session, *, narrow: LogFilter, last: Log | None, at_most: int) -> Sequence[Log]:
    """Return what follows a row, newest first; called again and again it walks through all."""
    wanted = narrow.wanted()
    query = select(Log).where(*log_paths.conditions(session, wanted))
    if last is not None and wanted.has_time:
        time_s = last.created_at or 0
        earlier = or_(Log.created_at < time_s, Log.id < last.id)
        query = query.where(Log.created_at <= time_s, earlier)
    elif last is not None:
        query = query.where(Log.id < last.id)
    return session.scalars(query.order_by(*log_paths.newest_first(wanted)).limit(at_most)).all()


def sums_of(session: Session, *, narrow: LogFilter) -> Sums:
    """Add up the rows that fit."""
    fitting = log_paths.conditions(session, narrow.wanted())
    return _sums(session.execute(select(*_totals()).where(*fitting)).one())


def by_day_and_model(session: Session, *, user_id: int, start_s: int, end_s: int) -> list[ModelDay]:
    """Add up what a user consumed, by UTC day and model, in this order; both ends included."""
    narrow = LogFilter(type=LogType.CONSUME, user_id=user_id, start_s=start_s, end_s=end_s)
    day = Log.created_at // literal_column(str(DAY_S), BigInteger)
    query = (
        select(day, Log.model_name, *_totals())
        .where(*log_paths.conditions(session, narrow.wanted()))
        .group_by(day, Log.model_name)
        .order_by(day, Log.model_name)
    )
    return [
        ModelDay(day_s=int(number) * DAY_S, model_name=model or "", sums=_sums(totals))
        for number, model, *totals in session.execute(query)
    ]


def count_before(session: Session, *, target_s: int) -> int:
    """Return how many rows are older than a time."""
    query = select(func.count()).select_from(Log).where(Log.created_at < target_s)
    return session.scalar(query) or 0


def delete_before(session: Session, *, target_s: int, at_most: int) -> int:
    """Delete some of the rows that are older than a time; return how many."""
    wanted = select(Log.id).where(Log.created_at < target_s)
    ids = session.scalars(wanted.order_by(Log.created_at, Log.id).limit(at_most)).all()
    if ids:
        session.execute(delete(Log).where(Log.id.in_(ids)))
    return len(ids)


def _among_newest(session: Session, user_id: int | None) -> list[ColumnElement[bool]]:
    if user_id is None:
        newest = session.scalar(select(func.max(Log.id))) or 0
        return [Log.id > newest - SEARCHED_ROWS]
    own = select(Log.id).where(Log.user_id == user_id).order_by(Log.id.desc())
    floor = session.scalar(own.offset(SEARCHED_ROWS).limit(1)) or 0
    return [Log.user_id == user_id, Log.id > floor]


def _totals() -> list[ColumnElement[Any]]:
    columns = (Log.quota, Log.prompt_tokens, Log.completion_tokens)
    return [func.count(), *(func.coalesce(func.sum(column), 0) for column in columns)]


def _sums(row: Sequence[Any]) -> Sums:
    """Make plain integers of what databases return for sums (MySQL: decimals)."""
    requests, quota, prompt_tokens, completion_tokens = (int(number) for number in row)
    return Sums(
        requests=requests,
        quota=quota,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


def _send_waiting(session: Session) -> None:
    """Write rows into their own database, in a greenlet.

    The committed session still has its turn as a writer, which must not wait for another server.
    """
    if not session.in_nested_transaction():
        gevent.spawn(_write_elsewhere, session.info.pop(_WAITING, []))


def _write_elsewhere(entries: Sequence[Entry]) -> None:
    try:
        with log_db.transaction() as session:
            session.add_all([Log(**asdict(entry)) for entry in entries])
    except DatabaseUnavailable:
        facts = {"contents": [entry.content for entry in entries]}
        logger.exception("log rows could not be written", extra=facts)
