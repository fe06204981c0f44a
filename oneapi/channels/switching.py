"""Channels that are switched off and on by themselves, and root who hears of it.

Whoever sees it first changes the row and tells root; the others change nothing and say nothing,
so several workers, and many failing calls at once, make one letter.
"""

import logging
from dataclasses import dataclass

from oneapi.channels import store
from oneapi.lib import clock
from oneapi.models.channel import Channel
from oneapi.notify import alerts
from oneapi.notify.letters import Named
from oneapi.resources import db

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a channel is switched off."""

    reason: str
    """A word that programs know, and details behind it."""

    model: str = ""
    """The model that failed; a later test asks for it again."""

    answer: str = ""
    """The upstream's status and code.  Never its text, in which a prompt may be quoted."""


def switch_off(channel_id: int, cause: Cause) -> None:
    """Switch a channel off if it is on.

    Raises:
        DatabaseUnavailable: nothing was changed.
    """
    with db.transaction() as session:
        changed = store.set_automatic_status(
            session,
            channel_id,
            enabled=False,
            reason=cause.reason,
            model=cause.model,
            now_s=clock.now_s(),
        )
        name = session.get_one(Channel, channel_id).name or "" if changed else ""
    if changed:
        facts = {"channel_id": channel_id, "reason": cause.reason}
        logger.warning("channel disabled", extra=facts)
        alerts.channel_disabled(Named(channel_id, name), reason=cause.reason, answer=cause.answer)


def switch_on(channel_id: int) -> None:
    """Switch a channel on that was switched off by itself.

    Raises:
        DatabaseUnavailable: nothing was changed.
    """
    with db.transaction() as session:
        changed = store.set_automatic_status(session, channel_id, enabled=True)
        name = session.get_one(Channel, channel_id).name or "" if changed else ""
    if changed:
        logger.warning("channel enabled", extra={"channel_id": channel_id})
        alerts.channel_enabled(Named(channel_id, name))
