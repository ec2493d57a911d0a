"""An ACK that is lost is sent again for every repeat of the 2xx; without any ACK the timers end the call."""

from __future__ import annotations

import pytest

from voicecore.sip.output import Acknowledged, Answered, DialogEnd, DialogEnded, InviteReceived
from voicecore.testing.sip_network import Packet, SipNetwork


def is_ack(packet: Packet) -> bool:
    return packet.method == "ACK"


def test_a_repeated_2xx_is_acknowledged_again() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    network.lose(is_ack, times=3)
    alice.invite(bob)
    network.run_for(20.0)
    acks = network.sent(method="ACK")
    assert len(acks) == 4
    assert len({ack.data for ack in acks}) == 1
    assert len(alice.outputs(Answered)) == len(bob.outputs(Acknowledged)) == 1


def test_a_call_without_ack_ends_after_64_t1_with_bye() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    network.lose(is_ack, times=100)
    alice.invite(bob)
    network.run_to_silence()
    repeats = [packet.at - 0.01 for packet in network.sent(status=200, method="INVITE")]
    assert repeats == pytest.approx([0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5])
    assert bob.only(DialogEnded).end is DialogEnd.NO_ACK
    assert network.sent(method="BYE")[0].at == pytest.approx(32.01)
    assert alice.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert alice.is_empty
    assert bob.is_empty


def test_bye_waits_for_the_ack() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    network.lose(is_ack, times=1)
    alice.invite(bob)
    network.run_for(0.1)
    invite = bob.only(InviteReceived).invite
    bob.respond(invite, 200)
    bob.bye(bob.stack.dialog_of(invite))
    network.run_for(0.3)
    assert network.sent(method="BYE") == []
    network.run_to_silence()
    assert network.sent(method="BYE")[0].at == pytest.approx(0.62)
    assert not bob.outputs(Acknowledged)
    assert not bob.outputs(DialogEnded)
    assert alice.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert bob.is_empty


def test_a_bye_of_the_caller_stops_the_repeats_of_the_2xx() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    network.lose(is_ack, times=100)
    alice.invite(bob)
    network.run_for(0.1)
    alice.bye(alice.only(Answered).dialog)
    network.run_to_silence()
    assert len(network.sent(status=200, method="INVITE")) == 1
    assert bob.only(DialogEnded).end is DialogEnd.BYE_RECEIVED
    assert bob.is_empty


def test_a_second_wish_to_hang_up_waits_for_the_ack_too() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(0.1)
    invite = bob.only(InviteReceived).invite
    bob.respond(invite, 200)
    dialog = bob.stack.dialog_of(invite)
    bob.bye(dialog)
    bob.bye(dialog)
    assert network.sent(method="BYE") == []
    network.run_to_silence()
    assert len(network.sent(method="BYE")) == 1


def test_the_bye_that_waited_keeps_its_headers() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(0.1)
    invite = bob.only(InviteReceived).invite
    bob.respond(invite, 200)
    bob.stack.bye(bob.stack.dialog_of(invite), network.now, headers=[("reason", "Q.850;cause=16")])
    network.run_for(0.1)
    assert b"\r\nReason: Q.850;cause=16\r\n" in network.sent(method="BYE")[0].data


def test_the_ack_of_another_invite_stops_nothing() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    network.lose(is_ack, times=1)
    alice.invite(bob)
    network.run_for(0.1)
    ack = network.sent(method="ACK")[0].data
    network.inject(ack.replace(b"CSeq: 1 ACK", b"CSeq: 7 ACK"), alice.address, bob.address)
    network.run_for(0.1)
    assert not bob.outputs(Acknowledged)
    network.inject(ack, alice.address, bob.address)
    network.run_for(0.1)
    assert bob.only(Acknowledged)
