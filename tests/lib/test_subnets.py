import pytest

from oneapi.lib import subnets
from oneapi.lib.subnets import InvalidSubnet


def test_a_list_may_have_spaces_and_host_bits() -> None:
    networks = subnets.parse(" 10.1.2.3/8 , 2001:db8::/32 ")

    assert networks.contains("10.200.0.1")
    assert networks.contains("2001:db8:1::1")
    assert not networks.contains("11.0.0.1")


def test_an_empty_text_is_an_empty_list() -> None:
    assert not subnets.parse("  ").contains("127.0.0.1")


@pytest.mark.parametrize(
    "item",
    [
        "10.0.0.1",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/-1",
        "10.0.0.0/²",
        "fe80::1%eth0/64",
        "localhost/8",
        "10.0.0.0/8,",
    ],
)
def test_what_is_no_cidr_range_is_refused(item: str) -> None:
    with pytest.raises(InvalidSubnet):
        subnets.parse(item)


def test_an_invalid_item_of_a_stored_list_matches_nothing() -> None:
    stored = "192.168.1.7, 10.0.0.0/8"

    assert subnets.contains(stored, "10.0.0.1")
    assert not subnets.contains(stored, "192.168.1.7")


def test_an_ipv4_address_in_ipv6_spelling_counts_as_ipv4() -> None:
    assert subnets.contains("10.0.0.0/8", "::ffff:10.0.0.1")


def test_text_that_is_no_address_lies_in_no_range() -> None:
    assert not subnets.contains("0.0.0.0/0,::/0", "unknown")
