"""Provisional responses with PRACK, both sides of them (RFC 3262)."""

from __future__ import annotations

import pytest

from voicecore.sip.call_options import CallOptions, Use
from voicecore.sip.hop import Address, Transport
from voicecore.sip.output import (
    Acknowledged,
    Answered,
    ByeAnswered,
    Cancelled,
    Failed,
    InviteId,
    InviteReceived,
    PrackMissing,
    PrackReceived,
    Progressed,
)
from voicecore.sip.settings import StackSettings
from voicecore.testing.sip_network import SDP, Packet, SipNetwork, Station
from voicecore.testing.sip_text import request_text, response_text

OFF = CallOptions(reliable=Use.OFF)
REQUIRED = CallOptions(reliable=Use.REQUIRED)
FAR = Address("192.0.2.3", 5060)


def ringing(
    network: SipNetwork,
    *,
    sdp: bytes = SDP,
    options: CallOptions | None = None,
    transport: Transport = "UDP",
) -> tuple[Station, Station, InviteId, InviteId]:
    """Alice's INVITE and Bob's name for it, which he has not answered."""
    alice = network.station("192.0.2.1", transport=transport)
    bob = network.station("192.0.2.2", transport=transport)
    ours = alice.invite(bob, sdp=sdp, options=options)
    network.run_for(0.1)
    return alice, bob, ours, bob.only(InviteReceived).invite


def end(*stations: Station) -> None:
    stations[0].network.run_to_silence()
    assert all(station.is_empty for station in stations)


def is_prack(packet: Packet) -> bool:
    return packet.method == "PRACK" and packet.status is None


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_reliable_183_is_acknowledged_and_its_answer_counts(transport: Transport) -> None:
    network = SipNetwork()
    alice, bob, _, theirs = ringing(network, transport=transport)
    bob.respond(theirs, 183, reliable=True)
    network.run_for(0.1)
    (prack,) = network.sent(method="PRACK")
    rseq = network.sent(status=183)[0].data.split(b"RSeq: ")[1].split(b"\r\n")[0]
    assert b"\r\nRAck: " + rseq + b" 1 INVITE\r\n" in prack.data
    assert alice.only(Progressed).response.body == SDP
    bob.respond(theirs, 200)
    network.run_for(0.1)
    assert alice.only(Answered).response.body == b""
    assert alice.only(Answered).sdp == SDP
    assert bob.only(Acknowledged)
    alice.bye(alice.only(Answered).dialog)
    end(alice, bob)
    assert len(network.sent(status=183)) == 1


def test_a_lost_183_is_repeated_and_a_repeat_is_told_once() -> None:
    network = SipNetwork()
    network.lose(lambda packet: packet.status == 183, times=2)
    network.lose(is_prack, times=3)
    alice, bob, _, theirs = ringing(network)
    bob.respond(theirs, 183, reliable=True)
    network.run_for(10.0)
    assert len(network.sent(status=183)) == 4
    assert len(network.sent(method="PRACK")) == 4
    assert len(alice.outputs(Progressed)) == 1


def test_without_prack_the_invite_fails_with_504() -> None:
    network = SipNetwork()
    network.lose(is_prack, times=100)
    alice, bob, _, theirs = ringing(network)
    bob.respond(theirs, 183, reliable=True)
    bob.respond(theirs, 200)
    network.run_for(31.0)
    assert not bob.outputs(PrackMissing)
    end(alice, bob)
    assert bob.only(PrackMissing).invite == theirs
    assert alice.only(Failed).status == 504


def test_one_at_a_time_and_in_order() -> None:
    network = SipNetwork()
    network.lose(is_prack)
    alice, bob, _, theirs = ringing(network)
    for status in (183, 180, 181):
        bob.respond(theirs, status, reliable=True)
    network.run_for(0.2)
    assert [packet.status for packet in network.packets if packet.method == "INVITE"][2:] == [183]
    network.run_for(5.0)
    assert [progress.response.status for progress in alice.outputs(Progressed)] == [183, 180, 181]
    rseqs = [int(progress.response.headers.get("RSeq") or "") for progress in alice.outputs(Progressed)]
    assert rseqs == list(range(rseqs[0], rseqs[0] + 3))


def test_a_2xx_waits_for_the_prack_of_sdp() -> None:
    network = SipNetwork()
    network.lose(is_prack)
    alice, bob, _, theirs = ringing(network)
    bob.respond(theirs, 183, reliable=True)
    assert bob.respond(theirs, 200)
    assert not bob.respond(theirs, 200)
    assert not bob.respond(theirs, 486)
    network.run_for(0.3)
    assert not network.sent(method="INVITE", status=200)
    network.run_for(1.0)
    assert len(network.sent(method="INVITE", status=200)) == 1
    assert alice.only(Answered).sdp == SDP


def test_a_2xx_does_not_wait_for_a_ringing_without_sdp() -> None:
    network = SipNetwork()
    network.lose(is_prack)
    alice, bob, _, theirs = ringing(network)
    bob.respond(theirs, 180, reliable=True, sdp=b"")
    bob.respond(theirs, 200)
    network.run_for(1.0)
    assert alice.only(Answered).sdp == SDP
    # The PRACK that comes after the 2xx still finds its response; none is repeated any more.
    assert len(network.sent(status=180)) == 1
    alice.bye(alice.only(Answered).dialog)
    end(alice, bob)


def test_an_answer_that_waits_may_still_be_cancelled_or_hung_up() -> None:
    for hangs_up in (False, True):
        network = SipNetwork()
        network.lose(is_prack, times=2)
        alice, bob, ours, theirs = ringing(network)
        bob.respond(theirs, 183, reliable=True)
        dialog = bob.stack.dialog_of(theirs)
        bob.respond(theirs, 200)
        network.run_for(0.1)
        if hangs_up:
            bob.bye(dialog)
            assert bob.only(ByeAnswered).dialog == dialog
        else:
            alice.cancel(ours)
            network.run_for(0.1)
            assert bob.only(Cancelled).invite == theirs
        end(alice, bob)
        assert alice.only(Failed).status == (480 if hangs_up else 487)


def test_without_100rel_nothing_goes_reliably() -> None:
    network = SipNetwork()
    alice, bob, _, theirs = ringing(network, options=OFF)
    assert b"100rel" not in network.packets[0].data
    bob.respond(theirs, 183, reliable=True)
    network.run_for(1.0)
    assert b"RSeq" not in network.sent(status=183)[0].data
    assert not network.sent(method="PRACK")
    assert len(alice.outputs(Progressed)) == 1


def test_who_demands_100rel_gets_every_provisional_that_way() -> None:
    network = SipNetwork()
    _, bob, _, theirs = ringing(network, options=REQUIRED)
    assert b"\r\nRequire: 100rel\r\n" in network.packets[0].data
    bob.respond(theirs, 180, sdp=b"")
    network.run_for(0.1)
    assert b"\r\nRSeq: " in network.sent(status=180)[0].data
    assert len(network.sent(method="PRACK")) == 1


def test_a_call_may_demand_it_of_a_peer_that_offers_it() -> None:
    network = SipNetwork()
    _, bob, _, theirs = ringing(network)
    bob.respond(theirs, 180, sdp=b"", options=REQUIRED)
    network.run_for(0.1)
    assert len(network.sent(method="PRACK")) == 1


def test_a_site_that_demands_it_refuses_others_with_421() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    bob = network.station("192.0.2.2", settings=StackSettings("test", call=REQUIRED))
    alice.invite(bob, options=OFF)
    network.run_for(0.1)
    failed = alice.only(Failed)
    assert failed.status == 421
    assert failed.response is not None
    assert failed.response.headers.all("Require") == ("100rel",)
    alice.invite(bob)
    network.run_for(0.1)
    assert bob.only(InviteReceived)


def test_a_site_without_it_refuses_who_demands_it_with_420() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    bob = network.station("192.0.2.2", settings=StackSettings("test", call=OFF))
    alice.invite(bob, options=REQUIRED)
    network.run_for(0.1)
    failed = alice.only(Failed)
    assert failed.status == 420
    assert failed.response is not None
    assert failed.response.headers.all("Unsupported") == ("100rel",)


def test_an_offer_in_a_provisional_is_answered_in_the_prack() -> None:
    network = SipNetwork()
    alice, bob, ours, theirs = ringing(network, sdp=b"", options=REQUIRED)
    bob.respond(theirs, 183)
    network.run_for(0.1)
    progress = alice.only(Progressed)
    assert progress.dialog is not None
    assert not network.sent(method="PRACK")
    assert alice.stack.prack(ours, progress.dialog, network.now, sdp=SDP)
    assert not alice.stack.prack(ours, progress.dialog, network.now, sdp=SDP)
    network.drain(alice)
    network.run_for(0.1)
    received = bob.only(PrackReceived)
    assert (received.invite, received.request.body) == (theirs, SDP)
    bob.answer(received.id, 200)
    bob.respond(theirs, 200)
    network.run_for(0.1)
    assert network.sent(method="PRACK", status=200)
    assert alice.only(Answered).sdp == SDP
    assert bob.only(Acknowledged)


def test_an_invite_without_offer_does_not_offer_100rel() -> None:
    network = SipNetwork()
    ringing(network, sdp=b"")
    assert b"100rel" not in network.packets[0].data
    assert b"\r\nSupported: timer, replaces, norefersub, tdialog\r\n" in network.packets[0].data


def test_each_fork_has_an_order_of_its_own() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    alice.invite_at(FAR)
    invite = network.packets[0].data

    def progress(tag: str, rseq: int) -> None:
        fields = ["Require: 100rel", f"RSeq: {rseq}", "Contact: <sip:x@192.0.2.3>"]
        network.inject(response_text(invite, 180, to_tag=tag, fields=fields), FAR, alice.address)
        network.run_for(0.1)

    for tag, rseq in (("a", 7), ("b", 900), ("a", 9), ("a", 8), ("b", 901), ("b", 900), ("a", 9)):
        progress(tag, rseq)
    told = [
        (out.dialog.remote_tag, out.response.headers.get("RSeq"))
        for out in alice.outputs(Progressed)
        if out.dialog
    ]
    assert told == [("a", "7"), ("b", "900"), ("a", "8"), ("b", "901"), ("a", "9")]
    racks = [packet.data.split(b"RAck: ")[1].split()[0] for packet in network.sent(method="PRACK")]
    assert list(dict.fromkeys(racks)) == [b"7", b"900", b"8", b"901", b"9"]
    assert b"\r\nCSeq: 2 PRACK\r\n" in network.sent(method="PRACK")[0].data


class Far:
    """A caller made of text, for what a well-behaved stack would not send."""

    def __init__(self) -> None:
        self.network = SipNetwork()
        self.bob = self.network.station("192.0.2.2")
        fields = ["Supported: 100rel", "Content-Type: application/sdp"]
        self.send("INVITE", 1, None, fields, SDP)
        self.invite = self.bob.only(InviteReceived).invite
        self.tag = self.bob.stack.dialog_of(self.invite).local_tag

    def send(self, method: str, number: int, tag: str | None, fields: list[str], body: bytes = b"") -> Packet:
        text = request_text(
            method,
            FAR,
            self.bob.address,
            branch=f"z9hG4bK{method}{number}",
            to_tag=tag,
            cseq=f"{number} {method}",
            fields=fields,
            body=body,
        )
        self.network.inject(text, FAR, self.bob.address)
        self.network.run_for(0.05)
        return self.network.packets[-1]

    def ring(self) -> int:
        self.bob.respond(self.invite, 183, reliable=True)
        return int(self.network.sent(status=183)[0].data.split(b"RSeq: ")[1].split(b"\r\n")[0])


@pytest.mark.parametrize(
    ("rack", "status"),
    [("{} 1 INVITE", 200), ("{} 2 INVITE", 481), ("{} 1 OPTIONS", 481), ("1{} 1 INVITE", 481), ("x", 400)],
)
def test_a_prack_is_matched_by_its_rack(rack: str, status: int) -> None:
    far = Far()
    rseq = far.ring()
    answer = far.send("PRACK", 2, far.tag, [f"RAck: {rack.format(rseq)}"])
    assert answer.status == status


def test_a_prack_without_rack_or_call_or_twice_is_refused() -> None:
    far = Far()
    rack = [f"RAck: {far.ring()} 1 INVITE"]
    assert far.send("PRACK", 2, far.tag, []).status == 400
    assert far.send("PRACK", 3, "other", rack).status == 481
    assert far.send("PRACK", 4, far.tag, rack).status == 200
    assert far.send("PRACK", 4, far.tag, rack).status == 200
    assert far.send("PRACK", 5, far.tag, rack).status == 481


def test_a_new_offer_in_a_prack_is_answered_before_the_2xx() -> None:
    far = Far()
    rack = f"RAck: {far.ring()} 1 INVITE"
    far.bob.respond(far.invite, 200)
    far.send("PRACK", 2, far.tag, [rack, "Content-Type: application/sdp"], SDP)
    received = far.bob.only(PrackReceived)
    assert not far.network.sent(method="INVITE", status=200)
    far.bob.answer(received.id, 200, body=SDP)
    far.network.run_for(0.05)
    kinds = [(packet.method, packet.status) for packet in far.network.packets if packet.status == 200]
    assert kinds[:2] == [("PRACK", 200), ("INVITE", 200)]
    answer = far.network.sent(method="PRACK", status=200)[0].data
    assert answer.endswith(SDP)
    assert b"Content-Type: application/sdp\r\n" in answer


def test_a_prack_that_nobody_answered_gets_487_when_the_call_ends() -> None:
    far = Far()
    rack = f"RAck: {far.ring()} 1 INVITE"
    far.send("PRACK", 2, far.tag, [rack, "Content-Type: application/sdp"], SDP)
    far.bob.respond(far.invite, 486)
    assert far.network.sent(method="PRACK", status=487)
    assert not far.bob.answer(far.bob.only(PrackReceived).id, 200)
    far.network.run_to_silence()
    assert far.bob.is_empty
