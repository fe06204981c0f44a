"""Rows of type 3: what administrators change, and who did it."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy.orm import Session

from oneapi import logbook, resources
from oneapi.lib import clock
from oneapi.logbook import Entry
from oneapi.models.log import LogType
from oneapi.models.user import User
from oneapi.texts import text
from oneapi.web import context
from oneapi.web.auth import current_identity


def note(
    session: Session, code: str, *, details: Mapping[str, Any] | None = None, **facts: object
) -> None:
    """Write that the caller did this, with the transaction of what he did.

    ``code`` names the text; the facts must hold no secret, nor must the details, which only root
    reads.
    """
    actor = current_identity()
    content = text(code, _language(), **facts)
    other = None if details is None else orjson.dumps(details).decode()
    _write(session, actor.user_id, actor.username, content, other=other)


def note_about(session: Session, user: User, code: str, **facts: object) -> None:
    """Write that the caller, ``{actor}`` in the text, did this to a user: a row of that user's."""
    content = text(code, _language(), actor=current_identity().username, **facts)
    _write(session, user.id, user.username or "", content)


def _language() -> str:
    return resources.settings.default_language


def _write(
    session: Session, user_id: int, username: str, content: str, *, other: str | None = None
) -> None:
    entry = Entry(
        type=LogType.MANAGE,
        created_at=clock.now_s(),
        content=content,
        user_id=user_id,
        username=username,
        request_id=context.request_id(),
        other=other,
    )
    logbook.write(session, entry)
