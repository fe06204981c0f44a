"""Table ``abilities``: always the cross product of a channel's groups and models."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from oneapi.models.ability import Ability
from oneapi.models.channel import Channel, ChannelStatus

_AT_ONCE = 500
"""Databases limit how many values one statement may carry."""


def names_of(text: str | None) -> tuple[str, ...]:
    """Return the names of a comma list, trimmed and each once."""
    found = (name.strip() for name in (text or "").split(","))
    return tuple(dict.fromkeys(name for name in found if name))


def rewrite(session: Session, channels: Sequence[Channel]) -> None:
    """Make the rows of channels anew; left-overs of earlier ones with their ids go too."""
    remove(session, [channel.id for channel in channels])
    rows = [row for channel in channels for row in _rows_of(channel)]
    if rows:
        session.execute(insert(Ability), rows)


def set_enabled(session: Session, channel_id: int, *, enabled: bool) -> None:
    """Follow the channel's status."""
    session.execute(update(Ability).where(Ability.channel_id == channel_id).values(enabled=enabled))


def remove(session: Session, channel_ids: Sequence[int]) -> None:
    """Delete the rows of these channels."""
    for some in in_parts(channel_ids):
        session.execute(delete(Ability).where(Ability.channel_id.in_(some)))


def in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Return a list of ids in parts that fit into one statement each."""
    for first in range(0, len(ids), _AT_ONCE):
        yield ids[first : first + _AT_ONCE]


def _rows_of(channel: Channel) -> list[dict[str, Any]]:
    return [
        {
            "group": group,
            "model": model,
            "channel_id": channel.id,
            "enabled": channel.status == ChannelStatus.ENABLED,
            "priority": channel.priority or 0,
        }
        for group in names_of(channel.group)
        for model in names_of(channel.models)
    ]
