"""All that a relayed call reads of the configuration: one immutable object, swapped whole.

Each process holds one.  A call takes the current snapshot once, at its start, so it sees one
state of the world.  A change made in this process is in the next snapshot taken; changes of
others are noticed by the revision, which ``refresh_if_moved`` compares once a second.
"""

import json
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gevent.lock import BoundedSemaphore
from sqlalchemy import select
from sqlalchemy.orm import Session

from oneapi import metrics, revision
from oneapi import options as options_table
from oneapi.lib.database import CALL_PATIENCE_S
from oneapi.models.channel import Channel, ChannelStatus
from oneapi.options import Options
from oneapi.providers.catalog import ChannelType, channel_type
from oneapi.resources import db

logger = logging.getLogger(__name__)

_FAILED_REST_S = 1.0
"""How long a failed reading is not tried again: calls do not queue up for a database in trouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """One channel as routing and relay see it; texts trimmed, JSON read."""

    id: int
    name: str
    type: ChannelType
    type_number: int
    key: str = field(repr=False)
    enabled: bool
    status: int
    base_url: str
    groups: tuple[str, ...]
    models: tuple[str, ...]
    priority: int
    weight: int
    mapping: Mapping[str, str]
    system_prompt: str
    config: Mapping[str, str] = field(repr=False)
    config_is_valid: bool = True


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Channels, options and prices at one moment."""

    revision: int
    channels: Mapping[int, ChannelView]
    """Every channel by id, disabled ones too (an administrator may name one)."""

    routes: Mapping[tuple[str, str], tuple[ChannelView, ...]]
    """Enabled channels by (group, model)."""

    options: Options

    def models_of(self, group: str) -> list[str]:
        """Return the models that a group can reach, sorted."""
        return sorted(model for route_group, model in self.routes if route_group == group)


class _Holder:
    """The process's snapshot, and which state of the world it shows."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.wanted = 1
        """Moves with every change that this process hears of."""

        self.built = 0
        """The ``wanted`` at which the snapshot's reading began; a change during it is not in."""

        self.failed = (0, 0.0)
        """The ``wanted`` of the reading that failed last, and when that was (monotonic)."""

        self.building = BoundedSemaphore(1)

    @property
    def needs_building(self) -> bool:
        """Whether the snapshot is old and may be read again."""
        if self.built == self.wanted:
            return False
        wanted, at = self.failed
        rests = wanted == self.wanted and time.monotonic() - at < _FAILED_REST_S
        return self.snapshot is None or not rests


_holder = _Holder()


def current() -> Snapshot:
    """Return the snapshot, built anew if something changed in this process.

    While the database is away the last one stays in force.

    Raises:
        DatabaseUnavailable: there never was one and the database does not answer.
    """
    if _holder.needs_building:
        with _holder.building:
            if _holder.needs_building:
                _build()
    if _holder.snapshot is None:
        raise RuntimeError("no snapshot was built")
    return _holder.snapshot


def generation() -> int:
    """Return a number that moves with every change heard of; caches compare it."""
    return _holder.wanted


def mark_stale() -> None:
    """Build a new snapshot before the next one is taken."""
    _holder.wanted += 1


def refresh_if_moved() -> None:
    """Look whether another worker or node changed something, and take it over."""
    with db.reading(within_s=CALL_PATIENCE_S) as session:
        moved = _holder.snapshot is None or revision.current(session) != _holder.snapshot.revision
    if moved:
        mark_stale()
        current()


def _build() -> None:
    wanted = _holder.wanted
    try:
        with db.reading(within_s=CALL_PATIENCE_S) as session:
            _holder.snapshot = read(session)
    except Exception:
        _holder.failed = (wanted, time.monotonic())
        if _holder.snapshot is None:
            raise
        logger.warning("the configuration could not be read again", exc_info=True)
    else:
        _holder.built = wanted
        metrics.CONFIGURATION_REVISION.set(_holder.snapshot.revision)


def read(session: Session) -> Snapshot:
    """Build a snapshot from the tables."""
    number = revision.current(session)
    views = {row.id: _view(row) for row in session.scalars(select(Channel))}
    return Snapshot(number, views, _routes(views.values()), options_table.read(session))


def _routes(
    views: Iterable[ChannelView],
) -> dict[tuple[str, str], tuple[ChannelView, ...]]:
    routes: dict[tuple[str, str], list[ChannelView]] = {}
    for view in views:
        if view.enabled:
            for group in view.groups:
                for model in view.models:
                    routes.setdefault((group, model), []).append(view)
    return {key: tuple(found) for key, found in routes.items()}


def _view(row: Channel) -> ChannelView:
    number = row.type or 0
    kind = channel_type(number)
    config, valid = _config(row, kind)
    return ChannelView(
        id=row.id,
        name=row.name or "",
        type=kind,
        type_number=number,
        key=row.key or "",
        enabled=row.status == ChannelStatus.ENABLED,
        status=row.status or 0,
        base_url=((row.base_url or "").strip() or kind.base_url).rstrip("/"),
        groups=_names(row.group),
        models=_names(row.models),
        priority=row.priority or 0,
        weight=max(row.weight or 0, 0),
        mapping=_mapping(row),
        system_prompt=row.system_prompt or "",
        config=config,
        config_is_valid=valid,
    )


def _names(text: str | None) -> tuple[str, ...]:
    found = (name.strip() for name in (text or "").split(","))
    return tuple(dict.fromkeys(name for name in found if name))


def _mapping(row: Channel) -> dict[str, str]:
    tree = _object(row.model_mapping)
    if tree is None:
        logger.error("model mapping is no JSON object", extra={"channel_id": row.id})
        return {}
    return {name: to for name, to in tree.items() if isinstance(to, str) and to}


def _config(row: Channel, kind: ChannelType) -> tuple[dict[str, str], bool]:
    tree = _object(row.config)
    config = {name: str(value) for name, value in (tree or {}).items() if value is not None}
    if kind.config_from_other and row.other and not config.get(kind.config_from_other):
        config[kind.config_from_other] = row.other
    return config, tree is not None


def _object(text: str | None) -> dict[str, object] | None:
    """Return the JSON object, an empty one for nothing, ``None`` for something else."""
    if not (text or "").strip():
        return {}
    try:
        tree = json.loads(text or "")
    except ValueError:
        return None
    return tree if isinstance(tree, dict) else ({} if tree is None else None)
