"""Table ``oneapi_channels``: what we know of a channel beyond One API's columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from oneapi.channels.abilities import in_parts
from oneapi.lib.rows import get_or_add
from oneapi.models.channel import Channel
from oneapi.models.own import ChannelExtra

LONGEST_TEXT = 1000
_LONGEST_MODEL = 191


def of(session: Session, channels: Sequence[Channel]) -> dict[int, ChannelExtra]:
    """Return what is known of these channels, by id; most have no row."""
    found: dict[int, ChannelExtra] = {}
    for ids in in_parts([channel.id for channel in channels]):
        rows = session.scalars(select(ChannelExtra).where(ChannelExtra.channel_id.in_(ids)))
        found |= {row.channel_id: row for row in rows}
    return found


def write(session: Session, channel_id: int, values: Mapping[str, Any]) -> None:
    """Set columns of a channel's row, made if it is missing."""
    if not values:
        return
    row = get_or_add(session, ChannelExtra(channel_id=channel_id))
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()


def give_reason(session: Session, channel_id: int, reason: str, *, model: str, now_s: int) -> None:
    """Note why a channel was switched off by itself."""
    values = {
        "disabled_reason": reason[:LONGEST_TEXT],
        "disabled_model": model[:_LONGEST_MODEL],
        "disabled_time": now_s,
    }
    write(session, channel_id, values)


def clear_reason(session: Session, channel_id: int) -> None:
    """Forget why a channel was off."""
    row = session.get(ChannelExtra, channel_id)
    if row is not None:
        row.disabled_reason = row.disabled_model = row.disabled_time = None


def note_error(session: Session, channel_id: int, message: str, *, now_s: int) -> None:
    """Note what went wrong last with a channel; the message must hold no secret."""
    if session.get(Channel, channel_id) is not None:
        values = {"last_error": message[:LONGEST_TEXT], "last_error_time": now_s}
        write(session, channel_id, values)


def remove(session: Session, channel_ids: Sequence[int]) -> None:
    """Delete the rows of these channels."""
    for ids in in_parts(channel_ids):
        session.execute(delete(ChannelExtra).where(ChannelExtra.channel_id.in_(ids)))
