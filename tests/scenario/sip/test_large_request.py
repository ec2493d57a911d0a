"""A request too large for a datagram takes TCP, and goes back to UDP where nobody listens (RFC 3261, 18.1.1)."""

from __future__ import annotations

from voicecore.sip.hop import Address, Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import Answered, Failed, InviteId, Transmit
from voicecore.sip.settings import StackSettings
from voicecore.sip.uri import Uri
from voicecore.testing.sip_network import SDP, SipNetwork, Station

HERE, THERE = Address("192.0.2.1", 5060), Address("192.0.2.2", 5060)
LARGE_SDP = SDP + b"a=fmtp:101 " + b"x" * 1300 + b"\r\n"
BOTH = StackSettings("test", listening=(("UDP", HERE), ("TCP", HERE)))


def invite(alice: Station, sdp: bytes) -> InviteId:
    id = alice.stack.invite(
        Uri.parse("sip:bob@192.0.2.2"),
        alice.hop_to(THERE),
        alice.network.now,
        from_=NameAddr.parse("<sip:alice@192.0.2.1>"),
        sdp=sdp,
    )
    alice.network.drain(alice)
    return id


def transmits(alice: Station) -> list[Transmit]:
    return alice.outputs(Transmit)


def test_a_large_invite_takes_a_connection_and_says_so() -> None:
    alice = SipNetwork().station("192.0.2.1", settings=BOTH)
    invite(alice, LARGE_SDP)
    (sent,) = transmits(alice)
    assert sent.hop == Hop("TCP", HERE, THERE)
    assert b"Via: SIP/2.0/TCP " in sent.data


def test_a_small_one_does_not() -> None:
    alice = SipNetwork().station("192.0.2.1", settings=BOTH)
    invite(alice, SDP)
    assert transmits(alice)[0].hop.transport == "UDP"


def test_without_a_socket_for_tcp_it_stays_a_datagram() -> None:
    alice = SipNetwork().station("192.0.2.1")
    invite(alice, LARGE_SDP)
    assert transmits(alice)[0].hop.transport == "UDP"


def test_nobody_takes_the_connection() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1", settings=BOTH), network.station("192.0.2.2")
    bob.answer_calls()
    invite(alice, LARGE_SDP)
    alice.stack.transport_failed(Hop("TCP", HERE, THERE), network.now)
    network.drain(alice)
    second = transmits(alice)[1]
    assert second.hop == Hop("UDP", HERE, THERE)
    assert b"Via: SIP/2.0/UDP " in second.data
    network.run_for(1.0)
    assert alice.only(Answered)
    assert not alice.outputs(Failed)
    alice.bye(alice.only(Answered).dialog)
    network.run_to_silence()
    assert alice.is_empty


def test_a_cancel_takes_the_way_of_its_invite() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1", settings=BOTH), network.station("192.0.2.2")
    id = invite(alice, LARGE_SDP)
    network.run_for(0.1)
    assert bob.is_empty is False
    alice.cancel(id)
    cancel = transmits(alice)[-1]
    assert cancel.data.startswith(b"CANCEL ")
    assert cancel.hop.transport == "TCP"
    assert b"Via: SIP/2.0/TCP " in cancel.data
    network.run_to_silence()
    assert alice.is_empty
