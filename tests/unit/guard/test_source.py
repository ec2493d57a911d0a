from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from voicecore.guard.source import is_loopback, source_key


@given(st.text(max_size=40))
def test_any_text_has_a_key_and_is_not_taken_for_loopback(text: str) -> None:
    assert isinstance(source_key(text), str)
    assert not is_loopback("x" + text)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_all_addresses_of_a_64_share_a_key(address: IPv6Address, other: int) -> None:
    sibling = IPv6Address(int(address) >> 64 << 64 | other)
    if address.ipv4_mapped is None and sibling.ipv4_mapped is None:
        assert source_key(str(address)) == source_key(str(sibling))


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_two_ipv4_addresses_have_two_keys(one: IPv4Address, two: IPv4Address) -> None:
    assert (source_key(str(one)) == source_key(str(two))) == (one == two)


def test_a_zone_does_not_change_the_source() -> None:
    assert source_key("fe80::1%eth0") == source_key("fe80::2%eth1")


def test_loopback_is_known_in_both_families() -> None:
    assert is_loopback("127.0.0.5")
    assert is_loopback("::1")
    assert is_loopback("::ffff:127.0.0.1")
    assert not is_loopback("128.0.0.1")
