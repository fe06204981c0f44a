"""Rows of type 3: what administrators change, and who did it."""

from sqlalchemy.orm import Session

from oneapi import logbook, resources
from oneapi.lib import clock
from oneapi.logbook import Entry
from oneapi.models.log import LogType
from oneapi.texts import text
from oneapi.web import context
from oneapi.web.auth import current_identity


def note(session: Session, code: str, **facts: object) -> None:
    """Write that the caller did this, with the transaction of what he did.

    ``code`` names the text; the facts must hold no secret.
    """
    actor = current_identity()
    entry = Entry(
        type=LogType.MANAGE,
        created_at=clock.now_s(),
        content=text(code, resources.settings.default_language, **facts),
        user_id=actor.user_id,
        username=actor.username,
        request_id=context.request_id(),
    )
    logbook.write(session, entry)
