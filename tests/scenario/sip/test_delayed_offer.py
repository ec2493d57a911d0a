"""An INVITE without SDP: the 2xx brings the offer, and the ACK the answer (RFC 3261, 13.2.2.4; RFC 6337, 2.1)."""

from __future__ import annotations

from voicecore.sip.output import (
    Acknowledged,
    Answered,
    DialogEnd,
    DialogEnded,
    Failed,
    RequestAnswered,
)
from voicecore.testing.sip_network import SDP, SipNetwork, Station

ANSWER = SDP.replace(b"4000", b"4002")


def answered(network: SipNetwork) -> tuple[Station, Station, Answered]:
    """A call whose offer has no answer yet."""
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob, sdp=b"")
    network.run_for(1.0)
    return alice, bob, alice.only(Answered)


def acknowledge(station: Station, answered: Answered) -> bool:
    sent = station.stack.acknowledge(answered.invite, answered.dialog, sdp=ANSWER)
    station.network.drain(station)
    return sent


def test_the_ack_waits_for_our_answer() -> None:
    network = SipNetwork()
    network.lose(lambda packet: packet.method == "ACK")
    alice, bob, answer = answered(network)
    assert answer.sdp == SDP
    assert not network.sent(method="ACK")
    assert acknowledge(alice, answer)
    assert not acknowledge(alice, answer)
    network.run_for(5.0)
    first, second = network.sent(method="ACK")
    assert first.data == second.data
    assert bob.only(Acknowledged).request.body == ANSWER
    alice.reinvite(answer.dialog)
    network.run_for(0.1)
    assert len(alice.outputs(Answered)) == 2
    alice.bye(answer.dialog)
    network.run_to_silence()
    assert alice.is_empty
    assert bob.is_empty


def test_nothing_else_is_offered_before_that() -> None:
    network = SipNetwork()
    alice, _, answer = answered(network)
    alice.update(answer.dialog, sdp=SDP)
    alice.reinvite(answer.dialog)
    assert alice.only(RequestAnswered).status == alice.only(Failed).status == 491


def test_an_answer_that_never_comes_ends_the_call() -> None:
    network = SipNetwork()
    alice, bob, answer = answered(network)
    network.run_to_silence()
    assert bob.only(DialogEnded).end is DialogEnd.NO_ACK
    assert alice.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert not acknowledge(alice, answer)
    assert alice.is_empty
    assert bob.is_empty


def test_a_reinvite_without_offer_is_answered_likewise() -> None:
    network = SipNetwork()
    alice, bob, first = answered(network)
    acknowledge(alice, first)
    network.run_for(1.0)
    alice.stack.reinvite(first.dialog, network.now, sdp=b"")
    network.drain(alice)
    network.run_for(1.0)
    second = alice.outputs(Answered)[-1]
    assert acknowledge(alice, second)
    network.run_for(1.0)
    assert [output.request.body for output in bob.outputs(Acknowledged)] == [ANSWER, ANSWER]
