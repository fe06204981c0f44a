import pytest

from oneapi.lib import subnets
from oneapi.lib.client_address import client_address

TRUSTED = subnets.parse(subnets.LOCAL)


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "real_ip", "expected"),
    [
        ("203.0.113.9", "", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "198.51.100.2", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "", "198.51.100.1"),
        ("10.0.0.1", "192.168.0.5, 10.0.0.2", "", "192.168.0.5"),
        ("10.0.0.1", "unknown, 10.0.0.2", "198.51.100.2", "10.0.0.2"),
        ("10.0.0.1", "unknown", "198.51.100.2", "198.51.100.2"),
        ("10.0.0.1", "", "198.51.100.2", "198.51.100.2"),
        ("10.0.0.1", "", "nobody", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "", "2001:db8::1"),
        ("10.0.0.1", "2001:DB8::1", "", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "", "198.51.100.1"),
        ("", "198.51.100.1", "", "198.51.100.1"),
        ("", "", "", ""),
    ],
)
def test_only_what_trusted_machines_wrote_names_the_client(
    peer: str, forwarded_for: str, real_ip: str, expected: str
) -> None:
    assert client_address(peer, forwarded_for, real_ip, TRUSTED) == expected
