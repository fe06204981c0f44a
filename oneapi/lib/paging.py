"""One page of a query: rows, and how many there are in all when somebody wants to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

_Row = TypeVar("_Row")

COUNT_LIMIT = 10_000
"""Counting stops here; a list that long is not paged through by hand."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are wanted; pages count from 0."""

    number: int = 0
    size: int = 10
    with_total: bool = False


@dataclass(frozen=True, slots=True)
class Found(Generic[_Row]):
    """The rows of one page."""

    rows: Sequence[_Row]
    total: int | None = None
    """How many rows match in all, at most ``COUNT_LIMIT``; ``None`` if nobody asked."""

    has_more: bool = False
    """Whether there are more than ``total`` says."""


def fetch(session: Session, statement: Select[_Row], page: Page) -> Found[_Row]:
    """Return one page of an ordered query of one entity."""
    limited = statement.offset(page.number * page.size).limit(page.size)
    rows = session.scalars(limited).all()
    if not page.with_total:
        return Found(rows)
    probe = statement.order_by(None).limit(COUNT_LIMIT + 1).subquery()
    count = session.scalar(select(func.count()).select_from(probe)) or 0
    return Found(rows, min(count, COUNT_LIMIT), has_more=count > COUNT_LIMIT)


def starts_with(text: str) -> str:
    """Return a LIKE pattern for a prefix; use it with ``escape="!"``."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"{escaped}%"
