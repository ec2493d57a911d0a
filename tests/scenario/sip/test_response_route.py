"""Responses go where the request came from (RFC 3261, 18.2.2; RFC 3581)."""

from __future__ import annotations

import pytest

from voicecore.sip.hop import Address
from voicecore.testing.sip_network import Packet, SipNetwork
from voicecore.testing.sip_text import request_text

SOURCE = Address("198.51.100.7", 40_000)


def answer_to(via: str) -> Packet:
    network = SipNetwork()
    bob = network.station("192.0.2.2")
    network.inject(request_text("OPTIONS", SOURCE, bob.address, via=via), SOURCE, bob.address)
    network.run_for(0.1)
    return network.packets[-1]


def test_rport_is_filled_in_and_the_answer_goes_to_the_source_port() -> None:
    answer = answer_to("SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1;rport")
    assert b";rport=40000;received=198.51.100.7\r\n" in answer.data
    assert answer.target == SOURCE


@pytest.mark.parametrize(
    ("sent_by", "port", "received"),
    [
        ("10.0.0.1:5062", 5062, True),
        ("10.0.0.1", 5060, True),
        ("phone.example.com:5062", 5062, True),
        ("198.51.100.7:5062", 5062, False),
    ],
)
def test_without_rport_the_answer_goes_to_the_source_address_and_the_port_of_the_via(
    sent_by: str, port: int, received: bool
) -> None:
    answer = answer_to(f"SIP/2.0/UDP {sent_by};branch=z9hG4bK1")
    assert (b";received=198.51.100.7" in answer.data) is received
    assert answer.target == Address("198.51.100.7", port)


def test_maddr_comes_first() -> None:
    answer = answer_to("SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1;maddr=192.0.2.77")
    assert answer.target == Address("192.0.2.77", 5062)


def test_every_via_is_given_back_in_order() -> None:
    answer = answer_to("SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1, SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK0")
    vias = [line for line in answer.data.decode().split("\r\n") if line.startswith("Via:")]
    assert [via.split("branch=")[1] for via in vias] == ["z9hG4bK1", "z9hG4bK0"]
