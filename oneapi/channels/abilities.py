"""Table ``abilities``: always the cross product of a channel's groups and models."""

from collections.abc import Iterable

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from oneapi.models.ability import Ability
from oneapi.models.channel import Channel, ChannelStatus


def names_of(text: str | None) -> tuple[str, ...]:
    """Return the names of a comma list, trimmed and each once."""
    found = (name.strip() for name in (text or "").split(","))
    return tuple(dict.fromkeys(name for name in found if name))


def rewrite(session: Session, channel: Channel) -> None:
    """Make the rows of a channel anew; left-overs of an earlier one with its id go too."""
    remove(session, [channel.id])
    rows = [
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
    if rows:
        session.execute(insert(Ability), rows)


def set_enabled(session: Session, channel_id: int, *, enabled: bool) -> None:
    """Follow the channel's status."""
    session.execute(update(Ability).where(Ability.channel_id == channel_id).values(enabled=enabled))


def remove(session: Session, channel_ids: Iterable[int]) -> None:
    """Delete the rows of these channels."""
    session.execute(delete(Ability).where(Ability.channel_id.in_(list(channel_ids))))
