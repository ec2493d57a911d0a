"""Nobody there: timer B, timer F, and what the transport says (RFC 3261, 17.1.1.2, 17.1.2.2, 8.1.3.1)."""

from __future__ import annotations

import pytest

from voicecore.sip.output import Acknowledged, Answered, DialogEnd, DialogEnded, Failed
from voicecore.testing.sip_network import SipNetwork


def test_timer_b_fails_the_call_with_408() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    network.lose(lambda packet: True, times=100)
    invite = alice.invite(bob)
    network.run_to_silence()
    assert [packet.at for packet in network.packets] == pytest.approx([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5])
    failed = alice.only(Failed)
    assert (failed.invite, failed.status, failed.response) == (invite, 408, None)
    assert network.now == pytest.approx(32.0)
    assert alice.is_empty


def test_an_unreachable_peer_fails_the_call_with_503() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    alice.stack.transport_failed(alice.hop_to(bob.address), network.now)
    network.drain(alice)
    assert alice.only(Failed).status == 503
    network.run_to_silence()


def test_an_answered_call_survives_a_transport_error() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(0.1)
    alice.stack.transport_failed(alice.hop_to(bob.address), network.now)
    network.run_for(0.1)
    assert not alice.outputs(Failed)
    assert not alice.outputs(DialogEnded)
    assert alice.stack.census().dialogs == 1


def test_a_bye_without_answer_is_repeated_and_the_dialog_forgotten() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(1.0)
    network.lose(lambda packet: True, times=100)
    alice.bye(alice.only(Answered).dialog)
    network.run_to_silence()
    times = [packet.at - 1.0 for packet in network.sent(method="BYE")]
    assert times == pytest.approx([0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5])
    assert alice.is_empty


def test_a_reinvite_without_answer_ends_the_dialog() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(1.0)
    network.lose(lambda packet: packet.source == bob.address, times=100)
    bob_dialog = bob.only(Acknowledged).dialog
    network.lose(lambda packet: packet.source == alice.address, times=7)
    alice.reinvite(alice.only(Answered).dialog)
    network.run_to_silence()
    assert alice.only(Failed).status == 408
    assert alice.only(DialogEnded).end is DialogEnd.GONE
    assert bob.only(DialogEnded).dialog == bob_dialog
    assert alice.is_empty
    assert bob.is_empty


def test_a_transport_error_after_everything_is_over_concerns_nobody() -> None:
    network = SipNetwork()
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(0.1)
    alice.bye(alice.only(Answered).dialog)
    network.run_to_silence()
    said = len(alice.log)
    alice.stack.transport_failed(alice.hop_to(bob.address), network.now)
    network.drain(alice)
    assert len(alice.log) == said
