"""Channels: create, list, change, delete; abilities and revision move in the same transaction.

Source: One API's channel endpoints.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from oneapi import revision
from oneapi.channels import abilities
from oneapi.channels.abilities import names_of
from oneapi.channels.draft import ChannelDraft, lacks, unmasked_config
from oneapi.errors import Refusal
from oneapi.lib.paging import Found, Page, fetch, starts_with
from oneapi.lib.rows import get_or_add
from oneapi.models.channel import Channel, ChannelStatus
from oneapi.models.own import ChannelExtra
from oneapi.providers.catalog import ChannelType, channel_type

logger = logging.getLogger(__name__)

_LONGEST_TEXT = 1000
_NOT_EMPTIED = frozenset({"name", "models", "group", "config", "type", "status", "key"})
"""Columns that an update leaves alone when the body gives them empty, as One API does."""

_EXTRA = frozenset({"tag", "remark"})
_DEFAULT_GROUP = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFilter:
    """Narrows a list; ``None`` and the empty text do not."""

    type: int | None = None
    status: int | None = None
    group: str = ""

    @property
    def is_set(self) -> bool:
        """Whether anything is narrowed."""
        return self != ChannelFilter()


def create(session: Session, draft: ChannelDraft, *, now_s: int) -> list[Channel]:
    """Create a channel per line of the key.

    Raises:
        Refusal: ``no_key``, ``invalid_parameter``, ``invalid_channel_config``,
            ``field_too_long``.
    """
    _check_lengths(session, draft)
    given = dict(draft.given)
    if not given.get("type"):
        raise Refusal("invalid_parameter", param="type")
    extra = {name: given.pop(name) for name in _EXTRA & given.keys()}
    config = unmasked_config(given.pop("config", ""), None)
    kind = channel_type(given["type"])
    keys = _keys(given.pop("key", ""), kind, config)
    columns: dict[str, Any] = {
        "base_url": "",
        "model_mapping": "",
        "weight": 0,
        "priority": 0,
        "models": "",
        **given,
        "config": config,
        "name": given.get("name") or kind.name,
        "group": given.get("group") or _DEFAULT_GROUP,
        "status": given.get("status") or ChannelStatus.ENABLED,
        "created_time": now_s,
    }
    made = [Channel(**columns, key=key) for key in keys]
    session.add_all(made)
    session.flush()
    for channel in made:
        _write_extra(session, channel.id, extra)
        abilities.rewrite(session, channel)
    _bump(session, made)
    return made


def get(session: Session, channel_id: int) -> Channel:
    """Return one channel.

    Raises:
        Refusal: ``record_not_found``.
    """
    channel = session.get(Channel, channel_id)
    if channel is None:
        raise Refusal("record_not_found")
    return channel


def page_of(session: Session, *, narrow: ChannelFilter, page: Page) -> Found[Channel]:
    """Return one page, newest first."""
    return fetch(session, _narrowed(narrow).order_by(Channel.id.desc()), page)


def search(session: Session, *, keyword: str) -> Sequence[Channel]:
    """Return every channel with this id or with a name that begins so."""
    by_name = Channel.name.like(starts_with(keyword), escape="!")
    wanted = or_(by_name, Channel.id == int(keyword)) if _is_id(keyword) else by_name
    return session.scalars(select(Channel).where(wanted).order_by(Channel.id.desc())).all()


def extras(session: Session, channels: Sequence[Channel]) -> dict[int, ChannelExtra]:
    """Return what we know of these channels beyond One API's columns, by id."""
    ids = [channel.id for channel in channels]
    rows = session.scalars(select(ChannelExtra).where(ChannelExtra.channel_id.in_(ids)))
    return {row.channel_id: row for row in rows}


def update_one(session: Session, draft: ChannelDraft) -> Channel:
    """Change what the draft gives; balances and times are nobody's to set.

    Raises:
        Refusal: ``id_missing``, ``record_not_found``, ``invalid_channel_config``,
            ``field_too_long``.
    """
    if draft.id == 0:
        raise Refusal("id_missing")
    _check_lengths(session, draft)
    channel = session.get(Channel, draft.id, with_for_update=True)
    if channel is None:
        raise Refusal("record_not_found")
    before = names_of(channel.group)
    given = dict(draft.given)
    if given.get("config"):
        given["config"] = unmasked_config(given["config"], channel.config)
    _write_extra(session, channel.id, {n: given.pop(n) for n in _EXTRA & given.keys()})
    for name, value in given.items():
        if value or name not in _NOT_EMPTIED:
            setattr(channel, name, value)
    if given.get("status") == ChannelStatus.ENABLED:
        _clear_reason(session, channel.id)
    session.flush()
    abilities.rewrite(session, channel)
    _bump(session, [channel], before)
    return channel


def delete_one(session: Session, channel_id: int) -> Channel | None:
    """Delete a channel with all that belongs to it and return it; an unknown id is no error."""
    channel = session.get(Channel, channel_id)
    _delete(session, [channel] if channel is not None else [], ids=[channel_id])
    return channel


def delete_disabled(session: Session) -> int:
    """Delete every channel that is switched off, by hand or by itself; return how many."""
    off = (ChannelStatus.DISABLED, ChannelStatus.AUTO_DISABLED)
    found = session.scalars(select(Channel).where(Channel.status.in_(off))).all()
    _delete(session, found, ids=[channel.id for channel in found])
    return len(found)


def set_automatic_status(  # noqa: PLR0913 - one fact each, all named
    session: Session,
    channel_id: int,
    *,
    enabled: bool,
    reason: str = "",
    model: str = "",
    now_s: int = 0,
) -> bool:
    """Switch a channel off or on again by itself; say whether anything changed.

    Only an enabled channel is switched off, only one that was switched off by itself comes back:
    what a person has disabled stays so.
    """
    before, after = ChannelStatus.ENABLED, ChannelStatus.AUTO_DISABLED
    if enabled:
        before, after = after, before
    changed = session.execute(
        update(Channel)
        .where(Channel.id == channel_id, Channel.status == before)
        .values(status=after)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE has one
        return False
    channel = session.get_one(Channel, channel_id)
    abilities.set_enabled(session, channel_id, enabled=enabled)
    if enabled:
        _clear_reason(session, channel_id)
    else:
        extra = _extra_of(session, channel_id)
        extra.disabled_reason = reason[:_LONGEST_TEXT]
        extra.disabled_model, extra.disabled_time = model[:191], now_s
    session.flush()
    _bump(session, [channel])
    return True


def set_balance(session: Session, channel_id: int, balance: float, *, now_s: int) -> None:
    """Note what a provider said is left."""
    found = update(Channel).where(Channel.id == channel_id)
    session.execute(found.values(balance=balance, balance_updated_time=now_s))


def note_test(session: Session, channel_id: int, *, response_ms: int, now_s: int) -> None:
    """Note when a channel was tested and how long it took; 0 for a test that failed."""
    found = update(Channel).where(Channel.id == channel_id)
    session.execute(found.values(response_time=response_ms, test_time=now_s))


def note_error(session: Session, channel_id: int, message: str, *, now_s: int) -> None:
    """Note what went wrong last with a channel; the message must hold no secret."""
    if session.get(Channel, channel_id) is None:
        return
    extra = _extra_of(session, channel_id)
    extra.last_error, extra.last_error_time = message[:_LONGEST_TEXT], now_s
    session.flush()


def _keys(text: str, kind: ChannelType, config: str) -> list[str]:
    """Return a key per channel; one that is composed of config values is never split.

    Its last part may be a JSON document of many lines, and it may be left out.
    """
    if kind.form.key == "composed":
        if not text.strip() and lacks(config, kind.form.key_parts):
            raise Refusal("no_key")
        return [text.strip()]
    found = [line.strip() for line in text.split("\n") if line.strip()]
    if not found:
        raise Refusal("no_key")
    return found


def _check_lengths(session: Session, draft: ChannelDraft) -> None:
    for name in draft.too_long():
        # SQLite keeps them whole; refused there, adopted channels could not be edited.
        if session.get_bind().dialect.name != "sqlite" or name in _EXTRA:
            raise Refusal("field_too_long", param=name)
        logger.warning("too long for other databases", extra={"column": f"channels.{name}"})


def _narrowed(narrow: ChannelFilter) -> Select[Channel]:
    query = select(Channel)
    if narrow.type is not None:
        query = query.where(Channel.type == narrow.type)
    if narrow.status is not None:
        query = query.where(Channel.status == narrow.status)
    if narrow.group:
        padded = "," + Channel.group + ","
        query = query.where(padded.contains(f",{narrow.group},", autoescape=True))
    return query


def _is_id(keyword: str) -> bool:
    return keyword.isascii() and keyword.isdecimal() and len(keyword) < 19


def _delete(session: Session, found: Sequence[Channel], *, ids: Sequence[int]) -> None:
    abilities.remove(session, ids)
    session.execute(delete(ChannelExtra).where(ChannelExtra.channel_id.in_(list(ids))))
    for channel in found:
        session.delete(channel)
    session.flush()
    _bump(session, found)


def _extra_of(session: Session, channel_id: int) -> ChannelExtra:
    return get_or_add(session, ChannelExtra(channel_id=channel_id))


def _write_extra(session: Session, channel_id: int, values: dict[str, Any]) -> None:
    if values:
        extra = _extra_of(session, channel_id)
        for name, value in values.items():
            setattr(extra, name, value)


def _clear_reason(session: Session, channel_id: int) -> None:
    extra = session.get(ChannelExtra, channel_id)
    if extra is not None:
        extra.disabled_reason = extra.disabled_model = extra.disabled_time = None


def _bump(session: Session, changed: Sequence[Channel], groups: Sequence[str] = ()) -> None:
    touched = {name for channel in changed for name in names_of(channel.group)}
    revision.bump(session, forget=revision.group_entries(touched | set(groups)))
