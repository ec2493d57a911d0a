"""UPDATE changes a call, before and after its answer (RFC 3311)."""

from __future__ import annotations

import pytest

from voicecore.sip.hop import Address, Transport
from voicecore.sip.output import (
    Acknowledged,
    Answered,
    DialogEnd,
    DialogEnded,
    DialogId,
    Failed,
    InviteId,
    InviteReceived,
    Output,
    Progressed,
    ReinviteReceived,
    RequestAnswered,
    UpdateReceived,
)
from voicecore.testing.sip_network import SDP, Packet, SipNetwork, Station
from voicecore.testing.sip_text import request_text

FAR = Address("192.0.2.3", 5060)
OFFER = SDP.replace(b"4000", b"4002")


def call(network: SipNetwork, transport: Transport = "UDP") -> tuple[Station, Station, DialogId, DialogId]:
    alice = network.station("192.0.2.1", transport=transport)
    bob = network.station("192.0.2.2", transport=transport)
    bob.answer_calls()
    alice.invite(bob)
    network.run_for(1.0)
    bob.policy = lambda _: None
    return alice, bob, alice.only(Answered).dialog, bob.only(Acknowledged).dialog


def answer_updates(station: Station, status: int = 200) -> None:
    def answer(output: Output) -> None:
        if isinstance(output, UpdateReceived):
            body = SDP if status == 200 else b""
            station.stack.answer(output.id, status, station.network.now, body=body)

    station.policy = answer


def end(alice: Station, bob: Station, dialog: DialogId) -> None:
    alice.bye(dialog)
    alice.network.run_to_silence()
    assert alice.is_empty
    assert bob.is_empty


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_either_side_may_change_an_answered_call(transport: Transport) -> None:
    network = SipNetwork()
    alice, bob, at_alice, at_bob = call(network, transport)
    for station, dialog, peer in ((alice, at_alice, bob), (bob, at_bob, alice)):
        answer_updates(peer)
        request = station.update(dialog, sdp=OFFER)
        network.run_for(0.1)
        answered = station.outputs(RequestAnswered)[-1]
        assert (answered.id, answered.status) == (request, 200)
        assert answered.response is not None
        assert answered.response.body == SDP
        assert answered.response.content_type == "application/sdp"
        assert peer.only(UpdateReceived).request.body == OFFER
    assert b"UPDATE" in network.sent(method="UPDATE")[0].data.split(b"Allow: ")[1].split(b"\r\n")[0]
    end(alice, bob, at_alice)


def test_an_update_without_sdp_is_answered_by_the_stack_and_told() -> None:
    network = SipNetwork()
    alice, bob, at_alice, _ = call(network)
    alice.update(at_alice)
    network.run_for(0.1)
    assert alice.only(RequestAnswered).status == 200
    assert not bob.answer(bob.only(UpdateReceived).id, 488)
    end(alice, bob, at_alice)


def test_a_refused_update_leaves_the_call_as_it_was() -> None:
    network = SipNetwork()
    alice, bob, at_alice, _ = call(network)
    answer_updates(bob, 488)
    for _ in range(2):
        alice.update(at_alice, sdp=OFFER)
        network.run_for(0.1)
    assert [answered.status for answered in alice.outputs(RequestAnswered)] == [488, 488]
    end(alice, bob, at_alice)


def test_offers_that_cross_get_491() -> None:
    network = SipNetwork()
    alice, bob, at_alice, at_bob = call(network)
    alice.update(at_alice, sdp=OFFER)
    bob.update(at_bob, sdp=OFFER)
    network.run_for(0.1)
    assert alice.only(RequestAnswered).status == bob.only(RequestAnswered).status == 491
    alice.update(at_alice, sdp=OFFER)
    bob.reinvite(at_bob)
    network.run_for(0.1)
    assert len(network.sent(status=491)) == 4
    end(alice, bob, at_alice)


def test_an_offer_while_theirs_is_open_is_not_even_sent() -> None:
    network = SipNetwork()
    alice, bob, at_alice, at_bob = call(network)
    alice.update(at_alice, sdp=OFFER)
    network.run_for(0.1)
    bob.update(at_bob, sdp=OFFER)
    bob.reinvite(at_bob)
    assert bob.only(RequestAnswered).status == bob.only(Failed).status == 491
    alice.update(at_alice)
    alice.reinvite(at_alice)
    assert [answered.status for answered in alice.outputs(RequestAnswered)] == [491]
    assert alice.only(Failed).status == 491
    assert len(network.sent(method="UPDATE")) == 1
    bob.answer(bob.only(UpdateReceived).id, 200, body=SDP)
    network.run_for(0.1)
    assert alice.outputs(RequestAnswered)[-1].status == 200
    end(alice, bob, at_alice)


def early(network: SipNetwork, *, reliable: bool) -> tuple[Station, Station, InviteId, DialogId, DialogId]:
    """A call that rings with early media."""
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(0.1)
    invite = bob.only(InviteReceived).invite
    bob.respond(invite, 183, reliable=reliable)
    network.run_for(0.1)
    dialog = alice.only(Progressed).dialog
    assert dialog is not None
    return alice, bob, invite, dialog, bob.stack.dialog_of(invite)


def test_early_media_is_changed_once_its_offer_was_answered_reliably() -> None:
    network = SipNetwork()
    alice, bob, invite, at_alice, at_bob = early(network, reliable=True)
    answer_updates(bob)
    answer_updates(alice)
    alice.update(at_alice, sdp=OFFER)
    network.run_for(0.1)
    bob.update(at_bob, sdp=OFFER)
    network.run_for(0.1)
    assert alice.only(RequestAnswered).status == bob.only(RequestAnswered).status == 200
    bob.respond(invite, 200)
    network.run_for(0.1)
    assert alice.only(Answered).response.body == b""
    end(alice, bob, at_alice)


def test_early_media_whose_answer_is_not_sure_cannot_be_changed() -> None:
    network = SipNetwork()
    alice, bob, invite, at_alice, at_bob = early(network, reliable=False)
    alice.update(at_alice, sdp=OFFER)
    bob.update(at_bob, sdp=OFFER)
    assert alice.only(RequestAnswered).status == bob.only(RequestAnswered).status == 491
    assert not network.sent(method="UPDATE")
    bob.respond(invite, 486)
    network.run_to_silence()
    assert alice.is_empty
    assert bob.is_empty


def test_an_update_that_nobody_answered_gets_487_when_the_call_ends() -> None:
    network = SipNetwork()
    alice, bob, at_alice, _ = call(network)
    alice.update(at_alice, sdp=OFFER)
    network.run_for(0.1)
    end(alice, bob, at_alice)
    assert alice.only(RequestAnswered).status == 487
    assert not bob.answer(bob.only(UpdateReceived).id, 200, body=SDP)


@pytest.mark.parametrize("ends", ["silence", "481"])
def test_a_peer_that_is_gone_ends_the_call(ends: str) -> None:
    network = SipNetwork()
    alice, bob, at_alice, at_bob = call(network)
    if ends == "silence":
        network.lose(lambda packet: packet.target == bob.address, times=1000)
    else:
        network.lose(lambda packet: packet.start.startswith("BYE"), times=100)
        bob.bye(at_bob)
        network.run_for(40.0)
    alice.update(at_alice)
    network.run_to_silence()
    assert alice.only(RequestAnswered).status == (408 if ends == "silence" else 481)
    assert alice.only(DialogEnded).end is DialogEnd.GONE
    assert alice.is_empty


def test_an_update_of_an_ended_call_fails_at_once() -> None:
    network = SipNetwork()
    alice, _, at_alice, _ = call(network)
    alice.bye(at_alice)
    alice.update(at_alice, sdp=OFFER)
    assert alice.only(RequestAnswered).status == 481


class Far:
    """A caller made of text, in an answered call."""

    def __init__(self) -> None:
        self.network = SipNetwork()
        self.bob = self.network.station("192.0.2.2")
        self.bob.answer_calls()
        self.send("INVITE", 1, None)
        self.dialog = self.bob.stack.dialog_of(self.bob.only(InviteReceived).invite)
        self.send("ACK", 1, self.dialog.local_tag)
        self.bob.policy = lambda _: None

    def send(
        self,
        method: str,
        number: int,
        tag: str | None,
        *,
        body: bytes = SDP,
        content: str = "application/sdp",
        contact: str = "sip:far@192.0.2.3:5060",
    ) -> Packet:
        text = request_text(
            method,
            FAR,
            self.bob.address,
            branch=f"z9hG4bK{method}{number}",
            to_tag=tag,
            cseq=f"{number} {method}",
            fields=[f"Content-Type: {content}"] if body else [],
            body=body,
        ).replace(b"Contact: <sip:far@192.0.2.3:5060>", f"Contact: <{contact}>".encode())
        self.network.inject(text, FAR, self.bob.address)
        self.network.run_for(0.05)
        return self.network.packets[-1]

    def update(self, number: int, **what: str) -> Packet:
        return self.send("UPDATE", number, self.dialog.local_tag, **what)  # type: ignore[arg-type]


def test_a_second_offer_before_the_answer_to_the_first_gets_500_with_retry_after() -> None:
    far = Far()
    far.update(2)
    for method in ("UPDATE", "INVITE"):
        refusal = far.send(method, 3, far.dialog.local_tag)
        assert refusal.status == 500
        assert 0 <= int(refusal.data.split(b"Retry-After: ")[1].split()[0]) <= 10
    assert not far.bob.outputs(ReinviteReceived)
    assert len(far.bob.outputs(UpdateReceived)) == 1


def test_an_update_moves_the_remote_target_once_it_succeeds() -> None:
    far = Far()
    far.update(2, contact="sip:moved@192.0.2.4:5066")
    (first,) = far.bob.outputs(UpdateReceived)
    far.bob.answer(first.id, 488)
    far.update(3, contact="sip:again@192.0.2.4:5067")
    far.bob.answer(far.bob.outputs(UpdateReceived)[-1].id, 200, body=SDP)
    far.bob.bye(far.dialog)
    assert far.network.packets[-1].start == "BYE sip:again@192.0.2.4:5067 SIP/2.0"


def test_what_is_no_sdp_gets_415_and_what_has_no_call_481() -> None:
    far = Far()
    assert far.update(2, content="text/plain").status == 415
    assert far.send("UPDATE", 3, "other").status == 481
    assert not far.bob.outputs(UpdateReceived)


def test_a_reinvite_without_offer_leaves_no_room_for_another() -> None:
    network = SipNetwork()
    alice, bob, at_alice, at_bob = call(network)
    alice.stack.reinvite(at_alice, network.now, sdp=b"")
    network.drain(alice)
    network.run_for(0.1)
    alice.update(at_alice, sdp=OFFER)
    bob.update(at_bob, sdp=OFFER)
    assert alice.only(RequestAnswered).status == bob.only(RequestAnswered).status == 491
    assert not network.sent(method="UPDATE")


def test_a_reinvite_is_not_answered_once_its_call_is_over() -> None:
    network = SipNetwork()
    alice, bob, at_alice, _ = call(network)
    theirs = bob.reinvite(bob.only(Acknowledged).dialog)
    network.run_for(0.1)
    network.lose(lambda packet: packet.method == "UPDATE", times=100)
    alice.update(at_alice)
    network.run_for(60.0)
    assert alice.only(DialogEnded).end is DialogEnd.GONE
    assert not alice.respond(alice.only(ReinviteReceived).invite, 200)
    network.run_to_silence()
    assert (bob.only(Failed).invite, bob.only(Failed).status) == (theirs, 487)
    assert alice.is_empty
    assert bob.is_empty
