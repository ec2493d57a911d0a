"""Repeats of an INVITE are absorbed and answered with the last response (RFC 3261, 17.2.1)."""

from __future__ import annotations

from voicecore.sip.output import Heard, InviteReceived
from voicecore.testing.sip_network import SipNetwork


def test_a_repeated_invite_is_one_call() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    network.lose(lambda packet: packet.status == 100, times=2)
    alice.invite(bob)
    network.run_for(5.0)
    assert len(network.sent(method="INVITE")) == len(network.sent(status=100)) == 3
    assert len(bob.outputs(Heard)) == 3
    assert len(bob.outputs(InviteReceived)) == 1


def test_a_repeat_while_ringing_gets_180_again() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(0.1)
    bob.respond(bob.only(InviteReceived).invite, 180)
    network.inject(network.sent(method="INVITE")[0].data, alice.address, bob.address)
    network.run_for(0.1)
    assert len(network.sent(status=180)) == 2


def test_a_repeat_after_the_200_is_not_answered_again() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(0.2)
    network.inject(network.sent(method="INVITE")[0].data, alice.address, bob.address)
    network.run_for(0.2)
    assert len(network.sent(status=200)) == 1
    assert len(bob.outputs(InviteReceived)) == 1


def test_a_long_ringing_call_is_kept_alive_every_minute() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(1.0)
    bob.respond(bob.only(InviteReceived).invite, 180)
    network.run_for(130.0)
    assert [round(packet.at) for packet in network.sent(status=180)] == [1, 61, 121]
