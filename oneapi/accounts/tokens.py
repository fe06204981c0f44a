"""A user's own API tokens: create, list, change, delete.

Every function takes the owner and finds only what is his.  What a token may do under ``/v1`` is
decided in ``accounts.access``.

Source: One API's token endpoints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from oneapi import revision
from oneapi.errors import Refusal
from oneapi.lib import keys, subnets
from oneapi.lib.json_fields import optional_boolean, optional_integer, optional_text
from oneapi.lib.paging import Found, Page, fetch, starts_with
from oneapi.models.token import NEVER, Token, TokenStatus
from oneapi.models.user import Role, User

LONGEST_NAME = 30
MOST_IDS = 500
SETTABLE = (TokenStatus.ENABLED, TokenStatus.DISABLED)
"""The states that people may choose; the other two are found at use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDraft:
    """What a body says about a token; ``given`` names the members that it holds."""

    given: frozenset[str] = frozenset()
    id: int = 0
    name: str = ""
    status: int = 0
    expired_time: int = NEVER
    remain_quota: int = 0
    unlimited_quota: bool = False
    models: str | None = None
    subnet: str | None = None

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read a body; null counts as a member that is given and empty.

        Raises:
            Refusal: ``invalid_parameter``, ``token_name_too_long``, ``invalid_subnet``.
        """
        draft = cls(
            given=frozenset(body),
            id=optional_integer(body, "id") or 0,
            name=optional_text(body, "name") or "",
            status=optional_integer(body, "status") or 0,
            expired_time=optional_integer(body, "expired_time") or 0,
            remain_quota=optional_integer(body, "remain_quota") or 0,
            unlimited_quota=optional_boolean(body, "unlimited_quota") or False,
            models=optional_text(body, "models"),
            subnet=optional_text(body, "subnet"),
        )
        if len(draft.name) > LONGEST_NAME:
            raise Refusal("token_name_too_long", longest=LONGEST_NAME)
        _check_subnet(draft.subnet or "")
        return draft


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFilter:
    """Narrows a list; ``None`` and the empty text do not."""

    status: int | None = None
    keyword: str = ""

    @property
    def is_set(self) -> bool:
        """Whether anything is narrowed."""
        return self != TokenFilter()


def create(
    session: Session, *, owner_id: int, draft: TokenDraft, count_limit: int, now_s: int
) -> Token:
    """Create a token with a new key.

    ``count_limit`` is how many a common user may own, 0 for any number.

    Raises:
        Refusal: ``token_limit_reached``, ``invalid_parameter``.
    """
    expired_time = draft.expired_time or NEVER
    _check_expiry(expired_time)
    if draft.remain_quota < 0 and not draft.unlimited_quota:
        raise Refusal("invalid_parameter", param="remain_quota")
    _check_count(session, owner_id, count_limit)
    token = Token(
        user_id=owner_id,
        key=keys.new_token_key(),
        status=TokenStatus.ENABLED,
        name=draft.name,
        created_time=now_s,
        accessed_time=now_s,
        expired_time=expired_time,
        remain_quota=draft.remain_quota,
        unlimited_quota=draft.unlimited_quota,
        used_quota=0,
        models=draft.models,
        subnet=draft.subnet or "",
    )
    session.add(token)
    session.flush()
    revision.bump(session)  # the key may have been tried, and remembered as unknown
    return token


def get(session: Session, token_id: int, *, owner_id: int) -> Token:
    """Return a token of this owner.

    Raises:
        Refusal: ``id_missing``, ``record_not_found``.
    """
    if token_id == 0:
        raise Refusal("id_missing")
    token = session.get(Token, token_id)
    if token is None or token.user_id != owner_id:
        raise Refusal("record_not_found")
    return token


def page_of(
    session: Session, *, owner_id: int, narrow: TokenFilter, order: str, page: Page
) -> Found[Token]:
    """Return one page of the owner's tokens."""
    query = _narrowed(owner_id, narrow).order_by(*_ORDERS.get(order, ()), Token.id.desc())
    return fetch(session, query, page)


def search(session: Session, *, owner_id: int, keyword: str) -> Sequence[Token]:
    """Return every token of the owner whose name begins with the keyword."""
    query = _narrowed(owner_id, TokenFilter(keyword=keyword)).order_by(Token.id.desc())
    return session.scalars(query).all()


def set_status(session: Session, draft: TokenDraft, *, owner_id: int, now_s: int) -> Token:
    """Enable or disable a token and change nothing else.

    Raises:
        Refusal: ``invalid_parameter`` for another state, ``token_expired`` or
            ``token_exhausted`` for one that cannot be used before it is changed.
    """
    token = get(session, draft.id, owner_id=owner_id)
    _set_status(token, draft.status, now_s=now_s)
    return _written(session, token)


def update(session: Session, draft: TokenDraft, *, owner_id: int, now_s: int) -> Token:
    """Change what the draft gives.

    Its status is only looked at: 1 means that the changed token has to be usable.  A token that
    expired or was used up is enabled again when the change cures that.

    Raises:
        Refusal: as ``set_status``.
    """
    token = get(session, draft.id, owner_id=owner_id)
    _apply(token, draft)
    cured = token.status in _REASONS and _reason_against(token, now_s) is None
    if cured:
        token.status = TokenStatus.ENABLED
    elif draft.status == TokenStatus.ENABLED:
        _refuse_unusable(token, now_s)
    return _written(session, token)


def delete_one(session: Session, token_id: int, *, owner_id: int) -> None:
    """Delete a token.

    Raises:
        Refusal: ``id_missing``, ``record_not_found``.
    """
    token = get(session, token_id, owner_id=owner_id)
    session.delete(token)
    session.flush()
    revision.bump(session, forget=(revision.token_entry(token.key or ""),))


def delete_many(session: Session, ids: Sequence[int], *, owner_id: int) -> int:
    """Delete the owner's tokens among these and return how many there were."""
    found = _owned(session, ids, owner_id)
    session.execute(delete(Token).where(Token.id.in_([token.id for token in found])))
    _bump_for(session, found)
    return len(found)


def set_status_of_many(
    session: Session, ids: Sequence[int], status: int, *, owner_id: int, now_s: int
) -> int:
    """Enable or disable the owner's tokens among these, all or none; return how many.

    Raises:
        Refusal: as ``set_status``.
    """
    found = _owned(session, ids, owner_id)
    for token in found:
        _set_status(token, status, now_s=now_s)
    session.flush()
    _bump_for(session, found)
    return len(found)


_ORDERS = {
    "remain_quota": (Token.unlimited_quota.desc(), Token.remain_quota.desc()),
    "used_quota": (Token.used_quota.desc(),),
}

_REASONS = {TokenStatus.EXPIRED: "token_expired", TokenStatus.EXHAUSTED: "token_exhausted"}


def _narrowed(owner_id: int, narrow: TokenFilter) -> Select[Token]:
    query = select(Token).where(Token.user_id == owner_id)
    if narrow.status is not None:
        query = query.where(Token.status == narrow.status)
    if narrow.keyword:
        query = query.where(Token.name.like(starts_with(narrow.keyword), escape="!"))
    return query


def _owned(session: Session, ids: Sequence[int], owner_id: int) -> Sequence[Token]:
    query = select(Token).where(Token.user_id == owner_id, Token.id.in_(ids))
    return session.scalars(query.order_by(Token.id).with_for_update()).all()


def _apply(token: Token, draft: TokenDraft) -> None:
    """Write the given members over the row; the balance it had may stay even if negative."""
    if "name" in draft.given:
        token.name = draft.name
    if "expired_time" in draft.given and draft.expired_time != token.expired_time:
        _check_expiry(draft.expired_time)
        token.expired_time = draft.expired_time
    if "unlimited_quota" in draft.given:
        token.unlimited_quota = draft.unlimited_quota
    if "remain_quota" in draft.given and draft.remain_quota != token.remain_quota:
        if draft.remain_quota < 0 and not token.unlimited_quota:
            raise Refusal("invalid_parameter", param="remain_quota")
        token.remain_quota = draft.remain_quota
    if "models" in draft.given:
        token.models = draft.models
    if "subnet" in draft.given:
        token.subnet = draft.subnet


def _set_status(token: Token, status: int, *, now_s: int) -> None:
    if status not in SETTABLE:
        raise Refusal("invalid_parameter", param="status")
    if status == TokenStatus.ENABLED:
        _refuse_unusable(token, now_s)
    token.status = status


def _refuse_unusable(token: Token, now_s: int) -> None:
    reason = _reason_against(token, now_s)
    if reason is not None:
        raise Refusal(reason, name=token.name, token_id=token.id)


def _reason_against(token: Token, now_s: int) -> str | None:
    """Say why the token, expired or used up before, could still not be used."""
    expired_time = token.expired_time if token.expired_time is not None else NEVER
    if token.status == TokenStatus.EXPIRED and expired_time != NEVER and expired_time <= now_s:
        return "token_expired"
    used_up = not token.unlimited_quota and (token.remain_quota or 0) <= 0
    if token.status == TokenStatus.EXHAUSTED and used_up:
        return "token_exhausted"
    return None


def _written(session: Session, token: Token) -> Token:
    session.flush()
    _bump_for(session, [token])
    return token


def _bump_for(session: Session, changed: Sequence[Token]) -> None:
    entries = [revision.token_entry(token.key or "") for token in changed]
    revision.bump(session, forget=entries)


def _check_subnet(text: str) -> None:
    try:
        subnets.parse(text)
    except subnets.InvalidSubnet as error:
        raise Refusal("invalid_subnet", item=error.item) from error


def _check_expiry(expired_time: int) -> None:
    if expired_time != NEVER and expired_time <= 0:
        raise Refusal("invalid_parameter", param="expired_time")


def _check_count(session: Session, owner_id: int, limit: int) -> None:
    if limit <= 0:
        return
    role = session.scalar(select(User.role).where(User.id == owner_id)) or 0
    owned = select(func.count()).select_from(Token).where(Token.user_id == owner_id)
    if role < Role.ADMIN and (session.scalar(owned) or 0) >= limit:
        raise Refusal("token_limit_reached", limit=limit)
