"""Over TCP, TLS and WebSocket nothing is repeated but the 2xx, and nothing is waited for (RFC 3261, 17)."""

from __future__ import annotations

import pytest

from voicecore.sip.hop import Address, Transport
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import Answered, DialogEnded, Failed, InviteReceived
from voicecore.sip.settings import StackSettings
from voicecore.sip.uri import Uri
from voicecore.testing.sip_network import SDP, SipNetwork, Station
from voicecore.testing.sip_text import request_text


def pair(transport: Transport) -> tuple[SipNetwork, Station, Station]:
    network = SipNetwork(seed=5)
    alice = network.station("192.0.2.1", transport=transport)
    return network, alice, network.station("192.0.2.2", transport=transport)


@pytest.mark.parametrize("transport", ["TCP", "TLS", "WS", "WSS"])
def test_a_call_says_its_transport_and_leaves_nothing_behind(transport: Transport) -> None:
    network, alice, bob = pair(transport)
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(1.0)
    alice.bye(alice.only(Answered).dialog)
    network.run_for(0.1)
    assert bob.only(DialogEnded)
    invite = network.packets[0].data
    assert f"Via: SIP/2.0/{transport} 192.0.2.1:5060;".encode() in invite
    assert f";transport={transport.lower()}>".encode() in invite
    network.run_to_silence(limit=64.0)
    assert alice.is_empty
    assert bob.is_empty


def test_an_invite_without_answer_is_sent_once() -> None:
    network, alice, bob = pair("TCP")
    network.lose(lambda packet: True, times=100)
    alice.invite(bob)
    network.run_to_silence()
    assert len(network.packets) == 1
    assert alice.only(Failed).status == 408


def test_a_refusal_is_sent_once_and_forgotten_with_its_ack() -> None:
    network, alice, bob = pair("TCP")
    alice.invite(bob)
    network.run_for(0.1)
    bob.respond(bob.only(InviteReceived).invite, 486)
    network.run_for(0.1)
    assert len(network.sent(status=486)) == 1
    assert alice.is_empty
    assert bob.is_empty


def test_the_2xx_is_repeated_until_its_ack() -> None:
    network, alice, bob = pair("TCP")
    network.lose(lambda packet: packet.method == "ACK")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(3.0)
    assert len(network.sent(status=200)) == 2


def test_an_answer_takes_the_connection_that_the_request_came_by() -> None:
    network = SipNetwork()
    bob = network.station("192.0.2.2", transport="TCP")
    source = Address("192.0.2.3", 49_152)
    text = request_text("OPTIONS", source, bob.address, via="SIP/2.0/TCP 192.0.2.3:5060;branch=z9hG4bKx")
    network.inject(text, source, bob.address)
    network.run_for(0.1)
    assert network.packets[-1].target == source


def test_a_request_within_a_call_takes_the_open_connection() -> None:
    network = SipNetwork()
    bob = network.station("192.0.2.2", transport="TCP")
    source = Address("192.0.2.3", 49_152)
    bob.answer_calls()
    invite = request_text(
        "INVITE", Address("192.0.2.3", 5060), bob.address, body=SDP, fields=["Content-Type: application/sdp"]
    )
    network.inject(invite, source, bob.address)
    network.run_for(40.0)
    assert network.sent(method="BYE")[0].target == source


def test_a_public_address_stands_in_via_and_contact() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1", settings=StackSettings("test", public_address="203.0.113.9"))
    alice.invite_at(Address("192.0.2.2", 5060))
    data = network.packets[0].data
    assert b"Via: SIP/2.0/UDP 203.0.113.9:5060;" in data
    assert b"Contact: <sip:caller@203.0.113.9:5060>" in data


def test_a_phone_behind_a_nat_is_met_where_it_calls_from() -> None:
    network = SipNetwork()
    bob = network.station("192.0.2.2")
    bob.answer_calls()
    source = Address("198.51.100.7", 31_000)
    text = request_text(
        "INVITE", Address("10.0.0.5", 5060), bob.address, body=SDP, fields=["Content-Type: application/sdp"]
    )
    network.inject(text, source, bob.address)
    network.run_for(40.0)
    bye = network.sent(method="BYE")[0]
    assert bye.target == source
    assert bye.start == "BYE sip:far@10.0.0.5:5060 SIP/2.0"


def test_a_callee_behind_a_nat_is_met_where_it_was_called() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    bob = network.station("192.0.2.2", settings=StackSettings("test", public_address="10.0.0.5"))
    bob.answer_calls()
    alice.stack.invite(
        Uri.parse("sip:bob@10.0.0.5"),
        alice.hop_to(bob.address),
        network.now,
        from_=NameAddr.parse("<sip:a@192.0.2.1>"),
        sdp=SDP,
        is_symmetric=True,
    )
    network.drain(alice)
    network.run_for(1.0)
    assert network.sent(method="ACK")[0].target == bob.address


def test_a_peer_who_changes_the_transport_is_met_from_where_we_listen_for_it() -> None:
    network = SipNetwork()
    listening: tuple[tuple[Transport, Address], ...] = (
        ("UDP", Address("192.0.2.2", 5060)),
        ("TCP", Address("192.0.2.2", 5070)),
    )
    bob = network.station("192.0.2.2", settings=StackSettings("test", listening=listening))
    contact = "Contact: <sip:far@192.0.2.3:5080;transport=tcp>"
    text = request_text(
        "INVITE", Address("192.0.2.3", 5060), bob.address, body=SDP, fields=["Content-Type: application/sdp"]
    ).replace(b"Contact: <sip:far@192.0.2.3:5060>", contact.encode())
    bob.answer_calls()
    network.inject(text, Address("192.0.2.3", 5060), bob.address)
    network.run_for(40.0)
    bye = network.sent(method="BYE")[0]
    assert (bye.source, bye.target) == (Address("192.0.2.2", 5070), Address("192.0.2.3", 5080))
    assert b"Via: SIP/2.0/TCP 192.0.2.2:5070;" in bye.data
