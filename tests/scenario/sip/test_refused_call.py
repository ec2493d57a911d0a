"""A failure is repeated until its ACK; without one, timer H ends it (RFC 3261, 17.2.1)."""

from __future__ import annotations

import pytest

from voicecore.sip.output import Failed, InviteReceived
from voicecore.testing.sip_network import SipNetwork


def test_a_busy_callee_refuses() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(0.1)
    bob.respond(bob.only(InviteReceived).invite, 486)
    network.run_to_silence()
    failed = alice.only(Failed)
    assert (failed.status, failed.reason) == (486, "Busy Here")
    assert failed.response is not None
    assert len(network.sent(status=486)) == len(network.sent(method="ACK")) == 1
    assert alice.is_empty
    assert bob.is_empty


def test_a_failure_without_ack_is_repeated_until_timer_h() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    network.lose(lambda packet: packet.method == "ACK", times=100)
    alice.invite(bob)
    network.run_for(1.0)
    bob.respond(bob.only(InviteReceived).invite, 404)
    network.run_to_silence()
    times = [packet.at - 1.0 for packet in network.sent(status=404)]
    assert times == pytest.approx([0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5])
    assert len(alice.outputs(Failed)) == 1
    assert len(network.sent(method="ACK")) == len(times)
    assert bob.is_empty
