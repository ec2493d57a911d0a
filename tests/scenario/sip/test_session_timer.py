"""Session timers: agreed on, kept up, and the end of a call whose peer is gone (RFC 4028)."""

from __future__ import annotations

import pytest

from voicecore.sip.call_options import CallOptions, Use
from voicecore.sip.hop import Address, Transport
from voicecore.sip.output import (
    Acknowledged,
    Answered,
    DialogEnd,
    DialogEnded,
    DialogId,
    Failed,
    InviteReceived,
    Output,
    RefreshDue,
    ReinviteReceived,
    RequestAnswered,
)
from voicecore.sip.settings import StackSettings
from voicecore.testing.sip_network import SDP, Packet, SipNetwork, Station
from voicecore.testing.sip_text import request_text, response_text

FAR = Address("192.0.2.3", 5060)
OFF = CallOptions(timer=Use.OFF)


def wish(seconds: int) -> CallOptions:
    return CallOptions(timer=Use.REQUIRED, session_expires=seconds)


def call(
    network: SipNetwork,
    ours: CallOptions | None,
    theirs: CallOptions | None,
    *,
    min_se: int = 90,
    transport: Transport = "UDP",
) -> tuple[Station, Station, DialogId]:
    settings = StackSettings("test", call=theirs or CallOptions(), min_session_expires=min_se)
    alice = network.station("192.0.2.1", transport=transport)
    bob = network.station("192.0.2.2", settings=settings, transport=transport)
    bob.answer_calls()
    alice.invite(bob, options=ours)
    network.run_for(1.0)
    return alice, bob, alice.only(Answered).dialog


def end(alice: Station, bob: Station, dialog: DialogId) -> None:
    alice.bye(dialog)
    alice.network.run_to_silence()
    assert alice.is_empty
    assert bob.is_empty


def updates(network: SipNetwork) -> list[tuple[str, int]]:
    """Who refreshed, and when."""
    return [(packet.source.host, round(packet.at)) for packet in network.sent(method="UPDATE")]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_the_caller_refreshes_at_half_the_interval_it_asked_for(transport: Transport) -> None:
    network = SipNetwork()
    alice, bob, dialog = call(network, wish(600), None, transport=transport)
    assert b"\r\nSession-Expires: 600\r\n" in network.packets[0].data
    answer = network.sent(method="INVITE", status=200)[0].data
    assert b"\r\nSession-Expires: 600;refresher=uac\r\n" in answer
    assert b"\r\nRequire: timer\r\n" in answer
    network.run_for(1000.0)
    assert updates(network) == [("192.0.2.1", at) for at in (300, 600, 900)]
    refresh = network.sent(method="UPDATE")[0].data
    assert b"\r\nSession-Expires: 600;refresher=uac\r\n" in refresh
    assert not alice.outputs(RequestAnswered)
    assert not alice.outputs(DialogEnded)
    end(alice, bob, dialog)


def test_the_side_that_is_called_may_ask_for_a_timer() -> None:
    network = SipNetwork()
    alice, bob, dialog = call(network, None, wish(600))
    assert b"Session-Expires" not in network.packets[0].data
    network.run_for(400.0)
    assert updates(network) == [("192.0.2.1", 300)]
    end(alice, bob, dialog)


def test_who_knows_no_timers_is_refreshed_by_us() -> None:
    network = SipNetwork()
    alice, bob, dialog = call(network, OFF, wish(600))
    assert b"timer" not in network.packets[0].data
    answer = network.sent(method="INVITE", status=200)[0].data
    assert b"\r\nSession-Expires: 600;refresher=uas\r\n" in answer
    assert b"Require" not in answer
    network.run_for(400.0)
    # Its Allow lists UPDATE all the same.
    assert updates(network) == [("192.0.2.2", 300)]
    end(alice, bob, dialog)


@pytest.mark.parametrize(("ours", "theirs"), [(None, None), (wish(600), OFF), (OFF, None)])
def test_without_agreement_there_is_no_timer(ours: CallOptions | None, theirs: CallOptions | None) -> None:
    network = SipNetwork()
    alice, bob, dialog = call(network, ours, theirs)
    network.run_for(10_000.0)
    assert not network.sent(method="UPDATE")
    assert not alice.outputs(DialogEnded) + bob.outputs(DialogEnded)
    end(alice, bob, dialog)


def test_a_422_is_met_with_the_interval_that_it_names() -> None:
    network = SipNetwork()
    alice, bob, dialog = call(network, wish(120), None, min_se=500)
    (refusal,) = network.sent(status=422)
    assert b"\r\nMin-SE: 500\r\n" in refusal.data
    first, second = network.sent(method="INVITE")
    assert b"\r\nSession-Expires: 120\r\n" in first.data
    assert b"\r\nSession-Expires: 500\r\n" in second.data
    assert b"\r\nMin-SE: 500\r\n" in second.data
    assert b"\r\nCSeq: 2 INVITE\r\n" in second.data
    network.run_for(300.0)
    assert b"\r\nMin-SE: 500\r\n" in network.sent(method="UPDATE")[0].data
    assert not alice.outputs(Failed)
    end(alice, bob, dialog)


def test_422s_are_not_followed_without_end() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    invite = alice.invite_at(FAR, options=wish(120))
    for least in (200, 300, 400, 500, 600):
        sent = network.sent(method="INVITE")[-1].data
        network.inject(response_text(sent, 422, to_tag="x", fields=[f"Min-SE: {least}"]), FAR, alice.address)
        network.run_for(0.1)
    assert (alice.only(Failed).invite, alice.only(Failed).status) == (invite, 422)
    assert len({packet.data for packet in network.sent(method="INVITE")}) == 4


def test_a_422_that_asks_for_nothing_new_is_a_failure() -> None:
    for fields in (["Min-SE: 100"], ["Min-SE: x"], [], ["Min-SE: 100000000"]):
        network = SipNetwork()
        alice = network.station("192.0.2.1")
        alice.invite_at(FAR, options=wish(120))
        refusal = response_text(network.packets[0].data, 422, to_tag="x", fields=fields)
        network.inject(refusal, FAR, alice.address)
        network.run_for(0.1)
        assert alice.only(Failed).status == 422


def test_a_call_whose_peer_fell_silent_is_ended_by_both_sides() -> None:
    network = SipNetwork()
    alice, bob, _ = call(network, wish(600), None)
    network.run_for(1.0)
    network.lose(lambda packet: True, times=10_000)
    network.run_to_silence()
    # The refresher learns it from its refresh, the other one from the clock, 32 s before the end.
    assert alice.only(DialogEnded).end is DialogEnd.GONE
    assert bob.only(DialogEnded).end is DialogEnd.SESSION_EXPIRED
    (ended,) = [at for at, output in bob.log if isinstance(output, DialogEnded)]
    assert round(ended) == 600 - 32
    byes = [packet for packet in network.sent(method="BYE") if packet.source == bob.address]
    assert b'\r\nReason: SIP;cause=408;text="Session Timer Expired"\r\n' in byes[0].data
    assert alice.is_empty
    assert bob.is_empty


def test_a_refresh_that_is_refused_for_now_is_sent_again() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    alice.invite_at(FAR)
    fields = ["Session-Expires: 600;refresher=uac", "Contact: <sip:far@192.0.2.3>", "Allow: UPDATE, BYE"]
    network.inject(response_text(network.packets[0].data, 200, to_tag="x", fields=fields), FAR, alice.address)
    network.run_for(300.1)
    network.inject(response_text(network.sent(method="UPDATE")[0].data, 500), FAR, alice.address)
    network.run_for(150.0)
    assert len(set(updates(network))) > 1
    assert not alice.outputs(DialogEnded)
    later = network.sent(method="UPDATE")[-1].data
    network.inject(response_text(later, 200, fields=fields), FAR, alice.address)
    network.run_for(250.0)
    assert not alice.outputs(DialogEnded)


class Far:
    """A caller made of text that refreshes by re-INVITE only: no UPDATE in its Allow."""

    def __init__(self, *fields: str, min_se: int = 90) -> None:
        self.network = SipNetwork()
        self.bob = self.network.station(
            "192.0.2.2", settings=StackSettings("test", min_session_expires=min_se)
        )
        self.bob.answer_calls()
        self.answer = self.send("INVITE", 1, None, *fields)

    def send(self, method: str, number: int, tag: str | None, *fields: str) -> Packet:
        text = request_text(
            method,
            FAR,
            self.bob.address,
            branch=f"z9hG4bK{method}{number}",
            to_tag=tag,
            cseq=f"{number} {method}",
            fields=[*fields, "Allow: INVITE, ACK, BYE", "Content-Type: application/sdp"],
            body=SDP,
        )
        self.network.inject(text, FAR, self.bob.address)
        self.network.run_for(0.05)
        return self.network.packets[-1]

    def acknowledge(self) -> DialogId:
        dialog = self.bob.stack.dialog_of(self.bob.only(InviteReceived).invite)
        self.send("ACK", 1, dialog.local_tag)
        return dialog


def test_a_peer_without_update_is_refreshed_by_our_owners_reinvite() -> None:
    far = Far("Supported: timer", "Session-Expires: 300;refresher=uas")
    dialog = far.acknowledge()
    far.network.run_for(151.0)
    assert far.bob.only(RefreshDue).dialog == dialog
    assert not far.network.sent(method="UPDATE")
    far.bob.reinvite(dialog)
    reinvite = far.network.packets[-1].data
    assert b"\r\nSession-Expires: 300;refresher=uac\r\n" in reinvite
    fields = ["Session-Expires: 300;refresher=uac", "Contact: <sip:far@192.0.2.3>"]
    far.network.inject(response_text(reinvite, 200, fields=fields), FAR, far.bob.address)
    far.network.run_for(140.0)
    assert len(far.bob.outputs(RefreshDue)) == 1
    far.network.run_for(20.0)
    assert len(far.bob.outputs(RefreshDue)) == 2


def test_a_refresh_due_that_nobody_heeds_ends_the_call() -> None:
    far = Far("Supported: timer", "Session-Expires: 300;refresher=uas")
    far.acknowledge()
    far.network.run_to_silence()
    assert far.bob.only(DialogEnded).end is DialogEnd.SESSION_EXPIRED
    assert far.bob.is_empty


def test_a_refresh_by_reinvite_that_failed_is_due_again() -> None:
    far = Far("Supported: timer", "Session-Expires: 300;refresher=uas")
    dialog = far.acknowledge()
    far.network.run_for(151.0)
    far.bob.reinvite(dialog)
    far.network.inject(response_text(far.network.packets[-1].data, 503), FAR, far.bob.address)
    far.network.run_for(100.0)
    assert far.bob.only(Failed).status == 503
    assert len(far.bob.outputs(RefreshDue)) >= 2


def test_the_peers_reinvite_is_a_refresh_and_may_end_the_timer() -> None:
    far = Far("Supported: timer", "Session-Expires: 300")
    dialog = far.acknowledge()
    far.network.run_for(200.0)
    far.send("INVITE", 2, dialog.local_tag, "Supported: timer", "Session-Expires: 300;refresher=uac")
    far.send("ACK", 2, dialog.local_tag)
    far.network.run_for(150.0)
    assert far.bob.only(ReinviteReceived)
    answer = far.send("INVITE", 3, dialog.local_tag)
    assert b"Session-Expires" not in answer.data
    far.send("ACK", 3, dialog.local_tag)
    far.network.run_for(1000.0)
    assert not far.bob.outputs(DialogEnded)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        (("Supported: timer", "Session-Expires: 300"), 200, b"300;refresher=uac"),
        (("Require: timer", "x: 300;refresher=uas"), 200, b"300;refresher=uas"),
        (("Supported: timer", "Session-Expires: 300;refresher=UAC"), 200, b"300;refresher=uac"),
        (("Session-Expires: 300",), 200, b"300;refresher=uas"),
        (("Session-Expires: 60",), 200, None),
        (("Supported: timer", "Session-Expires: 89"), 422, None),
        (("Supported: timer", "Session-Expires: often"), 400, None),
        (("Supported: timer", "Session-Expires: 300", "Min-SE: x"), 400, None),
        (("Supported: timer",), 200, None),
    ],
)
def test_what_we_answer_to_what_is_asked(fields: tuple[str, ...], status: int, said: bytes | None) -> None:
    answer = Far(*fields).answer
    assert answer.status == status
    if said is None:
        assert b"\r\nSession-Expires" not in answer.data
    else:
        assert b"\r\nSession-Expires: " + said + b"\r\n" in answer.data


@pytest.mark.parametrize(
    ("said", "refresher_is_us"),
    [("600;refresher=uac", True), ("600;refresher=uas", False), ("600", True), ("1;refresher=uac", True)],
)
def test_what_we_take_from_an_answer(said: str, *, refresher_is_us: bool) -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    alice.invite_at(FAR)
    fields = [f"Session-Expires: {said}", "Contact: <sip:far@192.0.2.3>", "Allow: UPDATE, BYE"]
    network.inject(response_text(network.packets[0].data, 200, to_tag="x", fields=fields), FAR, alice.address)
    network.run_for(599.0)
    ended = [output.end for output in alice.outputs(DialogEnded)]
    if refresher_is_us:
        # An interval of 90 s ends before the refresh does.
        assert network.sent(method="UPDATE")
        assert ended == [DialogEnd.SESSION_EXPIRED if said.startswith("1;") else DialogEnd.GONE]
    else:
        assert not network.sent(method="UPDATE")
        assert ended == [DialogEnd.SESSION_EXPIRED]
    # An interval below the least of the RFC is not followed.
    assert all(packet.at >= 45 for packet in network.sent(method="UPDATE"))


def test_a_timer_ends_with_its_call() -> None:
    network = SipNetwork()
    alice, bob, dialog = call(network, wish(600), None)
    heard: list[Output] = []
    alice.policy = heard.append
    end(alice, bob, dialog)
    assert network.now < 120.0
    assert bob.only(Acknowledged)
    assert not alice.outputs(DialogEnded)
