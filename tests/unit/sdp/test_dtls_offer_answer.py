"""DTLS-SRTP without ICE and rtcp-mux in offer and answer: who is offered what, who begins, what a re-INVITE keeps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError, Unavailable
from voicecore.sdp.browser_transport import offers_browser
from voicecore.sdp.codecs import CODECS
from voicecore.sdp.crypto import KeyWay, Srtp
from voicecore.sdp.negotiation import RtcpMux
from voicecore.sdp.offer_answer import AudioCapabilities, OfferAnswer, Unacceptable
from voicecore.sdp.rtp_transport import RtpTransport

OURS = "sha-256 " + ":".join(["AA"] * 32)
THEIRS = "sha-256 " + ":".join(["BB"] * 32)
OTHER = "sha-256 " + ":".join(["CC"] * 32)
ID, OTHER_ID = "a" * 20, "b" * 20
CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40
DTLS = "m=audio 4000 UDP/TLS/RTP/SAVP 0"


def leg(
    srtp: Srtp = Srtp.ACCEPT,
    *keys: KeyWay,
    mux: RtcpMux = RtcpMux.ACCEPT,
    suites: bool = True,
    fingerprint: str | None = OURS,
) -> OfferAnswer:
    able = AudioCapabilities(CODECS, srtp=srtp, rtcp_mux=mux, key_ways=keys or (KeyWay.SDES, KeyWay.DTLS))
    if not suites:
        able = able._replace(suites=())
    transport = RtpTransport("198.51.100.1", 20000, able, fingerprint)
    return OfferAnswer("198.51.100.1", 20000, able, session_id=77, transport=transport)


def describe(*media: str, session: tuple[str, ...] = ()) -> bytes:
    head = ("v=0", "o=- 1 1 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0", *session)
    return "".join(f"{line}\r\n" for line in (*head, *media)).encode()


def theirs(setup: str = "actpass", fingerprint: str = THEIRS, tls_id: str = "", media: str = DTLS) -> bytes:
    name = [f"a=tls-id:{tls_id}"] if tls_id else []
    return describe(media, f"a=fingerprint:{fingerprint}", f"a=setup:{setup}", *name)


def value(body: bytes, name: str) -> str | None:
    found = [line for line in body.decode().split("\r\n") if line.startswith(f"a={name}:")]
    return found[0].partition(":")[2] if found else None


def protocol(body: bytes) -> str:
    return next(line for line in body.decode().split("\r\n") if line.startswith("m=")).split()[2]


@pytest.mark.parametrize(
    ("offered", "answered", "we_begin"),
    [("actpass", "passive", False), ("active", "passive", False), ("passive", "active", True)],
)
@pytest.mark.parametrize(
    "name", ["UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF", "RTP/SAVP", "RTP/SAVPF", "RTP/AVP"]
)
def test_each_role_and_protocol_is_answered(name: str, offered: str, answered: str, we_begin: bool) -> None:
    answer, agreed = leg().receive_offer(theirs(offered, media=f"m=audio 4000 {name} 0"))
    assert (protocol(answer), value(answer, "setup")) == (name, answered)
    assert value(answer, "fingerprint") == OURS
    assert agreed.dtls is not None
    assert agreed.srtp is None
    assert (agreed.dtls.fingerprint, agreed.dtls.dtls_client) == (THEIRS, we_begin)


def test_what_stands_above_all_m_lines_holds_for_ours() -> None:
    body = describe(DTLS, session=(f"a=fingerprint:{THEIRS}", "a=setup:active"))
    _, agreed = leg().receive_offer(body)
    assert agreed.dtls is not None
    assert agreed.dtls.fingerprint == THEIRS


@pytest.mark.parametrize(
    "body",
    [
        describe(DTLS),
        describe(DTLS, f"a=fingerprint:{THEIRS}"),
        describe(DTLS, "a=setup:actpass"),
        theirs("holdconn"),
        theirs(fingerprint="sha-1 " + ":".join(["BB"] * 20)),
        theirs(fingerprint="sha-256 BB:BB"),
        describe(DTLS, CRYPTO),
    ],
)
def test_dtls_of_which_something_is_missing_is_refused(body: bytes) -> None:
    with pytest.raises(Unacceptable):
        leg().receive_offer(body)


def test_who_may_have_no_dtls_is_refused() -> None:
    for refusing in (leg(Srtp.OFF), leg(Srtp.ACCEPT, KeyWay.SDES), leg(fingerprint=None)):
        with pytest.raises(Unacceptable):
            refusing.receive_offer(theirs())


def test_of_two_ways_to_keys_ours_decides() -> None:
    both = describe("m=audio 4000 RTP/AVP 0", CRYPTO, f"a=fingerprint:{THEIRS}", "a=setup:actpass")
    _, sdes = leg(Srtp.ACCEPT, KeyWay.SDES, KeyWay.DTLS).receive_offer(both)
    _, dtls = leg(Srtp.ACCEPT, KeyWay.DTLS, KeyWay.SDES).receive_offer(both)
    assert sdes.srtp is not None
    assert sdes.dtls is None
    assert dtls.srtp is None
    assert dtls.dtls is not None


def test_a_required_offer_has_the_best_way_and_no_other() -> None:
    offer = leg(Srtp.REQUIRE, KeyWay.DTLS, KeyWay.SDES).make_offer()
    assert protocol(offer) == "UDP/TLS/RTP/SAVP"
    assert b"a=crypto" not in offer
    assert (value(offer, "setup"), value(offer, "fingerprint")) == ("actpass", OURS)
    assert len(value(offer, "tls-id") or "") >= 20
    assert b"a=rtcp-mux\r\n" in offer
    offer = leg(Srtp.REQUIRE, KeyWay.SDES, KeyWay.DTLS).make_offer()
    assert protocol(offer) == "RTP/SAVP"
    assert b"a=fingerprint" not in offer
    # Where no key may stand in SDP, those of DTLS still may be made.
    assert protocol(leg(Srtp.REQUIRE, suites=False).make_offer()) == "UDP/TLS/RTP/SAVP"
    with pytest.raises(Unavailable):
        leg(Srtp.REQUIRE, KeyWay.DTLS, fingerprint=None).make_offer()


@pytest.mark.parametrize(("setup", "we_begin"), [("active", False), ("passive", True)])
def test_an_opportunistic_offer_has_all_ways_and_the_answer_chooses(setup: str, we_begin: bool) -> None:
    """RFC 8643: RTP/AVP with keys beside."""
    machine = leg(Srtp.OFFER)
    offer = machine.make_offer()
    assert protocol(offer) == "RTP/AVP"
    assert b"a=crypto" in offer
    assert b"a=fingerprint" in offer
    agreed = machine.receive_answer(theirs(setup, media="m=audio 4000 RTP/AVP 0"))
    assert agreed.dtls is not None
    assert agreed.dtls.dtls_client is we_begin
    again = machine.make_offer()
    assert b"a=crypto" not in again
    assert value(again, "setup") == ("active" if we_begin else "passive")
    assert protocol(again) == "RTP/AVP"
    plain = leg(Srtp.OFFER)
    plain.make_offer()
    assert plain.receive_answer(describe("m=audio 4000 RTP/AVP 0")).dtls is None


def test_an_answer_that_leaves_the_role_open_is_none() -> None:
    machine = leg(Srtp.REQUIRE, KeyWay.DTLS)
    machine.make_offer()
    with pytest.raises(Unacceptable):
        machine.receive_answer(theirs("actpass"))


def test_dtls_that_we_did_not_offer_is_not_taken_from_an_answer() -> None:
    machine = leg(Srtp.ACCEPT)
    machine.make_offer()
    agreed = machine.receive_answer(theirs("active", media="m=audio 4000 RTP/AVP 0"))
    assert agreed.dtls is None


def test_a_later_offer_of_the_peer_keeps_role_and_association() -> None:
    machine = leg()
    first, agreed = machine.receive_offer(theirs("passive", tls_id=ID))
    again, kept = machine.receive_offer(theirs("actpass", tls_id=ID))
    assert (value(first, "setup"), value(again, "setup")) == ("active", "active")
    assert kept.dtls == agreed.dtls
    assert value(first, "tls-id") == value(again, "tls-id") != None  # noqa: E711


@pytest.mark.parametrize(
    "changed", [theirs("passive", tls_id=OTHER_ID), theirs("passive", OTHER, ID), theirs("active", tls_id=ID)]
)
def test_another_name_certificate_or_role_is_another_association(changed: bytes) -> None:
    machine = leg()
    first, agreed = machine.receive_offer(theirs("passive", tls_id=ID))
    again, other = machine.receive_offer(changed)
    assert other.dtls != agreed.dtls
    assert value(first, "tls-id") != value(again, "tls-id")


def test_who_gives_the_association_no_name_gets_none() -> None:
    answer, agreed = leg().receive_offer(theirs())
    assert value(answer, "tls-id") is None
    assert agreed.dtls is not None
    assert agreed.dtls.tls_id == ""


def test_a_refused_description_changes_nothing() -> None:
    machine = leg()
    _, agreed = machine.receive_offer(theirs("passive", tls_id=ID))
    with pytest.raises(Unacceptable):
        machine.receive_offer(theirs("active", OTHER, media="m=audio 4000 UDP/TLS/RTP/SAVP 99"))
    _, kept = machine.receive_offer(theirs("actpass", tls_id=ID))
    assert kept.dtls == agreed.dtls


def test_ice_makes_a_browser_and_nothing_else_does() -> None:
    assert not offers_browser(theirs())
    assert offers_browser(describe(DTLS, "a=ice-ufrag:abcd", "a=ice-pwd:" + "p" * 22))


MUX = "a=rtcp-mux"


@pytest.mark.parametrize(
    ("mux", "formats", "is_taken"),
    [
        (RtcpMux.OFF, "0", False),
        (RtcpMux.ACCEPT, "0", True),
        (RtcpMux.OFFER, "0", True),
        # RFC 5761, 4: 72 with a marker looks like a sender report.
        (RtcpMux.ACCEPT, "0 72", False),
    ],
)
def test_rtcp_mux_is_answered(mux: RtcpMux, formats: str, is_taken: bool) -> None:
    answer, agreed = leg(mux=mux).receive_offer(describe(f"m=audio 4000 RTP/AVP {formats}", MUX))
    assert (MUX.encode() in answer) is agreed.rtcp_mux is is_taken
    assert agreed.remote_rtcp_port == (4000 if is_taken else 4001)


@pytest.mark.parametrize("mux", RtcpMux)
def test_rtcp_mux_is_offered_where_it_is_wanted(mux: RtcpMux) -> None:
    plain, secure = leg(mux=mux), leg(Srtp.REQUIRE, KeyWay.DTLS, mux=mux)
    assert (b"a=rtcp-mux" in plain.make_offer()) is (mux is RtcpMux.OFFER)
    assert (b"a=rtcp-mux" in secure.make_offer()) is (mux is not RtcpMux.OFF)
    agreed = plain.receive_answer(describe("m=audio 4000 RTP/AVP 0", MUX))
    assert agreed.rtcp_mux is (mux is RtcpMux.OFFER)


def test_who_answers_without_rtcp_mux_keeps_two_ports() -> None:
    machine = leg(mux=RtcpMux.OFFER)
    machine.make_offer()
    agreed = machine.receive_answer(describe("m=audio 4000 RTP/AVP 0"))
    assert (agreed.rtcp_mux, agreed.remote_rtcp_port) == (False, 4001)


_words = st.sampled_from(
    [
        f"a=fingerprint:{THEIRS}",
        "a=fingerprint:x",
        "a=setup:actpass",
        "a=setup:active",
        "a=setup:",
        MUX,
        CRYPTO,
    ]
) | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=40).map(lambda text: f"a={text}")


@given(st.lists(_words, max_size=8), st.sampled_from(["UDP/TLS/RTP/SAVP", "RTP/SAVP", "RTP/AVP"]))
def test_any_lines_are_answered_or_refused_and_never_without_the_keys_that_they_need(
    words: list[str], name: str
) -> None:
    try:
        answer, agreed = leg().receive_offer(describe(f"m=audio 4000 {name} 0", *words))
    except PeerError:
        return
    assert (b"a=setup:" in answer) is (agreed.dtls is not None)
    assert name == "RTP/AVP" or agreed.dtls is not None or agreed.srtp is not None
