"""A CANCEL that crosses the 200: the caller acknowledges and hangs up (RFC 3261, 9.1 and 13.2.2.4)."""

from __future__ import annotations

from voicecore.sip.hop import Address
from voicecore.sip.output import (
    Acknowledged,
    Answered,
    Cancelled,
    DialogEnd,
    DialogEnded,
    Failed,
    InviteReceived,
)
from voicecore.sip.parser import parse_datagram
from voicecore.testing.sip_network import SDP, Packet, SipNetwork
from voicecore.testing.sip_text import request_text


def test_a_200_that_crosses_the_cancel_is_acknowledged_and_ended() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    invite = alice.invite(bob)
    network.run_for(0.1)
    bob.respond(bob.only(InviteReceived).invite, 200)
    alice.cancel(invite)
    network.run_for(0.1)
    assert [packet.status for packet in network.packets if packet.source == bob.address] == [
        100,
        200,
        200,
        200,
    ]
    assert bob.only(Acknowledged)
    assert bob.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert not bob.outputs(Cancelled)
    assert not alice.outputs(Answered)
    assert alice.only(Failed).status == 487
    network.run_to_silence()
    assert alice.is_empty
    assert bob.is_empty


def test_a_200_before_the_wanted_cancel_could_go_is_ended_too() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    network.lose(lambda packet: packet.status == 100)
    alice.cancel(alice.invite(bob))
    network.run_to_silence()
    assert network.sent(method="CANCEL") == []
    assert bob.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert alice.only(Failed).status == 487
    assert alice.is_empty


def test_a_cancel_after_the_ack_gets_the_tag_of_the_call() -> None:
    """RFC 3261, 9.2: a phone that takes the To tag of the last response must still find its dialog."""
    network = SipNetwork()
    bob, far = network.station("192.0.2.2"), Address("192.0.2.9", 5060)
    bob.answer_calls()
    sdp = ["Content-Type: application/sdp"]
    network.inject(request_text("INVITE", far, bob.address, fields=sdp, body=SDP), far, bob.address)
    network.run_for(0.1)
    tag = tag_of(network.sent(status=200)[-1])
    ack = request_text("ACK", far, bob.address, branch="z9hG4bKack", to_tag=tag)
    network.inject(ack, far, bob.address)
    network.run_for(0.1)
    network.inject(request_text("CANCEL", far, bob.address), far, bob.address)
    network.run_for(0.1)
    assert len(network.sent(status=200)) == 2
    assert tag_of(network.sent(status=200)[-1]) == tag


def tag_of(packet: Packet) -> str | None:
    return parse_datagram(packet.data).to.tag
