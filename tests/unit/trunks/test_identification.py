"""Whose call comes in."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.hop import Address, Hop
from voicecore.sip.uri import Uri
from voicecore.trunks.identification import identify, overlap
from voicecore.trunks.trunk import Identification, Outgoing, Trunk, TrunkName, TrunkServer


def trunk(name: str, *networks: str, certificates: tuple[str, ...] = ()) -> Trunk:
    known = Identification(tuple(ip_network(network) for network in networks), certificates)
    server = TrunkServer(Uri.parse(f"sip:{name}.example"))
    return Trunk(TrunkName(name), (server,), Outgoing("us.example"), known)


TRUNKS = (
    trunk("wide", "198.51.100.0/24", "2001:db8::/32"),
    trunk("narrow", "198.51.100.7/32"),
    trunk("secure", certificates=("sbc.carrier.example",)),
)


def from_(host: str) -> Hop:
    return Hop("UDP", Address("192.0.2.1", 5060), Address(host, 5060))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("198.51.100.8", "wide"),
        ("198.51.100.7", "narrow"),
        ("::ffff:198.51.100.7", "narrow"),
        ("2001:db8::5", "wide"),
        ("203.0.113.1", None),
        ("fe80::1%eth0", None),
    ],
)
def test_the_narrowest_network_counts(host: str, name: str | None) -> None:
    assert identify(from_(host), (), TRUNKS) == name


def test_a_certificate_goes_before_an_address() -> None:
    assert identify(from_("198.51.100.7"), ("SBC.carrier.example",), TRUNKS) == "secure"
    assert identify(from_("198.51.100.7"), ("other.example",), TRUNKS) == "narrow"


def test_a_network_of_two_trunks_is_found() -> None:
    assert overlap([ip_network("192.0.2.0/24")], [ip_network("192.0.2.0/24")]) == ip_network("192.0.2.0/24")
    assert overlap([ip_network("192.0.2.0/24")], [ip_network("192.0.2.0/25")]) is None


_networks = st.builds(
    lambda address, length: f"{ip_network((address, length), strict=False)}",
    st.integers(0, 255).map(lambda last: f"192.0.2.{last}"),
    st.integers(24, 32),
)


@given(st.lists(_networks, max_size=8), st.integers(0, 255))
def test_nobody_is_taken_for_a_trunk_whose_networks_do_not_hold_the_source(
    networks: list[str], last: int
) -> None:
    host = f"192.0.2.{last}"
    trunks = [trunk(f"t{number}", network) for number, network in enumerate(networks)]
    lengths = {
        trunk.name: network.prefixlen
        for trunk in trunks
        for network in trunk.identification.addresses
        if ip_address(host) in network
    }
    found = identify(from_(host), (), trunks)
    assert (found is None) is (not lengths)
    if found is not None:
        assert lengths[found] == max(lengths.values())
