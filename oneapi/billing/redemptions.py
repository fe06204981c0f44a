"""Redemption codes as administrators handle them: make, list, change, delete.

A used code stays what it is: it tells who got how much.  What happens when somebody redeems one
is in ``billing.top_ups``.

Source: One API's redemption endpoints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, delete, or_, select
from sqlalchemy.orm import Session

from oneapi.errors import Refusal
from oneapi.lib import keys
from oneapi.lib.json_fields import optional_integer, optional_text
from oneapi.lib.paging import Found, Page, fetch, starts_with
from oneapi.models.own import RedemptionUse
from oneapi.models.redemption import Redemption, RedemptionStatus

LONGEST_NAME = 20
MOST_AT_ONCE = 100
MOST_IDS = 500
DEFAULT_QUOTA = 100
"""What a code is worth when nobody says it."""

SETTABLE = (RedemptionStatus.ENABLED, RedemptionStatus.DISABLED)
"""The states that people may choose; the third is reached by redeeming."""

_MOST_DIGITS = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionDraft:
    """What a body says about codes; ``None`` where it says nothing."""

    id: int = 0
    name: str | None = None
    count: int = 0
    quota: int | None = None
    status: int = 0

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read a body.

        Raises:
            Refusal: ``invalid_parameter`` for a wrong type.
        """
        return cls(
            id=optional_integer(body, "id") or 0,
            name=optional_text(body, "name"),
            count=optional_integer(body, "count") or 0,
            quota=optional_integer(body, "quota"),
            status=optional_integer(body, "status") or 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionFilter:
    """Narrows a list; ``None`` and the empty text do not."""

    status: int | None = None
    keyword: str = ""

    @property
    def is_set(self) -> bool:
        """Whether anything is narrowed."""
        return self != RedemptionFilter()


def create(
    session: Session, draft: RedemptionDraft, *, creator_id: int, now_s: int
) -> list[Redemption]:
    """Make as many codes as the draft asks for, all or none.

    Raises:
        Refusal: ``redemption_name_length``, ``redemption_count_range``, ``invalid_parameter``.
    """
    name = _checked_name(draft.name or "")
    if not 1 <= draft.count <= MOST_AT_ONCE:
        raise Refusal("redemption_count_range")
    quota = DEFAULT_QUOTA if draft.quota is None else _checked_quota(draft.quota)
    made = [
        Redemption(
            user_id=creator_id,
            key=keys.new_access_token(),
            status=RedemptionStatus.ENABLED,
            name=name,
            quota=quota,
            created_time=now_s,
        )
        for _ in range(draft.count)
    ]
    session.add_all(made)
    session.flush()
    # One API deletes a code without our row, and SQLite gives its id to the next one.
    _forget_uses(session, [redemption.id for redemption in made])
    return made


def get(session: Session, redemption_id: int) -> Redemption:
    """Return a code.

    Raises:
        Refusal: ``id_missing``, ``record_not_found``.
    """
    if redemption_id == 0:
        raise Refusal("id_missing")
    redemption = session.get(Redemption, redemption_id)
    if redemption is None:
        raise Refusal("record_not_found")
    return redemption


def page_of(session: Session, *, narrow: RedemptionFilter, page: Page) -> Found[Redemption]:
    """Return one page, newest first."""
    return fetch(session, _narrowed(narrow).order_by(Redemption.id.desc()), page)


def search(session: Session, *, keyword: str) -> Found[Redemption]:
    """Return every code with this id, or whose name begins with the keyword."""
    query = _narrowed(RedemptionFilter(keyword=keyword)).order_by(Redemption.id.desc())
    return Found(session.scalars(query).all())


def redeemers(session: Session, found: Sequence[Redemption]) -> dict[int, int]:
    """Return who used these codes: code id -> user id, as far as we know it."""
    used = [each.id for each in found if each.status == RedemptionStatus.USED]
    if not used:
        return {}
    rows = session.scalars(select(RedemptionUse).where(RedemptionUse.redemption_id.in_(used)))
    return {row.redemption_id: row.used_user_id for row in rows}


def set_status(session: Session, redemption_id: int, status: int) -> Redemption:
    """Enable or disable a code.

    Raises:
        Refusal: ``invalid_parameter`` for another state, ``redemption_used`` for a used code.
    """
    redemption = _locked(session, redemption_id)
    _set_status(redemption, status)
    session.flush()
    return redemption


def update(session: Session, draft: RedemptionDraft) -> Redemption:
    """Change name and quota where the draft gives them; a used code keeps its quota.

    Raises:
        Refusal: ``redemption_name_length``, ``invalid_parameter``, ``redemption_used``.
    """
    redemption = _locked(session, draft.id)
    if draft.name is not None:
        redemption.name = _checked_name(draft.name)
    if draft.quota is not None and draft.quota != redemption.quota:
        _refuse_used(redemption)
        redemption.quota = _checked_quota(draft.quota)
    session.flush()
    return redemption


def set_status_of_many(session: Session, ids: Sequence[int], status: int) -> list[Redemption]:
    """Enable or disable the codes among these, all or none, and return them.

    Raises:
        Refusal: as ``set_status``.
    """
    found = _among(session, ids)
    for redemption in found:
        _set_status(redemption, status)
    session.flush()
    return found


def delete_one(session: Session, redemption_id: int) -> Redemption:
    """Delete a code and return what it was.

    Raises:
        Refusal: ``id_missing``, ``record_not_found``.
    """
    redemption = _locked(session, redemption_id)
    _delete(session, [redemption.id])
    return redemption


def delete_many(session: Session, ids: Sequence[int]) -> list[Redemption]:
    """Delete the codes among these and return what they were."""
    found = _among(session, ids)
    _delete(session, [redemption.id for redemption in found])
    return found


def _narrowed(narrow: RedemptionFilter) -> Select[Redemption]:
    query = select(Redemption)
    if narrow.status is not None:
        query = query.where(Redemption.status == narrow.status)
    return query.where(_matches(narrow.keyword)) if narrow.keyword else query


def _matches(keyword: str) -> ColumnElement[bool]:
    by_name = Redemption.name.like(starts_with(keyword), escape="!")
    if keyword.isascii() and keyword.isdecimal() and len(keyword) < _MOST_DIGITS:
        return or_(Redemption.id == int(keyword), by_name)
    return by_name


def _locked(session: Session, redemption_id: int) -> Redemption:
    """Return a code that nobody redeems before the transaction ends."""
    get(session, redemption_id)
    query = select(Redemption).where(Redemption.id == redemption_id).with_for_update()
    locked = session.scalars(query.execution_options(populate_existing=True)).first()
    if locked is None:
        raise Refusal("record_not_found")
    return locked


def _among(session: Session, ids: Sequence[int]) -> list[Redemption]:
    query = select(Redemption).where(Redemption.id.in_(ids)).order_by(Redemption.id)
    return list(session.scalars(query.with_for_update()))


def _delete(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(Redemption).where(Redemption.id.in_(ids)))
    _forget_uses(session, ids)


def _forget_uses(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(RedemptionUse).where(RedemptionUse.redemption_id.in_(ids)))


def _set_status(redemption: Redemption, status: int) -> None:
    if status not in SETTABLE:
        raise Refusal("invalid_parameter", param="status")
    _refuse_used(redemption)
    redemption.status = status


def _refuse_used(redemption: Redemption) -> None:
    if redemption.status == RedemptionStatus.USED:
        raise Refusal("redemption_used")


def _checked_name(name: str) -> str:
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Refusal("redemption_name_length")
    return name


def _checked_quota(quota: int) -> int:
    """Return a quota that adds something: a negative code would take from whoever redeems it."""
    if quota <= 0:
        raise Refusal("invalid_parameter", param="quota")
    return quota
