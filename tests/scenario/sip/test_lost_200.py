"""A 2xx is repeated until its ACK (RFC 3261, 13.3.1.4)."""

from __future__ import annotations

import pytest

from voicecore.sip.output import Acknowledged, Answered
from voicecore.testing.sip_network import SipNetwork


def test_a_lost_200_is_sent_again() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    network.lose(lambda packet: packet.status == 200 and packet.method == "INVITE", times=2)
    alice.invite(bob)
    network.run_for(5.0)
    times = [packet.at for packet in network.sent(status=200)]
    assert times == pytest.approx([0.01, 0.51, 1.51])
    assert len(alice.outputs(Answered)) == len(bob.outputs(Acknowledged)) == 1
