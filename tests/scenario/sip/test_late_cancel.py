"""A CANCEL that crosses the 200: the caller acknowledges and hangs up (RFC 3261, 9.1 and 13.2.2.4)."""

from __future__ import annotations

from voicecore.sip.output import (
    Acknowledged,
    Answered,
    Cancelled,
    DialogEnd,
    DialogEnded,
    Failed,
    InviteReceived,
)
from voicecore.testing.sip_network import SipNetwork


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
