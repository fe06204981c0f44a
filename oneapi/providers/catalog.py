"""The catalog of channel types and default ratios, read from data files and checked at start.

Sources of the figures: each data file names its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oneapi.wire.modes import RelayMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelType:
    """One row of the catalog: who a provider is and how its dialect differs.

    ``id`` is stored in ``channels.type`` and never reused; up to 51 they are One API's numbers,
    from 1001 on our own.
    """

    id: int
    name: str
    adaptor: str
    """Name of the dialect in ``registry``."""

    owner: str
    """``owned_by`` in model lists."""

    base_url: str = ""
    models: tuple[str, ...] = ()
    modes: frozenset[RelayMode] = frozenset()
    label: Mapping[str, str] = field(default_factory=dict)
    """What the channel form calls it, by language."""
