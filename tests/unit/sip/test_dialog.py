"""Dialogs: the walk of their table, CSeq, route set and target (RFC 3261, section 12)."""

from __future__ import annotations

import pytest

from voicecore.sip.dialog import TRANSITIONS, Dialog, Input, Parties, Path, State
from voicecore.sip.headers import Headers
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Request, Response
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import DialogId
from voicecore.sip.uri import Uri

HOP = Hop("UDP", Address("192.0.2.1", 5060), Address("192.0.2.2", 5060))


def dialog(*routes: str, target: str = "sip:bob@192.0.2.3:5062") -> Dialog:
    return Dialog(
        DialogId("call", "ours", "theirs"),
        Parties("<sip:a@x>;tag=ours", "<sip:b@y>;tag=theirs", "<sip:a@192.0.2.1:5060>"),
        Path(tuple(map(NameAddr.parse, routes)), Uri.parse(target), HOP),
    )


def fields(request: Request, name: str) -> tuple[str, ...]:
    return request.headers.all(name)


def test_every_state_is_reachable() -> None:
    assert {State.EARLY} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", Input)
def test_every_pair_is_in_the_table_or_refused(state: State, what: Input) -> None:
    made = dialog()
    made.state = state
    assert made.advance(what) is ((state, what) in TRANSITIONS)
    assert made.state is TRANSITIONS.get((state, what), state)


def test_a_lower_cseq_is_out_of_order_and_a_gap_is_not() -> None:
    made = dialog()
    assert [made.accept(number) for number in (5, 9, 9, 8, 10)] == [True, True, True, False, True]


def test_our_own_requests_are_numbered_one_by_one() -> None:
    made = dialog()
    assert [made.next_cseq(), made.next_cseq()] == [1, 2]


def test_a_request_goes_to_the_target_where_there_is_no_route() -> None:
    made = dialog()
    request = made.request("BYE", 2, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
    assert str(request.uri) == "sip:bob@192.0.2.3:5062"
    assert made.path.next_hop().remote == Address("192.0.2.3", 5062)
    assert (request.from_.tag, request.to.tag, request.cseq.number) == ("ours", "theirs", 2)


def test_a_loose_router_gets_the_request_and_the_target_stays_in_its_line() -> None:
    made = dialog("<sip:192.0.2.8;lr>", "<sip:192.0.2.9;lr>")
    request = made.request("BYE", 2, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
    assert str(request.uri) == "sip:bob@192.0.2.3:5062"
    assert fields(request, "Route") == ("<sip:192.0.2.8;lr>", "<sip:192.0.2.9;lr>")
    assert made.path.next_hop().remote == Address("192.0.2.8", 5060)


def test_a_strict_router_stands_in_the_request_line() -> None:
    made = dialog("<sip:192.0.2.8>", "<sip:192.0.2.9;lr>")
    request = made.request("BYE", 2, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
    assert str(request.uri) == "sip:192.0.2.8"
    assert fields(request, "Route") == ("<sip:192.0.2.9;lr>", "<sip:bob@192.0.2.3:5062>")


@pytest.mark.parametrize(
    ("target", "remote"),
    [
        ("sip:bob@192.0.2.3", Address("192.0.2.3", 5060)),
        ("sip:bob@[2001:db8::1]:5070", Address("2001:db8::1", 5070)),
        ("sip:bob@phone.example.com:5070", HOP.remote),
    ],
)
def test_a_host_that_is_a_name_is_reached_where_it_was_heard(target: str, remote: Address) -> None:
    assert dialog(target=target).path.next_hop().remote == remote


def test_the_2xx_decides_the_route_set() -> None:
    made = dialog("<sip:192.0.2.8;lr>")
    headers = Headers.of(
        ("Record-Route", "<sip:192.0.2.9;lr>, <sip:192.0.2.7;lr>"), ("Contact", "<sip:new@192.0.2.4>")
    )
    made.confirm_path(Response(200, "OK", headers))
    assert [str(route) for route in made.path.routes] == ["<sip:192.0.2.7;lr>", "<sip:192.0.2.9;lr>"]
    assert str(made.path.target) == "sip:new@192.0.2.4"


def test_a_target_refresh_keeps_the_route_set() -> None:
    made = dialog("<sip:192.0.2.8;lr>")
    headers = Headers.of(("Record-Route", "<sip:192.0.2.9;lr>"), ("Contact", "<sip:new@192.0.2.4>"))
    made.refresh_target(Response(200, "OK", headers))
    assert [str(route) for route in made.path.routes] == ["<sip:192.0.2.8;lr>"]
    assert str(made.path.target) == "sip:new@192.0.2.4"
    made.refresh_target(Response(200, "OK", Headers()))
    assert str(made.path.target) == "sip:new@192.0.2.4"
