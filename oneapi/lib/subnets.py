"""IP ranges as comma-separated CIDR lists: ``10.0.0.0/8, 2001:db8::/32``.

Spaces around an item are ignored, host bits may be set (``10.1.2.3/8``), an address without
``/n`` is no range.  IPv4 addresses written as IPv6 (``::ffff:10.0.0.1``) count as IPv4.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOCAL: Final = (
    "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,169.254.0.0/16,fe80::/10"
)
"""Loopback, private and link-local ranges."""


class InvalidSubnet(ValueError):
    """An item of a list is no CIDR range; ``item`` is its text."""

    def __init__(self, item: str) -> None:
        super().__init__(f"not a CIDR range: {item!r}")
        self.item = item


@dataclass(frozen=True, slots=True)
class Networks:
    """A set of IP ranges; an empty one contains nothing."""

    ranges: tuple[Network, ...] = ()

    def contains(self, address: str) -> bool:
        """Say whether the address lies in one of the ranges; text that is no address does not."""
        parsed = parse_address(address)
        return parsed is not None and self.covers(parsed)

    def covers(self, address: Address) -> bool:
        """Say the same of an address that ``parse_address`` has read."""
        return any(address in network for network in self.ranges)


def parse(text: str) -> Networks:
    """Read a list; an empty text is an empty list.

    Raises:
        InvalidSubnet: an item, an empty one included, is no CIDR range.
    """
    return Networks(tuple(_parse_item(item) for item in _items(text)))


@lru_cache(maxsize=4096)
def parse_valid(text: str) -> Networks:
    """Read a list that was stored long ago: items that are no range match nothing.

    Kept in memory by its text, because it is asked on every call.
    """
    ranges = []
    for item in _items(text):
        try:
            ranges.append(_parse_item(item))
        except InvalidSubnet:
            continue
    return Networks(tuple(ranges))


def contains(text: str, address: str) -> bool:
    """Say whether a stored list contains the address."""
    return parse_valid(text).contains(address)


def parse_address(text: str) -> Address | None:
    """Read one address, an IPv4 address in IPv6 spelling as IPv4; ``None`` if it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _items(text: str) -> Iterable[str]:
    return (item.strip() for item in text.split(",")) if text.strip() else ()


def _parse_item(item: str) -> Network:
    # ip_network alone would also take netmasks, zones and addresses without a length.
    address, slash, length = item.partition("/")
    if not slash or not (length.isascii() and length.isdigit()) or "%" in address:
        raise InvalidSubnet(item)
    try:
        return ipaddress.ip_network(item, strict=False)
    except ValueError as error:
        raise InvalidSubnet(item) from error
