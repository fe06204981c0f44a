"""Who is calling, behind any number of reverse proxies.

A proxy appends the address of its own peer to ``X-Forwarded-For``.  So the list is read from the
right, and only as long as the machines that wrote it are trusted: what stands further left was
written by somebody unknown and may be invented.
"""

from oneapi.lib.subnets import Address, Networks, parse_address


def client_address(peer: str, forwarded_for: str, real_ip: str, trusted: Networks) -> str:
    """Return the client's address in canonical spelling.

    ``peer`` is the other end of the connection; an empty one is a Unix socket, which only a
    proxy on this machine can reach, and is trusted.  The headers are empty where they are absent
    and count only when the peer is trusted.  ``real_ip`` is asked when ``forwarded_for`` names
    nobody.  An entry that is no address ends the walk at the hop to its right.
    """
    address = parse_address(peer)
    if peer and (address is None or not trusted.covers(address)):
        return str(address or peer)
    found = _walk(forwarded_for, trusted) or _read(real_ip) or address
    return str(found) if found else peer


def _walk(forwarded_for: str, trusted: Networks) -> Address | None:
    nearest: Address | None = None
    for entry in reversed(forwarded_for.split(",")):
        address = _read(entry)
        if address is None:
            return nearest
        nearest = address
        if not trusted.covers(address):
            return nearest
    return nearest


def _read(entry: str) -> Address | None:
    """Read an address; some proxies add the port (``1.2.3.4:80``, ``[2001:db8::1]:80``)."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return parse_address(text)
