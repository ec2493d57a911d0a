"""Both sides send a re-INVITE at once, or one side two: 491 and 500 (RFC 3261, 14.1 and 14.2).

One that met the peer's is sent again, and its owner sees none of that.
"""

from __future__ import annotations

import pytest

from voicecore.sip.hop import Address
from voicecore.sip.output import (
    Acknowledged,
    Answered,
    DialogEnded,
    Failed,
    InviteReceived,
    Output,
    ReinviteReceived,
)
from voicecore.testing.sip_network import SDP, Packet, SipNetwork, Station
from voicecore.testing.sip_text import request_text


def call(network: SipNetwork) -> tuple[Station, Station]:
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(1.0)
    return alice, bob


def refuse(station: Station, status: int, times: int, *headers: tuple[str, str]) -> None:
    """Refuse the next re-INVITEs, and answer those after them."""
    left = [status] * times

    def answer(output: Output) -> None:
        if isinstance(output, ReinviteReceived):
            now = station.network.now
            if left:
                station.stack.respond(output.invite, left.pop(), now, headers=headers)
            else:
                station.stack.respond(output.invite, 200, now, sdp=SDP)

    station.policy = answer


@pytest.mark.parametrize("seed", range(5))
def test_the_owner_of_the_call_id_waits_longer_than_the_other_side(seed: int) -> None:
    network = SipNetwork(seed=seed)
    alice, bob = call(network)
    alice.answer_calls()
    met = network.now
    alice.reinvite(alice.only(Answered).dialog)
    bob.reinvite(bob.only(Acknowledged).dialog)

    def is_bobs_second_try(packet: Packet) -> bool:
        return packet.source == bob.address and packet.method == "INVITE" and packet.at > met + 0.1

    network.lose(is_bobs_second_try, 9)  # until Alice has made hers
    network.run_for(6.0)
    assert len(network.sent(status=491)) >= 2
    later = [packet for packet in network.sent(method="INVITE") if packet.at > met + 0.1]
    at_alice = next(packet.at for packet in later if packet.source == alice.address)
    at_bob = next(packet.at for packet in later if packet.source == bob.address)
    assert at_bob - met <= 2.1
    assert 2.1 <= at_alice - met <= 4.1


def test_a_change_that_the_peer_made_meanwhile_is_not_undone() -> None:
    network = SipNetwork()
    alice, bob = call(network)
    alice.answer_calls()
    ours = alice.reinvite(alice.only(Answered).dialog)
    bob.reinvite(bob.only(Acknowledged).dialog)
    network.run_for(6.0)
    assert len(network.sent(status=491)) == 2
    assert len(bob.outputs(Answered)) == 1
    assert (alice.only(Failed).invite, alice.only(Failed).status) == (ours, 491)
    assert not alice.outputs(DialogEnded)


@pytest.mark.parametrize(("status", "headers"), [(491, ()), (500, (("Retry-After", "4 (soon);duration=9"),))])
def test_a_refusal_that_passes_is_met_by_another_try(
    status: int, headers: tuple[tuple[str, str], ...]
) -> None:
    network = SipNetwork()
    alice, bob = call(network)
    refuse(bob, status, 3, *headers)
    alice.reinvite(alice.only(Answered).dialog)
    network.run_for(20.0)
    assert len(alice.outputs(Answered)) == 2
    assert not alice.outputs(Failed)
    alice.bye(alice.outputs(Answered)[0].dialog)
    network.run_to_silence()
    assert alice.is_empty
    assert bob.is_empty


@pytest.mark.parametrize(
    ("status", "headers", "tries"),
    [(491, (), 4), (500, (("Retry-After", "4"),), 4), (500, (("Retry-After", "11"),), 1), (500, (), 1)],
)
def test_the_number_of_tries_is_bounded(
    status: int, headers: tuple[tuple[str, str], ...], tries: int
) -> None:
    network = SipNetwork()
    alice, bob = call(network)
    refuse(bob, status, 9, *headers)
    alice.reinvite(alice.only(Answered).dialog)
    network.run_for(60.0)
    assert alice.only(Failed).status == status
    assert len(bob.outputs(ReinviteReceived)) == tries


def test_a_call_that_ends_while_we_back_off_ends_the_try() -> None:
    network = SipNetwork()
    alice, bob = call(network)
    refuse(bob, 491, 9)
    alice.reinvite(alice.only(Answered).dialog)
    network.run_for(0.1)
    bob.bye(bob.only(Acknowledged).dialog)
    network.run_to_silence()
    assert alice.only(Failed).status == 491
    assert len(bob.outputs(ReinviteReceived)) == 1
    assert alice.is_empty
    assert bob.is_empty


def test_a_try_that_waits_may_be_taken_back() -> None:
    network = SipNetwork()
    alice, bob = call(network)
    refuse(bob, 491, 9)
    invite = alice.reinvite(alice.only(Answered).dialog)
    network.run_for(0.1)
    alice.cancel(invite)
    assert alice.only(Failed).status == 487
    network.run_for(60.0)
    assert len(bob.outputs(ReinviteReceived)) == 1


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
