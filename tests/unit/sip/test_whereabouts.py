"""Dialogs whose remote target is a GRUU (RFC 5627, 6.1): where their requests go."""

from __future__ import annotations

from voicecore.sip.dialog import Dialog, Parties, Path
from voicecore.sip.headers import Headers
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Request, Response
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import DialogId
from voicecore.sip.uri import Uri
from voicecore.sip.whereabouts import Whereabouts

US = Address("192.0.2.1", 5060)
HOP = Hop("UDP", US, Address("192.0.2.2", 5060))
MOVED = Hop("TCP", US, Address("192.0.2.9", 40_000))
EDGE = (NameAddr.parse("<sip:192.0.2.50;lr>"),)
GRUU = Uri.parse("sip:bob@192.0.2.1;gr=urn:uuid:1")


class Book:
    """Where the one GRUU of these tests leads, and who was believed."""

    def __init__(self, found: Whereabouts | None) -> None:
        self.found = found
        self.asked: list[Hop | None] = []

    def __call__(self, uri: Uri, named_from: Hop | None) -> Whereabouts | None:
        self.asked.append(named_from)
        return self.found if uri == GRUU else None


def dialog(book: Book, *routes: str, target: Uri = GRUU) -> Dialog:
    path = Path(tuple(map(NameAddr.parse, routes)), Uri.parse("sip:x@192.0.2.2"), HOP, find=book).to(target)
    return Dialog(DialogId("call", "ours", "theirs"), Parties("<sip:a@x>", "<sip:b@y>", "<sip:a@z>"), path)


def request(made: Dialog) -> Request:
    return made.request("BYE", 2, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")


def test_a_request_goes_to_the_registered_contact_and_where_that_is_now() -> None:
    book = Book(Whereabouts(Uri.parse("sip:bob@10.0.0.7"), HOP))
    made = dialog(book)
    assert (str(request(made).uri), made.path.next_hop()) == ("sip:bob@10.0.0.7", HOP)
    book.found = Whereabouts(Uri.parse("sip:bob@10.0.0.8"), MOVED)
    assert (str(request(made).uri), made.path.next_hop()) == ("sip:bob@10.0.0.8", MOVED)
    # Who gives the name is checked by where it is, once.
    assert book.asked[0] == HOP
    assert set(book.asked[1:]) == {None}


def test_where_nobody_is_registered_any_more_the_last_place_counts() -> None:
    book = Book(Whereabouts(Uri.parse("sip:bob@10.0.0.7"), MOVED))
    made = dialog(book)
    book.found = None
    assert (str(request(made).uri), made.path.next_hop()) == ("sip:bob@10.0.0.7", MOVED)


def test_the_proxies_of_a_registration_stand_in_for_a_route_set() -> None:
    book = Book(Whereabouts(Uri.parse("sip:bob@10.0.0.7"), MOVED, EDGE))
    made = dialog(book)
    assert request(made).headers.all("Route") == ("<sip:192.0.2.50;lr>",)
    assert made.path.next_hop().remote == Address("192.0.2.50", 5060)
    routed = dialog(book, "<sip:192.0.2.60;lr>")
    assert request(routed).headers.all("Route") == ("<sip:192.0.2.60;lr>",)
    assert str(request(routed).uri) == "sip:bob@10.0.0.7"
    assert routed.path.next_hop().remote == Address("192.0.2.60", 5060)


def test_a_gruu_that_leads_nowhere_is_answered_the_way_it_came_and_never_at_ourselves() -> None:
    made = dialog(Book(None))
    assert request(made).uri == GRUU
    assert made.path.next_hop() == HOP


def test_a_later_contact_takes_its_place() -> None:
    made = dialog(Book(Whereabouts(Uri.parse("sip:bob@10.0.0.7"), MOVED)))
    contact = Headers([("Contact", "<sip:bob@192.0.2.3:5062>"), ("CSeq", "1 INVITE")])
    made.refresh_target(Response(200, "OK", contact))
    assert str(request(made).uri) == "sip:bob@192.0.2.3:5062"
    assert made.path.next_hop().remote == Address("192.0.2.3", 5062)


def test_who_comes_back_with_the_contact_that_the_gruu_led_to_is_followed() -> None:
    book = Book(Whereabouts(Uri.parse("sip:x@page.invalid;transport=ws"), HOP))
    made = dialog(book)
    book.found = None  # its connection broke, and with it went the registration
    assert not made.follow(Uri.parse("sip:other@page.invalid"), MOVED)
    assert made.follow(Uri.parse("sip:x@page.invalid;transport=ws"), MOVED)
    assert made.path.next_hop() == MOVED
