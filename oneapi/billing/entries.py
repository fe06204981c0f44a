"""What the ledger is asked to do, as plain values.

A call makes one ``Reserve`` and exactly one ``Closing``: a settlement with its charge and log
row, or a release without.  All amounts are quota units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

PayerKey = tuple[str, int]
"""``("user", id)`` or ``("token", id)``: one whose quota can be short."""


class Payer(Struct, frozen=True):
    """Who pays for a call."""

    user_id: int
    token_id: int
    token_limited: bool = True
    """Whether the token has a limit of its own beside the user's balance."""

    @property
    def keys(self) -> tuple[PayerKey, PayerKey]:
        """The two whose quota a call needs."""
        return ("user", self.user_id), ("token", self.token_id)


class Reserve(Struct, frozen=True, kw_only=True):
    """Take ``amount`` from the user, and from the token if it is limited, or take nothing."""

    request_id: str
    payer: Payer
    amount: int
    owner: str
    """Name of the node that will close it."""

    now_s: int


class Closing(Struct, frozen=True, kw_only=True):
    """End a call: give back what was reserved, take ``quota``, write the log row."""

    request_id: str
    payer: Payer
    reserved: bool
    """Whether a reservation was made; its missing row then means "closed already"."""

    quota: int = 0
    counts_as_request: bool = False
    """Whether the user's request counter rises (any call that succeeded, also a free one)."""

    channel_id: int = 0
    log: Mapping[str, Any] | None = None
    """Columns of the log row; ``None`` writes none."""

    now_s: int = 0


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why a reservation was refused."""

    of: str
    """``user`` or ``token``."""

    left: int
    """What that one had when it was asked."""


class Batch(Struct, frozen=True, kw_only=True):
    """What one transaction does; ``id`` is written with it and later says whether it happened."""

    id: str
    now_s: int
    reserves: tuple[Reserve, ...] = ()
    closings: tuple[Closing, ...] = ()
    defer_counters: bool = False
    """Leave the usage counters out and report them in the outcome (``BATCH_UPDATE_ENABLED``)."""

    with_logs: bool = True
    """Whether log rows live in the same database."""


@dataclass(slots=True)
class Counters:
    """Usage counters that nothing is decided by: totals of users and channels."""

    users: dict[int, tuple[int, int]] = field(default_factory=dict)
    """User id to (used quota, requests)."""

    channels: dict[int, int] = field(default_factory=dict)

    def add(self, closing: Closing) -> None:
        """Count one settled call."""
        used, requests = self.users.get(closing.payer.user_id, (0, 0))
        requests += 1 if closing.counts_as_request else 0
        self.users[closing.payer.user_id] = (used + closing.quota, requests)
        if closing.channel_id and closing.quota:
            before = self.channels.get(closing.channel_id, 0)
            self.channels[closing.channel_id] = before + closing.quota

    def merge(self, other: "Counters") -> None:
        """Add another set of counters."""
        for user_id, (used, requests) in other.users.items():
            mine = self.users.get(user_id, (0, 0))
            self.users[user_id] = (mine[0] + used, mine[1] + requests)
        for channel_id, used in other.channels.items():
            self.channels[channel_id] = self.channels.get(channel_id, 0) + used

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.users and not self.channels


@dataclass(slots=True)
class Outcome:
    """What a batch did."""

    refused: dict[str, Shortage] = field(default_factory=dict)
    """Request id to reason; a reserve that is not here was accepted."""

    again: set[str] = field(default_factory=set)
    """Refused ones that were short only because of reservations that then were refused too."""

    closed: list[Closing] = field(default_factory=list)
    """Closings that took effect; the others had been closed before."""

    deferred: Counters = field(default_factory=Counters)
