"""A re-INVITE changes an answered call, its remote target too (RFC 3261, 14)."""

from __future__ import annotations

import pytest

from voicecore.errors import UsageError
from voicecore.sip.hop import Address
from voicecore.sip.output import (
    Acknowledged,
    Answered,
    Cancelled,
    DialogEnd,
    DialogEnded,
    DialogId,
    Failed,
    InviteReceived,
    ReinviteReceived,
)
from voicecore.testing.sip_network import SipNetwork, Station
from voicecore.testing.sip_text import request_text


def answered_call(network: SipNetwork) -> tuple[Station, Station, DialogId, DialogId]:
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(1.0)
    return alice, bob, alice.only(Answered).dialog, bob.only(Acknowledged).dialog


def test_either_side_may_change_the_call() -> None:
    network = SipNetwork()
    alice, bob, at_alice, at_bob = answered_call(network)
    alice.answer_calls()
    ours = alice.reinvite(at_alice)
    network.run_for(1.0)
    assert bob.only(ReinviteReceived).dialog == at_bob
    assert [answered.invite for answered in alice.outputs(Answered)][1:] == [ours]
    theirs = bob.reinvite(at_bob)
    network.run_for(1.0)
    assert alice.only(ReinviteReceived).dialog == at_alice
    assert bob.only(Answered).invite == theirs
    assert bob.only(Answered).dialog == at_bob
    assert [packet.start.split()[0] for packet in network.sent(method="ACK")] == ["ACK"] * 3
    assert not alice.outputs(DialogEnded)
    alice.bye(at_alice)
    network.run_to_silence()
    assert alice.is_empty
    assert bob.is_empty


def test_a_refused_reinvite_leaves_the_call_as_it_was() -> None:
    network = SipNetwork()
    alice, bob, at_alice, _ = answered_call(network)
    bob.policy = lambda _: None
    alice.reinvite(at_alice)
    network.run_for(0.1)
    bob.respond(bob.only(ReinviteReceived).invite, 488)
    network.run_for(40.0)
    assert alice.only(Failed).status == 488
    assert alice.stack.census().dialogs == bob.stack.census().dialogs == 1
    bob.answer_calls()
    alice.reinvite(at_alice)
    network.run_for(0.1)
    assert len(alice.outputs(Answered)) == 2


def test_a_reinvite_moves_the_remote_target() -> None:
    network = SipNetwork()
    bob, far = network.station("192.0.2.2"), Address("192.0.2.3", 5060)
    bob.answer_calls()

    def send(method: str, number: int, contact: str, to_tag: str | None = None) -> None:
        text = request_text(
            method,
            far,
            bob.address,
            branch=f"z9hG4bK{method}{number}",
            to_tag=to_tag,
            cseq=f"{number} {method}",
        )
        network.inject(
            text.replace(b"<sip:far@192.0.2.3:5060>\r\n", f"<{contact}>\r\n".encode()), far, bob.address
        )
        network.run_for(0.1)

    send("INVITE", 1, "sip:far@192.0.2.3:5060")
    tag = bob.stack.dialog_of(bob.only(InviteReceived).invite).local_tag
    send("ACK", 1, "sip:far@192.0.2.3:5060", tag)
    send("INVITE", 2, "sip:moved@192.0.2.4:5066", tag)
    send("ACK", 2, "sip:moved@192.0.2.4:5066", tag)
    bob.bye(bob.outputs(Acknowledged)[-1].dialog)
    bye = network.sent(method="BYE")[0]
    assert bye.start == "BYE sip:moved@192.0.2.4:5066 SIP/2.0"
    assert bye.target == Address("192.0.2.4", 5066)


def test_a_481_to_a_reinvite_ends_the_dialog() -> None:
    network = SipNetwork()
    alice, bob, at_alice, at_bob = answered_call(network)
    network.lose(lambda packet: packet.source == bob.address and packet.start.startswith("BYE"), times=100)
    bob.bye(at_bob)
    network.run_for(40.0)
    alice.reinvite(at_alice)
    network.run_to_silence()
    assert alice.only(Failed).status == 481
    assert alice.only(DialogEnded).end is DialogEnd.GONE
    assert alice.is_empty
    assert bob.is_empty


def test_a_reinvite_of_an_ended_dialog_fails_at_once() -> None:
    network = SipNetwork()
    alice, _, at_alice, _ = answered_call(network)
    alice.bye(at_alice)
    invite = alice.reinvite(at_alice)
    assert (alice.only(Failed).invite, alice.only(Failed).status) == (invite, 481)


def test_hanging_up_while_a_reinvite_waits_for_our_answer_refuses_it() -> None:
    network = SipNetwork()
    alice, bob, at_alice, at_bob = answered_call(network)
    bob.policy = lambda _: None
    alice.reinvite(at_alice)
    network.run_for(0.1)
    bob.bye(at_bob)
    network.run_to_silence()
    assert alice.only(Failed).status == 487
    assert alice.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert alice.is_empty
    assert bob.is_empty


def test_hanging_up_takes_our_own_reinvite_back() -> None:
    network = SipNetwork()
    alice, bob, at_alice, _ = answered_call(network)
    bob.policy = lambda _: None
    alice.reinvite(at_alice)
    network.run_for(0.1)
    alice.bye(at_alice)
    network.run_to_silence()
    assert len(network.sent(method="CANCEL")) == 1
    assert bob.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert bob.only(Cancelled).invite == bob.only(ReinviteReceived).invite
    assert alice.only(Failed).status == 487
    assert alice.is_empty
    assert bob.is_empty


def test_a_cancelled_reinvite_that_was_answered_changes_the_call() -> None:
    network = SipNetwork()
    alice, bob, at_alice, _ = answered_call(network)
    bob.policy = lambda _: None
    invite = alice.reinvite(at_alice)
    network.run_for(0.1)
    bob.respond(bob.only(ReinviteReceived).invite, 200)
    alice.cancel(invite)
    network.run_for(1.0)
    assert alice.outputs(Answered)[-1].invite == invite
    assert not alice.outputs(DialogEnded)
    assert alice.stack.census().dialogs == 1


def test_bye_is_not_for_a_call_that_rings() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(0.1)
    received = bob.only(InviteReceived).invite
    bob.respond(received, 180)
    with pytest.raises(UsageError):
        bob.bye(bob.stack.dialog_of(received))
