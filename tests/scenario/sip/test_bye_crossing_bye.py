"""Both sides hang up at once: each BYE finds its dialog (RFC 3261, 15.1)."""

from __future__ import annotations

from voicecore.sip.output import Acknowledged, Answered, DialogEnded
from voicecore.testing.sip_network import SipNetwork


def test_both_byes_are_answered_with_200_and_nobody_is_told() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(0.1)
    alice.bye(alice.only(Answered).dialog)
    bob.bye(bob.only(Acknowledged).dialog)
    network.run_to_silence()
    assert len(network.sent(status=200, method="BYE")) == 2
    assert alice.outputs(DialogEnded) == bob.outputs(DialogEnded) == []
    assert alice.is_empty
    assert bob.is_empty


def test_a_second_bye_of_ours_does_nothing() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(0.1)
    alice.bye(alice.only(Answered).dialog)
    alice.bye(alice.only(Answered).dialog)
    network.run_to_silence()
    alice.bye(alice.only(Answered).dialog)
    assert len(network.sent(method="BYE")) == 1


def test_a_bye_that_lost_its_answer_is_answered_again() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(0.1)
    network.lose(lambda packet: packet.status == 200 and packet.method == "BYE")
    alice.bye(alice.only(Answered).dialog)
    network.run_to_silence()
    assert len(network.sent(method="BYE")) == len(network.sent(status=200, method="BYE")) == 2
    assert len(bob.outputs(DialogEnded)) == 1
