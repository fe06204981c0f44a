"""Lists of channels for administrators: narrowed, ordered, searched."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from oneapi.errors import Refusal
from oneapi.lib.paging import Found, Page, fetch, starts_with
from oneapi.models.ability import Ability
from oneapi.models.channel import Channel
from oneapi.models.own import ChannelExtra

_MOST_DIGITS = 19

_ORDERS: Mapping[str, ColumnElement[Any]] = {
    "id": Channel.id.expression,
    "name": func.coalesce(Channel.name, ""),
    "priority": func.coalesce(Channel.priority, 0),
    "weight": func.coalesce(Channel.weight, 0),
    "response_time": func.coalesce(Channel.response_time, 0),
    "balance": func.coalesce(Channel.balance, 0),
    "used_quota": func.coalesce(Channel.used_quota, 0),
}
"""What a list can be ordered by; databases differ in where they put NULL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFilter:
    """Narrows a list; ``None`` and the empty text do not."""

    type: int | None = None
    status: int | None = None
    group: str = ""
    model: str = ""
    tag: str = ""
    keyword: str = ""
    """The id, or how the name begins."""

    @property
    def is_set(self) -> bool:
        """Whether anything is narrowed."""
        return self != ChannelFilter()

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Return what a channel has to fulfil."""
        if self.type is not None:
            yield Channel.type == self.type
        if self.status is not None:
            yield Channel.status == self.status
        if self.group:
            yield Channel.id.in_(select(Ability.channel_id).where(Ability.group == self.group))
        if self.model:
            yield Channel.id.in_(select(Ability.channel_id).where(Ability.model == self.model))
        if self.tag:
            yield Channel.id.in_(
                select(ChannelExtra.channel_id).where(ChannelExtra.tag == self.tag)
            )
        if self.keyword:
            yield _matches(self.keyword)


def page_of(
    session: Session, *, narrow: ChannelFilter, page: Page, order: str = ""
) -> Found[Channel]:
    """Return one page, newest first or in an order: a name, with ``-`` in front descending.

    Raises:
        Refusal: ``invalid_parameter``, an order that there is not.
    """
    query = select(Channel).where(*narrow.conditions())
    return fetch(session, query.order_by(*_order_of(order)), page)


def search(session: Session, *, keyword: str) -> Sequence[Channel]:
    """Return every channel with this id or with a name that begins so, newest first."""
    narrow = ChannelFilter(keyword=keyword)
    query = select(Channel).where(*narrow.conditions()).order_by(Channel.id.desc())
    return session.scalars(query).all()


def _order_of(order: str) -> list[ColumnElement[Any]]:
    if not order:
        return [Channel.id.desc()]
    column = _ORDERS.get(order.removeprefix("-"))
    if column is None:
        raise Refusal("invalid_parameter", param="order")
    return [column.desc() if order.startswith("-") else column, Channel.id.desc()]


def _matches(keyword: str) -> ColumnElement[bool]:
    by_name = Channel.name.like(starts_with(keyword), escape="!")
    if keyword.isascii() and keyword.isdecimal() and len(keyword) < _MOST_DIGITS:
        return or_(by_name, Channel.id == int(keyword))
    return by_name
