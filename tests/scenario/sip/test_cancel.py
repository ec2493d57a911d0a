"""CANCEL before the answer: 487 (RFC 3261, 9)."""

from __future__ import annotations

import pytest

from voicecore.sip.hop import Address
from voicecore.sip.output import Cancelled, Failed, InviteReceived, Progressed
from voicecore.testing.sip_network import SipNetwork, Station
from voicecore.testing.sip_text import request_text


def test_a_ringing_call_is_cancelled_with_487() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    invite = alice.invite(bob)
    network.run_for(0.1)
    bob.respond(bob.only(InviteReceived).invite, 180)
    network.run_for(0.1)
    assert alice.only(Progressed).response.status == 180
    alice.cancel(invite)
    network.run_for(0.1)
    assert bob.only(Cancelled).invite == bob.only(InviteReceived).invite
    assert alice.only(Failed).status == 487
    assert not bob.respond(bob.only(InviteReceived).invite, 200)
    network.run_to_silence()
    assert [packet.start.split()[0] for packet in network.packets if packet.method == "ACK"] == ["ACK"]
    assert alice.is_empty
    assert bob.is_empty


def test_cancel_waits_for_a_provisional() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    network.lose(lambda packet: packet.status == 100)
    invite = alice.invite(bob)
    alice.cancel(invite)
    network.run_for(0.4)
    assert network.sent(method="CANCEL") == []
    network.run_for(0.5)
    assert len(network.sent(method="CANCEL")) == 1
    assert alice.only(Failed).status == 487
    assert bob.only(Cancelled)


def test_the_cancel_carries_its_reason_and_the_branch_of_the_invite() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    invite = alice.invite(bob)
    network.run_for(0.1)
    alice.stack.cancel(invite, network.now, reason="SIP;cause=200")
    network.drain(alice)
    cancel, invited = network.sent(method="CANCEL")[0].data, network.sent(method="INVITE")[0].data
    assert b"\r\nReason: SIP;cause=200\r\n" in cancel
    assert cancel.split(b"\r\n")[1] == invited.split(b"\r\n")[1]


def test_a_cancelled_invite_without_final_response_is_given_up_after_64_t1() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    invite = alice.invite(bob)
    network.run_for(0.1)
    network.lose(lambda packet: packet.source == bob.address, times=1000)
    alice.cancel(invite)
    network.run_for(31.9)
    assert alice.outputs(Failed) == []
    network.run_for(0.2)
    assert (alice.only(Failed).status, alice.only(Failed).response) == (487, None)
    network.run_to_silence()
    assert alice.is_empty


def test_a_call_that_rings_beyond_the_limit_is_cancelled() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_to_silence()
    assert network.sent(method="CANCEL")[0].at > 180
    assert alice.only(Failed).status == 487
    assert bob.is_empty


def test_cancel_of_a_settled_invite_changes_nothing() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    invite = alice.invite(bob)
    network.run_for(0.1)
    alice.cancel(invite)
    network.run_for(0.1)
    assert network.sent(method="CANCEL") == []


def test_the_answers_to_cancel_and_invite_have_one_tag() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    invite = alice.invite(bob)
    network.run_for(0.1)
    alice.cancel(invite)
    network.run_for(0.1)
    answers = network.sent(status=200, method="CANCEL") + network.sent(status=487)
    tags = [line for answer in answers for line in answer.data.split(b"\r\n") if line.startswith(b"To:")]
    assert len(tags) == 2
    assert b";tag=" in tags[0]
    assert tags[0] == tags[1]


def expiring(network: SipNetwork, seconds: str) -> Station:
    """A station with an INVITE of somebody who waits so long."""
    bob, far = network.station("192.0.2.2"), Address("192.0.2.3", 5060)
    text = request_text("INVITE", far, bob.address, fields=[f"Expires: {seconds}"])
    network.inject(text, far, bob.address)
    network.run_for(0.1)
    bob.respond(bob.only(InviteReceived).invite, 180)
    return bob


def test_3261_13_3_1_an_invite_that_expires_before_its_answer_gets_487() -> None:
    network = SipNetwork()
    bob = expiring(network, "20")
    network.run_for(19.0)
    assert bob.outputs(Cancelled) == []
    network.run_for(2.0)
    assert bob.only(Cancelled).invite == bob.only(InviteReceived).invite
    assert [packet.status for packet in network.packets if packet.status][-1] == 487
    network.run_to_silence()
    assert bob.is_empty


@pytest.mark.parametrize(("seconds", "answers_at"), [("20", 10.0), ("0", 30.0), ("nonsense", 30.0)])
def test_an_answer_in_time_is_one(seconds: str, answers_at: float) -> None:
    network = SipNetwork()
    bob = expiring(network, seconds)
    network.run_for(answers_at)
    assert bob.respond(bob.only(InviteReceived).invite, 200)
    network.run_for(31.0)
    assert bob.outputs(Cancelled) == []
