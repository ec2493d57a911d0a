"""Offer and answer with browsers: ICE-lite, DTLS-SRTP, BUNDLE, rtcp-mux (RFC 8829, 8839, 8842, 9143)."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.sdp.agent import LocalAgent
from voicecore.sdp.browser_transport import BrowserTransport, offers_browser
from voicecore.sdp.codecs import CODECS
from voicecore.sdp.line import PASSING, Line, _parse_line
from voicecore.sdp.media import told_by
from voicecore.sdp.offer_answer import AudioCapabilities, Direction, OfferAnswer, Unacceptable
from voicecore.sdp.session import SessionDescription
from voicecore.testing.simulated_browser import BrowserMedia

FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
VIDEO = b"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"
DATA = (
    b"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sctp-port:5000\r\n"
)


class Platform:
    """Our end, and how often its credentials were new."""

    def __init__(self) -> None:
        numbers = count(1)

        def agent() -> LocalAgent:
            self.restarts = next(numbers) - 1
            password = f"our+password+of+22+letters{self.restarts}"
            addresses = ("203.0.113.5", "2001:db8::5")
            return LocalAgent(addresses, 20000, f"our{self.restarts}", password, FINGERPRINT)

        self.sdp = OfferAnswer(
            "203.0.113.5",
            20000,
            AudioCapabilities(CODECS),
            session_id=1,
            transport=BrowserTransport(agent(), agent),
        )


def attributes(body: bytes, name: str) -> list[str]:
    start = f"a={name}:"
    return [line[len(start) :] for line in body.decode().split("\r\n") if line.startswith(start)]


def media_lines(body: bytes) -> list[str]:
    return [line for line in body.decode().split("\r\n") if line.startswith("m=")]


def test_the_answer_says_all_that_a_browser_needs() -> None:
    answer, agreed = Platform().sdp.receive_offer(BrowserMedia()())
    assert answer.decode().split("\r\n") == [
        "v=0",
        "o=voicecore 1 1 IN IP4 203.0.113.5",
        "s=-",
        "c=IN IP4 203.0.113.5",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE 0",
        "m=audio 20000 UDP/TLS/RTP/SAVPF 111 9 0 8 110 126",
        "a=mid:0",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1;stereo=0;maxplaybackrate=16000;sprop-maxcapturerate=16000",
        "a=rtpmap:9 G722/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:110 telephone-event/48000",
        "a=fmtp:110 0-15",
        "a=rtpmap:126 telephone-event/8000",
        "a=fmtp:126 0-15",
        "a=ptime:20",
        "a=sendrecv",
        "a=ice-ufrag:our0",
        "a=ice-pwd:our+password+of+22+letters0",
        f"a=fingerprint:{FINGERPRINT}",
        "a=setup:active",
        "a=candidate:1 1 UDP 2130706431 203.0.113.5 20000 typ host",
        "a=candidate:2 1 UDP 2130706175 2001:db8::5 20000 typ host",
        "a=end-of-candidates",
        "a=msid:voicecore audio",
        "",
    ]
    assert agreed.srtp is None
    assert agreed.direction is Direction.SENDRECV


def test_the_null_address_of_a_browser_is_no_hold() -> None:
    offer = BrowserMedia()()
    assert b"c=IN IP4 0.0.0.0" in offer
    _, agreed = Platform().sdp.receive_offer(offer)
    assert agreed.direction is Direction.SENDRECV


@pytest.mark.parametrize(
    ("theirs", "ours", "we_begin"),
    [("actpass", "active", True), ("active", "passive", False), ("passive", "active", True)],
)
def test_somebody_begins_dtls(theirs: str, ours: str, we_begin: bool) -> None:
    offer = BrowserMedia()().replace(b"setup:actpass", f"setup:{theirs}".encode())
    answer, agreed = Platform().sdp.receive_offer(offer)
    assert attributes(answer, "setup") == [ours]
    assert agreed.browser is not None
    assert agreed.browser.dtls_client is we_begin


def test_our_offer_leaves_the_role_to_the_browser_and_is_answered() -> None:
    ours, theirs = Platform(), BrowserMedia()
    offer = ours.sdp.make_offer()
    assert attributes(offer, "setup") == ["actpass"]
    assert attributes(offer, "group") == ["BUNDLE 0"]
    agreed = ours.sdp.receive_answer(theirs(offer))
    assert agreed.browser is not None
    assert (agreed.browser.ufrag, agreed.browser.dtls_client) == (theirs.ufrag, False)


def test_video_and_data_are_refused_under_their_names_and_stay_so_in_our_offers() -> None:
    ours = Platform()
    bundled = BrowserMedia()().replace(b"BUNDLE 0", b"BUNDLE 0 1 2")
    answer, _ = ours.sdp.receive_offer(bundled + VIDEO + DATA)
    for body in (answer, ours.sdp.make_offer(Direction.SENDONLY)):
        assert [line.split()[1] for line in media_lines(body)] == ["20000", "0", "0"]
        assert attributes(body, "mid") == ["0", "1", "2"]
        assert attributes(body, "group") == ["BUNDLE 0"]


def test_audio_in_the_bundle_of_another_line_takes_its_transport_from_there() -> None:
    """As with the policy max-bundle and video first."""
    audio = BrowserMedia()().partition(b"m=audio")
    transport = b"".join(
        line + b"\r\n"
        for line in audio[2].split(b"\r\n")
        if line.startswith((b"a=ice-", b"a=fingerprint", b"a=setup"))
    )
    bare = audio[2].replace(b" 9 UDP", b" 0 UDP", 1).replace(b"a=mid:0", b"a=mid:0\r\na=bundle-only")
    for line in transport.splitlines():
        bare = bare.replace(line + b"\r\n", b"")
    offer = audio[0].replace(b"BUNDLE 0", b"BUNDLE 1 0") + VIDEO + transport + b"m=audio" + bare
    assert offers_browser(offer)
    answer, agreed = Platform().sdp.receive_offer(offer)
    assert [line.split()[1] for line in media_lines(answer)] == ["0", "20000"]
    assert agreed.browser is not None


def test_what_stands_above_all_lines_holds_for_the_audio() -> None:
    """Firefox writes its fingerprint there."""
    media = BrowserMedia()
    line = f"a=fingerprint:{media.fingerprint}\r\n".encode()
    offer = media().replace(line, b"").replace(b"t=0 0\r\n", b"t=0 0\r\n" + line)
    _, agreed = Platform().sdp.receive_offer(offer)
    assert agreed.browser is not None
    assert agreed.browser.fingerprint == media.fingerprint


def test_of_several_fingerprints_the_one_that_can_be_checked_is_taken() -> None:
    media = BrowserMedia()
    offer = media().replace(b"a=fingerprint:", b"a=fingerprint:sha-1 AA:BB\r\na=fingerprint:", 1)
    _, agreed = Platform().sdp.receive_offer(offer)
    assert agreed.browser is not None
    assert agreed.browser.fingerprint == media.fingerprint


def test_without_mid_and_bundle_there_is_none_in_the_answer() -> None:
    offer = BrowserMedia()().replace(b"a=group:BUNDLE 0\r\n", b"").replace(b"a=mid:0\r\n", b"")
    answer, _ = Platform().sdp.receive_offer(offer)
    assert attributes(answer, "group") == attributes(answer, "mid") == []


def test_the_older_profile_is_mirrored() -> None:
    offer = BrowserMedia()().replace(b"RTP/SAVPF", b"RTP/SAVP")
    answer, _ = Platform().sdp.receive_offer(offer)
    assert media_lines(answer)[0].split()[2] == "UDP/TLS/RTP/SAVP"


def test_ice_restarts_when_the_browsers_credentials_change_and_only_then() -> None:
    ours, theirs = Platform(), BrowserMedia()
    ours.sdp.receive_offer(theirs())
    ours.sdp.receive_offer(theirs())
    assert ours.restarts == 0
    theirs.restart()
    answer, agreed = ours.sdp.receive_offer(theirs())
    assert attributes(answer, "ice-ufrag") == ["our1"]
    assert attributes(answer, "setup") == ["active"]
    assert agreed.browser is not None
    assert agreed.browser.ufrag == theirs.ufrag


def test_a_role_that_was_taken_stays() -> None:
    ours, theirs = Platform(), BrowserMedia()
    ours.sdp.receive_answer(theirs(ours.sdp.make_offer()))
    answer, agreed = ours.sdp.receive_offer(theirs())
    assert attributes(answer, "setup") == ["passive"]
    assert agreed.browser is not None
    assert not agreed.browser.dtls_client


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"a=setup:actpass", b"a=setup:active", "a=setup changed who begins DTLS"),
        (b"a=fingerprint:sha-256 ", b"a=fingerprint:sha-256 FF:", "a=fingerprint with sha-256 is missing"),
    ],
)
def test_a_later_offer_that_cannot_be_changes_nothing(old: bytes, new: bytes, why: str) -> None:
    ours, theirs = Platform(), BrowserMedia()
    _, agreed = ours.sdp.receive_offer(theirs())
    theirs.restart()
    with pytest.raises(Unacceptable) as refused:
        ours.sdp.receive_offer(theirs().replace(old, new))
    assert why in refused.value.warning[1]
    assert (ours.sdp.agreed, ours.restarts) == (agreed, 0)


def test_another_certificate_is_another_call() -> None:
    ours = Platform()
    ours.sdp.receive_offer(BrowserMedia()())
    with pytest.raises(Unacceptable) as refused:
        ours.sdp.receive_offer(BrowserMedia()())
    assert "a=fingerprint changed" in refused.value.warning[1]


def test_an_answer_must_take_a_role() -> None:
    ours = Platform()
    offer = ours.sdp.make_offer()
    with pytest.raises(Unacceptable) as refused:
        ours.sdp.receive_answer(BrowserMedia()(offer).replace(b"setup:active", b"setup:actpass"))
    assert "a=setup must be" in refused.value.warning[1]


def test_a_phone_does_not_answer_for_a_browser() -> None:
    ours = Platform()
    ours.sdp.make_offer()
    with pytest.raises(Unacceptable) as refused:
        ours.sdp.receive_answer(
            b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
        )
    assert refused.value.warning[0] == 304


@pytest.mark.parametrize(
    ("body", "is_browser"),
    [
        (BrowserMedia()(), True),
        (BrowserMedia()().replace(b"m=audio 9", b"m=audio 0"), False),
        (BrowserMedia()().replace(b"m=audio", b"m=video"), False),
        (BrowserMedia()().replace(b"v=0", b"v=1"), False),
        (b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", False),
        (b"", False),
    ],
)
def test_an_offer_tells_whether_it_is_a_browsers(body: bytes, is_browser: bool) -> None:
    assert offers_browser(body) is is_browser


def test_no_cache_remembers_what_is_of_one_call_only() -> None:
    _parse_line.cache_clear()
    told_by.cache_clear()
    ours = Platform()
    for _ in range(3):
        session = SessionDescription.parse(BrowserMedia()())
        assert not any(line.is_passing for media in session.media for line in media.lines)
        ours = Platform()
        ours.sdp.receive_offer(session.to_bytes())
    # All that differs between the pages stands in o= and in lines that are not remembered.
    assert told_by.cache_info().misses <= 3
    assert "0123" not in repr(ours.sdp.agreed)
    assert "browser/password" not in repr(ours.sdp.agreed)


def test_what_passes_survives_writing() -> None:
    session = SessionDescription.parse(BrowserMedia()())
    assert SessionDescription.parse(session.to_bytes()) == session
    assert session.media[0].attribute("ice-ufrag") is not None
    assert all(Line("a", f"{name}:x").is_passing for name in PASSING)


@given(st.data())
def test_any_browser_offer_is_answered_or_the_peers_fault(data: st.DataObject) -> None:
    lines = BrowserMedia()().split(b"\r\n")
    kept = [line for line in lines if data.draw(st.booleans() | st.just(True))]
    place = data.draw(st.integers(0, len(kept)))
    odd = data.draw(
        st.sampled_from(
            [b"a=setup:passive", b"a=ice-lite", b"a=mid:1", b"a=bundle-only", VIDEO.strip(), DATA.strip()]
        )
        | st.binary(max_size=30)
    )
    body = b"\r\n".join([*kept[:place], odd, *kept[place:]])
    ours = Platform()
    try:
        answer, agreed = ours.sdp.receive_offer(body)
    except PeerError as error:
        assert error.status in (400, 488)  # noqa: PT017 - any of these
        assert ours.sdp.agreed is None
        return
    theirs, written = SessionDescription.parse(body), SessionDescription.parse(answer)
    assert len(theirs.media) == len(written.media)
    assert [media.port > 0 for media in written.media].count(True) == 1
    assert agreed.browser is not None
    assert ours.sdp.agreed == agreed


@given(st.lists(st.sampled_from(["offer", "restart", "our offer", "refused offer"]), max_size=12))
def test_whatever_the_two_exchange_they_agree_on_credentials_and_roles(steps: list[str]) -> None:
    ours, theirs = Platform(), BrowserMedia()
    answer, agreed = ours.sdp.receive_offer(theirs())
    for step in steps:
        match step:
            case "our offer":
                answer = ours.sdp.make_offer()
                agreed = ours.sdp.receive_answer(theirs(answer).replace(b"setup:active", b"setup:passive"))
            case "refused offer":
                ours.sdp.make_offer()
                ours.sdp.roll_back()
            case _:
                if step == "restart":
                    theirs.restart()
                answer, agreed = ours.sdp.receive_offer(theirs())
    theirs.hear(answer)
    assert theirs.peer is not None
    assert theirs.peer.ufrag == f"our{ours.restarts}"
    assert ours.restarts == steps.count("restart")
    assert agreed.browser is not None
    assert (agreed.browser.ufrag, agreed.browser.dtls_client) == (theirs.ufrag, True)
