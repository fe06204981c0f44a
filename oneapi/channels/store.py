"""Channels: create, change, copy, delete; abilities and revision move in the same transaction.

Source: One API's channel endpoints.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oneapi import revision
from oneapi.channels import abilities, extras
from oneapi.channels.abilities import names_of
from oneapi.channels.draft import LONGEST, ChannelDraft, lacks, unmasked_config
from oneapi.errors import Refusal
from oneapi.models.channel import Channel, ChannelStatus
from oneapi.providers.catalog import ChannelType, channel_type

logger = logging.getLogger(__name__)

_NOT_EMPTIED = frozenset({"name", "models", "group", "config", "type", "status", "key"})
"""Columns that an update leaves alone when the body gives them empty, as One API does."""

_EXTRA = frozenset({"tag", "remark"})
_COPIED = (
    *("type", "key", "weight", "base_url", "other", "models", "group"),
    *("model_mapping", "priority", "config", "system_prompt"),
)
_COPY = " (copy)"
_DEFAULT_GROUP = "default"


def create(session: Session, draft: ChannelDraft, *, now_s: int) -> list[Channel]:
    """Create a channel per line of the key.

    Raises:
        Refusal: ``no_key``, ``invalid_parameter``, ``invalid_channel_config``,
            ``field_too_long``.
    """
    _check_lengths(session, draft)
    given = dict(draft.given)
    if not given.get("type"):
        # An empty form hears of the key first, as from One API.
        raise Refusal("invalid_parameter", param="type") if given.get("key") else Refusal("no_key")
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
        extras.write(session, channel.id, extra)
    abilities.rewrite(session, made)
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


def update_one(session: Session, draft: ChannelDraft) -> Channel:
    """Change what the draft gives; balances and times are nobody's to set.

    Raises:
        Refusal: ``id_missing``, ``record_not_found``, ``invalid_channel_config``,
            ``field_too_long``.
    """
    if draft.id == 0:
        raise Refusal("id_missing")
    changed = update_many(session, [draft.id], draft)
    if not changed:
        raise Refusal("record_not_found")
    return changed[0]


def update_many(session: Session, ids: Sequence[int], draft: ChannelDraft) -> Sequence[Channel]:
    """Change all these channels in the same way; return those that are there.

    Raises:
        Refusal: ``invalid_channel_config``, ``field_too_long``; then none is changed.
    """
    _check_lengths(session, draft)
    query = select(Channel).where(Channel.id.in_(ids)).order_by(Channel.id).with_for_update()
    found = session.scalars(query).all()
    groups = [group for channel in found for group in names_of(channel.group)]
    for channel in found:
        _apply(session, channel, draft.given)
    session.flush()
    abilities.rewrite(session, found)
    if found:
        _bump(session, found, groups)
    return found


def copy(session: Session, channel_id: int, *, name: str, now_s: int) -> Channel:
    """Make a disabled channel like this one, key and config too; it has done nothing yet.

    Without a name it is called as the first, with a word behind.

    Raises:
        Refusal: ``record_not_found``, ``field_too_long``.
    """
    first = get(session, channel_id)
    kept = {column: getattr(first, column) for column in _COPIED}
    default = (first.name or "")[: LONGEST["name"] - len(_COPY)] + _COPY
    draft = ChannelDraft(0, {"name": name or default})
    _check_lengths(session, draft)
    second = Channel(
        **kept, **draft.given, status=ChannelStatus.DISABLED, created_time=now_s, used_quota=0
    )
    session.add(second)
    session.flush()
    known = extras.of(session, [first]).get(first.id)
    if known is not None:
        extras.write(session, second.id, {"tag": known.tag, "remark": known.remark})
    abilities.rewrite(session, [second])
    _bump(session, [second])
    return second


def delete_many(session: Session, ids: Sequence[int]) -> Sequence[Channel]:
    """Delete channels with all that belongs to them; return those that were there.

    Abilities of an id without a channel go too.
    """
    query = select(Channel).where(Channel.id.in_(ids)).order_by(Channel.id).with_for_update()
    found = session.scalars(query).all()
    abilities.remove(session, ids)
    extras.remove(session, ids)
    for channel in found:
        session.delete(channel)
    session.flush()
    _bump(session, found)
    return found


def delete_disabled(session: Session) -> int:
    """Delete every channel that is switched off, by hand or by itself; return how many."""
    off = (ChannelStatus.DISABLED, ChannelStatus.AUTO_DISABLED)
    ids = session.scalars(select(Channel.id).where(Channel.status.in_(off))).all()
    return sum(len(delete_many(session, some)) for some in abilities.in_parts(ids))


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
        extras.clear_reason(session, channel_id)
    else:
        extras.give_reason(session, channel_id, reason, model=model, now_s=now_s)
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


def _apply(session: Session, channel: Channel, members: Mapping[str, Any]) -> None:
    given = dict(members)
    if given.get("config"):
        given["config"] = unmasked_config(given["config"], channel.config)
    extras.write(session, channel.id, {name: given.pop(name) for name in _EXTRA & given.keys()})
    for name, value in given.items():
        if value or name not in _NOT_EMPTIED:
            setattr(channel, name, value)
    if given.get("status") == ChannelStatus.ENABLED:
        extras.clear_reason(session, channel.id)


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


def _bump(session: Session, changed: Sequence[Channel], groups: Sequence[str] = ()) -> None:
    touched = {name for channel in changed for name in names_of(channel.group)}
    revision.bump(session, forget=revision.group_entries(touched | set(groups)))
