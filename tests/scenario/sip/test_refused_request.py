"""What the stack answers by itself, without asking anybody and without remembering it."""

from __future__ import annotations

import pytest

from voicecore.sip.hop import Address
from voicecore.sip.output import InviteReceived, PeerFault
from voicecore.testing.sip_network import Packet, SipNetwork, Station
from voicecore.testing.sip_text import request_text

FAR = Address("192.0.2.3", 5060)


@pytest.fixture
def network() -> SipNetwork:
    return SipNetwork()


@pytest.fixture
def bob(network: SipNetwork) -> Station:
    return network.station("192.0.2.2")


def answer_to(bob: Station, text: bytes) -> Packet:
    """The one response to a request that is refused, and refused in the same words when it is repeated."""
    for _ in range(2):
        bob.network.inject(text, FAR, bob.address)
        bob.network.run_for(0.1)
    answers = [packet for packet in bob.network.packets if packet.source == bob.address]
    assert len(answers) == 2
    assert answers[0].data == answers[1].data
    assert bob.is_empty
    return answers[0]


def test_options_is_answered_with_what_we_can_do(bob: Station) -> None:
    answer = answer_to(bob, request_text("OPTIONS", FAR, bob.address))
    assert answer.status == 200
    assert b"\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS, " in answer.data
    assert b"\r\nAccept: application/sdp, multipart/mixed\r\n" in answer.data
    assert b"\r\nAccept-Encoding: identity\r\nAccept-Language: en\r\n" in answer.data
    assert b"\r\nSupported: 100rel, timer, replaces, norefersub, tdialog\r\n" in answer.data
    assert b"Allow-Events" not in answer.data  # nobody takes subscriptions here


@pytest.mark.parametrize("method", ["PUBLISH", "NOSUCH"])
def test_any_other_method_gets_405_with_allow(bob: Station, method: str) -> None:
    answer = answer_to(bob, request_text(method, FAR, bob.address))
    assert answer.status == 405
    assert b"\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS, " in answer.data


@pytest.mark.parametrize("method", ["BYE", "INVITE", "OPTIONS", "INFO", "REFER", "NOTIFY", "SUBSCRIBE"])
def test_a_request_of_an_unknown_dialog_gets_481(bob: Station, method: str) -> None:
    assert answer_to(bob, request_text(method, FAR, bob.address, to_tag="gone")).status == 481


@pytest.mark.parametrize("method", ["BYE", "CANCEL"])
def test_bye_and_cancel_of_nothing_get_481(bob: Station, method: str) -> None:
    assert answer_to(bob, request_text(method, FAR, bob.address)).status == 481


def test_an_ack_of_nothing_is_never_answered(network: SipNetwork, bob: Station) -> None:
    for to_tag in (None, "gone"):
        network.inject(request_text("ACK", FAR, bob.address, to_tag=to_tag), FAR, bob.address)
    network.inject(b"ACK sip:a SIP/2.0\r\nVia: nonsense\r\n\r\n", FAR, bob.address)
    network.run_for(1.0)
    assert [packet for packet in network.packets if packet.source == bob.address] == []
    assert bob.is_empty


def test_a_required_extension_gets_420_that_names_it(bob: Station) -> None:
    answer = answer_to(
        bob, request_text("INVITE", FAR, bob.address, fields=["Require: 100rel, nothing, timer, other"])
    )
    assert answer.status == 420
    assert b"\r\nUnsupported: nothing\r\nUnsupported: other\r\n" in answer.data


def test_a_body_that_is_no_sdp_gets_415_with_accept(bob: Station) -> None:
    text = request_text("INVITE", FAR, bob.address, fields=["Content-Type: text/plain"], body=b"hello")
    answer = answer_to(bob, text)
    assert answer.status == 415
    assert b"\r\nAccept: application/sdp, multipart/mixed\r\n" in answer.data


def test_a_body_in_an_encoding_gets_415(bob: Station) -> None:
    fields = ["Content-Type: application/sdp", "Content-Encoding: gzip"]
    text = request_text("INVITE", FAR, bob.address, fields=fields, body=b"zipped")
    assert answer_to(bob, text).status == 415


def test_an_unknown_uri_scheme_gets_416(bob: Station) -> None:
    assert answer_to(bob, request_text("INVITE", FAR, bob.address, uri="tel:+15550100")).status == 416


def test_an_invite_without_contact_gets_400(bob: Station) -> None:
    text = request_text("INVITE", FAR, bob.address).replace(b"Contact:", b"X-Contact:")
    assert answer_to(bob, text).start == "SIP/2.0 400 Missing Contact"


def test_a_malformed_request_gets_400_that_says_what(bob: Station) -> None:
    answer = answer_to(bob, request_text("INVITE", FAR, bob.address, cseq="many INVITE"))
    assert answer.status == 400
    assert "CSeq" in answer.start
    assert len(bob.outputs(PeerFault)) == 2
    assert "CSeq" in bob.outputs(PeerFault)[0].problem


def test_a_wrong_version_gets_505(bob: Station) -> None:
    text = request_text("INVITE", FAR, bob.address).replace(b" SIP/2.0\r\n", b" SIP/7.0\r\n", 1)
    assert answer_to(bob, text).status == 505


def test_garbage_is_noted_and_not_answered(network: SipNetwork, bob: Station) -> None:
    for data in (b"\x00\x01\x02", b"hello", b"SIP/2.0 200 OK\r\n\r\n", b"\r\n\r\n"):
        network.inject(data, FAR, bob.address)
    network.run_for(1.0)
    assert len(bob.outputs(PeerFault)) == 4
    assert bob.is_empty


def test_an_invite_that_was_forked_and_comes_twice_gets_482(network: SipNetwork, bob: Station) -> None:
    for branch in ("z9hG4bKone", "z9hG4bKtwo"):
        network.inject(request_text("INVITE", FAR, bob.address, branch=branch), FAR, bob.address)
    network.run_for(0.1)
    assert [packet.status for packet in network.packets if packet.source == bob.address] == [100, 482]
    assert len(bob.outputs(InviteReceived)) == 1


def test_a_request_of_a_dialog_that_comes_too_late_gets_500(network: SipNetwork, bob: Station) -> None:
    network.inject(request_text("INVITE", FAR, bob.address, cseq="7 INVITE"), FAR, bob.address)
    network.run_for(0.1)
    invite = bob.only(InviteReceived).invite
    bob.respond(invite, 180)
    tag = bob.stack.dialog_of(invite).local_tag
    for number in (9, 8):
        text = request_text("OPTIONS", FAR, bob.address, to_tag=tag, cseq=f"{number} OPTIONS")
        network.inject(text, FAR, bob.address)
        network.run_for(0.1)
    assert [packet.status for packet in network.packets if packet.method == "OPTIONS"][1::2] == [200, 500]


def test_a_malformed_ack_is_noted_and_never_answered(network: SipNetwork, bob: Station) -> None:
    network.inject(request_text("ACK", FAR, bob.address, cseq="many ACK"), FAR, bob.address)
    network.run_for(0.1)
    assert "CSeq" in bob.only(PeerFault).problem
    assert len(network.packets) == 1


def test_a_request_is_merged_only_as_long_as_the_first_one_is_remembered(
    network: SipNetwork, bob: Station
) -> None:
    network.inject(request_text("INVITE", FAR, bob.address, branch="z9hG4bKone"), FAR, bob.address)
    network.run_for(0.1)
    bob.respond(bob.only(InviteReceived).invite, 486)
    network.run_to_silence()
    network.inject(request_text("INVITE", FAR, bob.address, branch="z9hG4bKtwo"), FAR, bob.address)
    network.run_for(0.1)
    assert len(bob.outputs(InviteReceived)) == 2


def test_the_100_gives_the_timestamp_back(network: SipNetwork, bob: Station) -> None:
    network.inject(request_text("INVITE", FAR, bob.address, fields=["Timestamp: 54"]), FAR, bob.address)
    network.run_for(0.1)
    assert b"\r\nTimestamp: 54\r\n" in network.sent(status=100)[0].data
