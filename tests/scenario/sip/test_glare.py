"""Both sides send a re-INVITE at once, or one side two: 491 and 500 (RFC 3261, 14.1 and 14.2)."""

from __future__ import annotations

from voicecore.sip.hop import Address
from voicecore.sip.output import Acknowledged, Answered, DialogEnded, Failed, InviteReceived, ReinviteReceived
from voicecore.testing.sip_network import SipNetwork
from voicecore.testing.sip_text import request_text


def test_reinvites_that_cross_get_491_on_both_sides() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(1.0)
    alice.reinvite(alice.only(Answered).dialog)
    bob.reinvite(bob.only(Acknowledged).dialog)
    network.run_for(0.1)
    assert alice.only(Failed).status == bob.only(Failed).status == 491
    assert not alice.outputs(DialogEnded)
    alice.reinvite(alice.only(Answered).dialog)
    network.run_for(0.1)
    assert len(alice.outputs(Answered)) == 2


def test_our_reinvite_fails_at_once_while_theirs_is_in_progress() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(1.0)
    bob.policy = lambda _: None
    alice.reinvite(alice.only(Answered).dialog)
    network.run_for(0.1)
    bob.reinvite(bob.only(Acknowledged).dialog)
    assert (bob.only(Failed).status, bob.only(Failed).response) == (491, None)
    assert bob.respond(bob.only(ReinviteReceived).invite, 200)


def test_a_second_reinvite_before_the_answer_to_the_first_gets_500_with_retry_after() -> None:
    network = SipNetwork()
    bob, far = network.station("192.0.2.2"), Address("192.0.2.3", 5060)

    def send(method: str, number: int, to_tag: str | None = None) -> None:
        branch = f"z9hG4bK{method}{number}"
        text = request_text(method, far, bob.address, branch=branch, to_tag=to_tag, cseq=f"{number} {method}")
        network.inject(text, far, bob.address)
        network.run_for(0.1)

    send("INVITE", 1)
    invite = bob.only(InviteReceived).invite
    tag = bob.stack.dialog_of(invite).local_tag
    bob.respond(invite, 200)
    send("INVITE", 2, tag)
    assert len(network.sent(status=491)) == 1
    send("ACK", 1, tag)
    send("INVITE", 3, tag)
    send("INVITE", 4, tag)
    (refusal,) = network.sent(status=500)
    assert b"\r\nRetry-After: " in refusal.data
    assert len(bob.outputs(ReinviteReceived)) == 1
