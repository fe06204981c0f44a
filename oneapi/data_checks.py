"""What an operator should know about the rows of a database; reported, never mended here.

Deleting rows by hand and programs with other habits leave traces that stop nothing but explain a
lot: abilities that do not fit their channels, options that cannot be read.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from oneapi import options
from oneapi.accounts.login import DEFAULT_ROOT_PASSWORD
from oneapi.bootstrap import ROOT_NAME
from oneapi.channels import abilities
from oneapi.channels.draft import LONGEST
from oneapi.lib import passwords
from oneapi.models.ability import Ability
from oneapi.models.base import Base
from oneapi.models.channel import Channel, ChannelStatus
from oneapi.models.log import Log
from oneapi.models.option import Option
from oneapi.models.token import Token
from oneapi.models.user import Role, User

REPAIR = "python -m oneapi.cli repair-abilities"
LAST_TYPE_OF_ONE_API = 51

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AbilityGap:
    """Where ``abilities`` is not what ``channels`` says."""

    strays: tuple[int, ...]
    """Ids of channels that are gone and still have rows."""

    wrong: tuple[int, ...]
    """Ids of channels whose rows differ from their models, groups, status or priority."""

    def __bool__(self) -> bool:
        return bool(self.strays or self.wrong)


def counts(session: Session, log_session: Session) -> Mapping[str, int]:
    """Return how many rows the important tables have."""
    return {
        **{table.__tablename__: _count(session, table) for table in (User, Token, Channel)},
        Log.__tablename__: _count(log_session, Log),
    }


def at_start(session: Session) -> list[str]:
    """Return what a person should hear at every start."""
    return [*_root_account(session), *_options(session), *_abilities(session)]


def findings(session: Session) -> list[str]:
    """Return everything worth a look; the sentences name ids, never secrets."""
    channels = list(session.scalars(select(Channel).order_by(Channel.id)))
    return [
        *at_start(session),
        *_foreign_options(session),
        *_users_without_codes(session),
        *_channel_texts(channels),
        *_channel_lengths(channels),
        *_own_types(channels),
    ]


def ability_gap(session: Session) -> AbilityGap:
    """Compare ``abilities`` with what the channels' rows say.

    One API writes a row without a name for an empty list; such rows do no harm and do not count.
    """
    there: dict[int, set[tuple[Any, ...]]] = {}
    for row in session.execute(
        select(
            Ability.channel_id, Ability.group, Ability.model, Ability.enabled, Ability.priority
        ).where(Ability.model != "", Ability.group != "")
    ):
        fact = (row.group, row.model, bool(row.enabled), row.priority or 0)
        there.setdefault(row.channel_id, set()).add(fact)
    channels = session.scalars(select(Channel).order_by(Channel.id)).all()
    wrong = [each.id for each in channels if there.pop(each.id, set()) != _wanted(each)]
    return AbilityGap(strays=tuple(sorted(there)), wrong=tuple(wrong))


def _count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _wanted(channel: Channel) -> set[tuple[Any, ...]]:
    enabled = channel.status == ChannelStatus.ENABLED
    return {
        (group, model, enabled, channel.priority or 0)
        for group in abilities.names_of(channel.group)
        for model in abilities.names_of(channel.models)
    }


def _root_account(session: Session) -> Iterator[str]:
    query = select(User.username, User.password).where(User.role == Role.ROOT).order_by(User.id)
    root = session.execute(query.limit(1)).first()
    if root is None:
        yield "there is no root user"
    elif passwords.verify(DEFAULT_ROOT_PASSWORD, root.password):
        yield f"user {root.username or ROOT_NAME!r} still has the default password: change it"


def _options(session: Session) -> Iterator[str]:
    for key, text in _stored_options(session).items():
        spec = options.SPECS.get(key)
        try:
            if spec is not None:
                spec.read(text)
        except ValueError as error:
            yield f"option {key} cannot be used, its default is in force: {error}"


def _foreign_options(session: Session) -> Iterator[str]:
    unknown = [key for key in _stored_options(session) if key not in options.SPECS]
    if unknown:
        yield f"options that nobody here knows (they are kept): {_listed(unknown)}"


def _stored_options(session: Session) -> dict[str, str]:
    rows = session.scalars(select(Option).order_by(Option.key))
    return {row.key: row.value or "" for row in rows}


def _abilities(session: Session) -> Iterator[str]:
    gap = ability_gap(session)
    if gap.strays:
        yield f"abilities of channels that are gone: {_listed(gap.strays)}; {REPAIR}"
    if gap.wrong:
        yield f"abilities that do not fit their channels: {_listed(gap.wrong)}; {REPAIR}"


def _users_without_codes(session: Session) -> Iterator[str]:
    empty = or_(User.access_token.is_(None), User.aff_code.is_(None))
    found = session.scalars(select(User.id).where(empty).order_by(User.id)).all()
    if found:
        yield f"users without access token or invitation code: {_listed(found)}"


def _channel_texts(channels: Iterable[Channel]) -> Iterator[str]:
    for channel in channels:
        for name in ("model_mapping", "config"):
            text = getattr(channel, name) or ""
            if text and not _is_object(text):
                yield f"channel {channel.id}: {name} is no JSON object and counts as empty"


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _channel_lengths(channels: Iterable[Channel]) -> Iterator[str]:
    for channel in channels:
        for name in ("name", "base_url", "group", "model_mapping"):
            if len(getattr(channel, name) or "") > LONGEST[name]:
                yield (
                    f"channel {channel.id}: {name} is longer than {LONGEST[name]} characters, "
                    "which MySQL and PostgreSQL refuse"
                )


def _own_types(channels: Iterable[Channel]) -> Iterator[str]:
    own = [each.id for each in channels if (each.type or 0) > LAST_TYPE_OF_ONE_API]
    if own:
        yield (
            f"channels of types that One API does not have: {_listed(own)}; before going back to "
            "it, disable them or make them type 50"
        )


def _listed(items: Iterable[object]) -> str:
    found = [str(item) for item in items]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
