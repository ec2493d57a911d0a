"""The invariants of `sip_register` on bytes that look like credentials and contacts, from hypothesis."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.sip_register import check, check_credentials, check_register

_DIGEST = [
    "Digest ", 'username="alice"', 'realm="example.org"', 'nonce="AAAA"', 'uri="sip:example.org"', "nc=00000001",
    'response="' + "0" * 64 + '"', 'cnonce="c"', "qop=auth", "algorithm=SHA-256", "algorithm=MD5", ", ", "=", '"',
    "\\", "%", "stale=TRUE", "opaque=x", "\x80", "realm=",
]  # fmt: skip
_CONTACT = [
    b"Contact: ", b"<sip:alice@192.0.2.7>", b"<sip:%61lice@192.0.2.7:5060;transport=tcp>", b"*", b", ", b"\r\n",
    b";expires=", b"0", b"60", b"99999999999", b";q=0.5", b";q=", b";reg-id=1", b";+sip.instance=", b'"<urn:x>"',
    b"Expires: 0", b"Expires: 70", b"Supported: path, outbound", b"Path: <sip:edge.example.org;lr;ob>",
    b"Require: outbound", b"Supported: gruu",
    b"?Replaces=a", b";method=BYE", b"<tel:1>", b"sip:b@[::1]", b"m: ", b"User-Agent: \xff",
]  # fmt: skip


@given(st.binary(max_size=300))
def test_any_bytes_hold_the_invariants(data: bytes) -> None:
    check(data)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(_DIGEST), max_size=20))
def test_any_order_of_digest_pieces_holds_the_invariant(pieces: list[str]) -> None:
    check_credentials("".join(pieces))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_CONTACT), max_size=14))
def test_any_order_of_contact_pieces_holds_the_invariant(pieces: list[bytes]) -> None:
    check_register(b"".join(pieces))


@given(st.integers(1, 60))
def test_many_contacts_hold_the_invariant(number: int) -> None:
    check_register(b"\r\n".join(b"Contact: <sip:%d@192.0.2.7>" % each for each in range(number)))


_uri = st.sampled_from(
    ["alice@192.0.2.7", "%61lice@192.0.2.7", "b@[::1]:5070;transport=tcp", "x.invalid?Replaces=a;b"]
)
_parameter = st.sampled_from(
    [";expires=0", ";expires=60", ";expires=5", ";expires=9999999999", ";expires=-1", ";q=0.5", ";q=7",
     ";reg-id=1", ";reg-id=2", ";reg-id=0", ';+sip.instance="<urn:x>"', ';+sip.instance="<\\"%&;\x7f>"', ";x"]
)  # fmt: skip
_contact = st.builds("<sip:{}>{}".format, _uri, st.lists(_parameter, max_size=4).map("".join))
_line = st.sampled_from(
    ["Contact: *", "Expires: 0", "Expires: 5", "Expires: 70", "Expires: x", "Supported: path, outbound",
     "Supported: gruu", "Path: <sip:edge.example.org;lr;ob>", "Require: outbound",
     "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2"]
) | st.lists(_contact, min_size=1, max_size=3).map(lambda found: f"Contact: {', '.join(found)}")  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_line, max_size=5))
def test_any_order_of_right_lines_holds_the_invariant(lines: list[str]) -> None:
    check_register("\r\n".join(lines).encode())
