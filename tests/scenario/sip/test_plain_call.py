"""INVITE, 180, 200, ACK, BYE, 200: both sides agree and forget."""

from __future__ import annotations

from voicecore.sip.output import Acknowledged, Answered, DialogEnd, DialogEnded, InviteReceived, Progressed
from voicecore.testing.sip_network import SipNetwork


def test_a_call_is_set_up_and_ended_by_the_caller() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(0.1)
    invite = bob.only(InviteReceived).invite
    bob.respond(invite, 180)
    network.run_for(1.0)
    bob.respond(invite, 200)
    network.run_for(0.1)
    early, answered = alice.only(Progressed).dialog, alice.only(Answered).dialog
    assert early == answered
    assert bob.only(Acknowledged).dialog.remote_tag == answered.local_tag
    alice.bye(answered)
    network.run_for(0.1)
    assert bob.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert alice.outputs(DialogEnded) == []
    starts = [packet.start for packet in network.packets]
    assert starts == [
        "INVITE sip:1000@192.0.2.2:5060 SIP/2.0",
        "SIP/2.0 100 Trying",
        "SIP/2.0 180 Ringing",
        "SIP/2.0 200 OK",
        "ACK sip:1000@192.0.2.2:5060 SIP/2.0",
        "BYE sip:1000@192.0.2.2:5060 SIP/2.0",
        "SIP/2.0 200 OK",
    ]
    network.run_to_silence()
    assert len(network.packets) == len(starts)
    assert alice.is_empty
    assert bob.is_empty


def test_the_called_side_may_hang_up() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(0.1)
    bob.bye(bob.only(Acknowledged).dialog)
    network.run_to_silence()
    assert alice.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert bob.outputs(DialogEnded) == []
    assert alice.is_empty
    assert bob.is_empty
