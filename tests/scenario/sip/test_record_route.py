"""Proxies that stay in the path: the route set of both sides, loose and strict (RFC 3261, 12.1, 12.2.1.1)."""

from __future__ import annotations

from voicecore.sip.hop import Address
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import Acknowledged, Answered, InviteReceived
from voicecore.sip.uri import Uri
from voicecore.testing.sip_network import Packet, SipNetwork
from voicecore.testing.sip_text import request_text, response_text

NEAR, FAR = Address("192.0.2.8", 5060), Address("192.0.2.9", 5070)
RECORD_ROUTE = "Record-Route: <sip:192.0.2.8;lr>, <sip:192.0.2.9:5070;lr>"


def routes_of(packet: Packet) -> list[str]:
    return [line[7:] for line in packet.data.decode().split("\r\n") if line.startswith("Route: ")]


def bye_of_callee(record_route: str) -> Packet:
    network = SipNetwork()
    bob = network.station("192.0.2.2")
    bob.answer_calls()
    network.inject(request_text("INVITE", FAR, bob.address, fields=[record_route]), NEAR, bob.address)
    network.run_for(0.1)
    tag = bob.stack.dialog_of(bob.only(InviteReceived).invite).local_tag
    ack = request_text("ACK", FAR, bob.address, branch="z9hG4bKack", to_tag=tag)
    network.inject(ack, NEAR, bob.address)
    network.run_for(0.1)
    bob.bye(bob.only(Acknowledged).dialog)
    return network.sent(method="BYE")[0]


def test_the_callee_sends_through_the_proxies_in_their_order() -> None:
    bye = bye_of_callee(RECORD_ROUTE)
    assert bye.start == "BYE sip:far@192.0.2.9:5070 SIP/2.0"
    assert routes_of(bye) == ["<sip:192.0.2.8;lr>", "<sip:192.0.2.9:5070;lr>"]
    assert bye.target == NEAR


def test_a_strict_router_gets_the_target_at_the_end_of_the_route() -> None:
    bye = bye_of_callee("Record-Route: <sip:192.0.2.8>, <sip:192.0.2.9:5070;lr>")
    assert bye.start == "BYE sip:192.0.2.8 SIP/2.0"
    assert routes_of(bye) == ["<sip:192.0.2.9:5070;lr>", "<sip:far@192.0.2.9:5070>"]
    assert bye.target == NEAR


def test_a_router_with_a_name_is_reached_where_it_was_heard() -> None:
    assert bye_of_callee("Record-Route: <sip:proxy.example.com;lr>").target == NEAR


def test_the_2xx_gives_the_record_route_back() -> None:
    network = SipNetwork()
    bob = network.station("192.0.2.2")
    bob.answer_calls()
    network.inject(request_text("INVITE", FAR, bob.address, fields=[RECORD_ROUTE]), NEAR, bob.address)
    network.run_for(0.1)
    answer = network.sent(status=200)[0].data
    assert b"\r\nRecord-Route: <sip:192.0.2.8;lr>\r\nRecord-Route: <sip:192.0.2.9:5070;lr>\r\n" in answer


def test_the_caller_sends_through_the_proxies_in_reverse() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    alice.invite_at(NEAR)
    answer = response_text(
        network.sent(method="INVITE")[0].data,
        200,
        to_tag="far",
        fields=["Record-Route: <sip:192.0.2.9:5070;lr>, <sip:192.0.2.8;lr>", "Contact: <sip:far@192.0.2.77>"],
    )
    network.inject(answer, NEAR, alice.address)
    network.run_for(0.1)
    alice.bye(alice.only(Answered).dialog)
    for packet in (*network.sent(method="ACK"), *network.sent(method="BYE")):
        assert packet.start.split()[1] == "sip:far@192.0.2.77"
        assert routes_of(packet) == ["<sip:192.0.2.8;lr>", "<sip:192.0.2.9:5070;lr>"]
        assert packet.target == NEAR


def test_the_ack_of_a_failure_takes_the_route_of_the_invite() -> None:
    network = SipNetwork()
    alice = network.station("192.0.2.1")
    alice.stack.invite(
        Uri.parse("sip:1000@192.0.2.77"),
        alice.hop_to(NEAR),
        network.now,
        from_=NameAddr.parse("<sip:a@192.0.2.1>"),
        sdp=b"",
        headers=[("Route", "<sip:192.0.2.8;lr>")],
    )
    network.drain(alice)
    answer = response_text(network.sent(method="INVITE")[0].data, 486, to_tag="far")
    network.inject(answer, NEAR, alice.address)
    network.run_for(0.1)
    (ack,) = network.sent(method="ACK")
    assert routes_of(ack) == ["<sip:192.0.2.8;lr>"]
    assert ack.start == "ACK sip:1000@192.0.2.77 SIP/2.0"
    assert b"Content-Type" not in network.sent(method="INVITE")[0].data
