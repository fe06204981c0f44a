"""What the models that can be reached cost a group, as calls would be charged for them."""

from collections.abc import Iterable
from dataclasses import dataclass

from oneapi.billing.prices import Price
from oneapi.providers.catalog import model_catalog
from oneapi.relay.route import price_of
from oneapi.snapshot import ChannelView, Snapshot

CUSTOM_OWNER = "custom"
"""Who owns a model that no provider of the catalog offers, as in model lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One model of enabled channels."""

    model: str
    owner: str
    groups: tuple[str, ...]
    """Who can reach it."""

    price: Price
    enabled: bool
    """Whether the group that was asked about is among them."""


def offers(snapshot: Snapshot, *, group: str, of_all_groups: bool) -> list[Offer]:
    """Return what models cost this group, by name.

    Models that the group cannot reach, and the names of other groups, are told only
    ``of_all_groups``.
    """
    reach: dict[str, dict[str, tuple[ChannelView, ...]]] = {}
    for (route_group, model), channels in snapshot.routes.items():
        if of_all_groups or route_group == group:
            reach.setdefault(model, {})[route_group] = channels
    owners = dict(model_catalog())
    return [
        Offer(
            model=model,
            owner=owners.get(model, CUSTOM_OWNER),
            groups=tuple(sorted(by_group)),
            price=_price(snapshot, model, group, by_group.get(group) or _all_of(by_group.values())),
            enabled=group in by_group,
        )
        for model, by_group in sorted(reach.items())
    ]


def _all_of(parts: Iterable[tuple[ChannelView, ...]]) -> tuple[ChannelView, ...]:
    return tuple(channel for channels in parts for channel in channels)


def _price(snapshot: Snapshot, model: str, group: str, channels: tuple[ChannelView, ...]) -> Price:
    """Return the price on the channel that is used first; others may map the name elsewhere."""
    first = min(channels, key=lambda channel: (-channel.priority, channel.id))
    actual = first.mapping.get(model, model)
    return price_of(snapshot, actual, first.type_number, group)
