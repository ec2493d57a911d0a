"""Offer and answer for one leg, and the table of its states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError, UsageError
from voicecore.sdp.codecs import CODECS, G722, G729, PCMA, PCMU, Codec
from voicecore.sdp.offer_answer import (
    TRANSITIONS,
    AudioCapabilities,
    Direction,
    Input,
    OfferAnswer,
    State,
    Unacceptable,
)
from voicecore.sdp.session import SessionDescription


def leg(address: str = "198.51.100.1", *, codecs: tuple[Codec, ...] = CODECS) -> OfferAnswer:
    return OfferAnswer(address, 20000, AudioCapabilities(codecs), session_id=77)


def sdp(
    *lines: str, audio: str = "m=audio 4000 RTP/AVP 8 0 101", address: str = "IN IP4 192.0.2.10"
) -> bytes:
    head = ["v=0", "o=- 1 1 IN IP4 192.0.2.10", "s=-", f"c={address}", "t=0 0", audio]
    return "".join(f"{line}\r\n" for line in (*head, "a=rtpmap:101 telephone-event/8000", *lines)).encode()


def audio_lines(body: bytes) -> list[str]:
    return body.decode().partition("m=audio")[2].split("\r\n")


def test_the_answer_takes_the_peers_first_codec_and_its_payload_types() -> None:
    answer, agreed = leg().receive_offer(sdp())
    assert (agreed.codec, agreed.payload_type, agreed.telephone_event) == (PCMA, 8, 101)
    assert agreed.receive_codecs == ((8, PCMA), (0, PCMU))
    assert (agreed.remote_address, agreed.remote_port, agreed.remote_rtcp_port) == ("192.0.2.10", 4000, 4001)
    assert (agreed.packet_time_ms, agreed.direction) == (20, Direction.SENDRECV)
    assert answer == (
        b"v=0\r\no=voicecore 77 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n"
        b"m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def test_what_is_remembered_of_one_offer_is_not_taken_for_another() -> None:
    first, second = sdp("a=ptime:20"), sdp("a=ptime:20", audio="m=audio 4002 RTP/AVP 0 8 101")
    _, agreed = leg().receive_offer(first)
    _, other = leg().receive_offer(second)
    _, limited = leg(codecs=(PCMU,)).receive_offer(first)
    assert (agreed.codec, agreed.remote_port) == (PCMA, 4000)
    assert (other.codec, other.remote_port) == (PCMU, 4002)
    assert (limited.codec, limited.payload_type) == (PCMU, 0)


@given(st.data())
def test_an_offer_known_by_its_shape_is_answered_as_any_other(data: st.DataObject) -> None:
    lines = st.sampled_from(
        ["a=ptime:30", "a=sendonly", "a=rtcp:5", "a=rtcp-mux", "a=rtcp-xr:rcvr-rtt=all", "a=mid:m=audio 9 x"]
    )
    offer = sdp(
        *data.draw(st.lists(lines, max_size=3)),
        data.draw(st.sampled_from(["m=video 4002 RTP/AVP 31", "m=audio 6000 RTP/SAVP 0", "a=inactive"])),
        audio=f"m=audio {data.draw(st.sampled_from([0, 1, 9, 4000, 65534, 65535]))} RTP/AVP 8 0 101",
    )
    known, anew = leg(), leg()
    try:
        expected = anew._receive_anew(SessionDescription.parse_anew(offer), State.AGREED)
    except PeerError as problem:
        with pytest.raises(type(problem)):
            known.receive_offer(offer)
        return
    assert known.receive_offer(offer) == expected
    assert known.agreed == anew.agreed
    again = sdp("a=sendonly")
    assert known.receive_offer(again) == anew.receive_offer(again)
    assert known.make_offer(Direction.SENDONLY) == anew.make_offer(Direction.SENDONLY)


def test_a_dynamic_payload_type_of_a_static_codec_is_mirrored() -> None:
    offer = sdp("a=rtpmap:110 pcmu/8000", audio="m=audio 4000 RTP/AVP 110")
    answer, agreed = leg().receive_offer(offer)
    assert (agreed.codec, agreed.payload_type) == (PCMU, 110)
    assert b"m=audio 20000 RTP/AVP 110\r\na=rtpmap:110 PCMU/8000\r\n" in answer


def test_a_static_payload_type_mapped_to_something_else_is_not_our_codec() -> None:
    with pytest.raises(Unacceptable):
        leg().receive_offer(sdp("a=rtpmap:0 G729/8000", audio="m=audio 4000 RTP/AVP 0"))


def test_only_the_telephone_event_of_a_codecs_clock_is_taken() -> None:
    offer = sdp("a=rtpmap:96 telephone-event/48000", audio="m=audio 4000 RTP/AVP 0 96 101")
    assert leg().receive_offer(offer)[1].telephone_event == 101
    offer = sdp("a=rtpmap:96 telephone-event/48000", audio="m=audio 4000 RTP/AVP 0 96")
    answer, agreed = leg().receive_offer(offer)
    assert agreed.telephone_event is None
    assert b"telephone-event" not in answer


def test_other_media_is_refused_with_port_zero_in_its_place() -> None:
    offer = sdp(audio="m=video 5000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 0") + b"m=audio 4002 RTP/AVP 0\r\n"
    media = SessionDescription.parse(leg().receive_offer(offer)[0]).media
    assert [(each.media, each.port) for each in media] == [("video", 0), ("audio", 20000), ("audio", 0)]
    assert media[0].formats == ("31",)


@pytest.mark.parametrize(
    ("offer", "code"),
    [
        (sdp(audio="m=video 5000 RTP/AVP 31"), 304),
        (sdp(audio="m=audio 0 RTP/AVP 0"), 304),
        (sdp(audio="m=audio 4000 RTP/SAVP 0"), 302),
        (sdp(audio="m=audio 4000 RTP/AVP 18"), 305),
        (sdp(audio="m=audio 4000 RTP/AVP 101"), 305),
        (sdp(address="IN IP4 phone.example.com"), 301),
        (sdp(address="IN IP6 2001:db8::1"), 300),
        (sdp(address="IN IP4 233.252.0.1/127"), 330),
    ],
)
def test_an_offer_that_we_cannot_take_names_its_warning(offer: bytes, code: int) -> None:
    with pytest.raises(Unacceptable) as refused:
        leg().receive_offer(offer)
    assert (refused.value.status, refused.value.warning[0]) == (488, code)
    assert refused.value.warning_header("pbx").startswith(f'{code} pbx "')
    assert refused.value.warning_header("2001:db8::1").startswith(f'{code} [2001:db8::1] "')


def test_a_refused_offer_changes_nothing() -> None:
    ours = leg()
    _, before = ours.receive_offer(sdp())
    with pytest.raises(Unacceptable):
        ours.receive_offer(sdp(audio="m=audio 4000 RTP/AVP 18"))
    assert (ours.state, ours.agreed) == (State.AGREED, before)


def test_an_ipv6_offer_is_taken_on_an_ipv6_address() -> None:
    answer, agreed = leg("2001:db8::5").receive_offer(sdp(address="IN IP6 2001:db8::1"))
    assert agreed.remote_address == "2001:db8::1"
    assert b"c=IN IP6 2001:db8::5\r\n" in answer


@pytest.mark.parametrize(
    ("theirs", "hold", "ours"),
    [
        ("sendrecv", False, Direction.SENDRECV),
        ("sendonly", False, Direction.RECVONLY),
        ("recvonly", False, Direction.SENDONLY),
        ("inactive", False, Direction.INACTIVE),
        ("sendrecv", True, Direction.SENDONLY),
        ("sendonly", True, Direction.INACTIVE),
        ("recvonly", True, Direction.SENDONLY),
        ("inactive", True, Direction.INACTIVE),
    ],
)
def test_the_answer_mirrors_the_offers_direction(theirs: str, hold: bool, ours: Direction) -> None:
    answer, agreed = leg().receive_offer(sdp(f"a={theirs}"), hold=hold)
    assert agreed.direction is ours
    assert f"a={ours.value}" in audio_lines(answer)


def test_a_null_address_is_hold() -> None:
    _, agreed = leg().receive_offer(sdp(address="IN IP4 0.0.0.0"))
    assert agreed.direction is Direction.RECVONLY


@pytest.mark.parametrize(
    ("lines", "packet_time_ms"),
    [
        ((), 20),
        (("a=ptime:30",), 30),
        (("a=ptime:200",), 60),
        (("a=ptime:5",), 10),
        (("a=ptime:25",), 20),
        (("a=ptime:60", "a=maxptime:40"), 40),
        (("a=ptime:nonsense",), 20),
        (("a=ptime:0",), 20),
        (("a=maxptime:15",), 10),
    ],
)
def test_the_packet_time_is_the_peers_within_limits(lines: tuple[str, ...], packet_time_ms: int) -> None:
    answer, agreed = leg().receive_offer(sdp(*lines))
    assert agreed.packet_time_ms == packet_time_ms
    assert f"a=ptime:{packet_time_ms}" in audio_lines(answer)


def test_the_rtcp_attribute_is_honoured() -> None:
    assert leg().receive_offer(sdp("a=rtcp:4009"))[1].remote_rtcp_port == 4009


def test_the_version_rises_only_when_the_text_changes() -> None:
    ours = leg()
    lines = ("a=sendrecv", "a=sendrecv", "a=sendonly", "a=sendonly", "a=sendrecv")
    answers = [ours.receive_offer(sdp(line))[0] for line in lines]
    versions = [SessionDescription.parse(answer).origin.version for answer in answers]
    assert versions == [1, 1, 2, 2, 3]


def test_our_offer_and_its_answer() -> None:
    ours = leg()
    offer = ours.make_offer()
    assert b"m=audio 20000 RTP/AVP 0 8 9 96 101 97\r\n" in offer
    agreed = ours.receive_answer(sdp(audio="m=audio 4000 RTP/AVP 8 101"))
    assert (agreed.codec, agreed.receive_codecs, agreed.telephone_event) == (PCMA, ((8, PCMA),), 101)


def test_two_legs_agree_with_each_other() -> None:
    caller, callee = leg(), leg("198.51.100.2", codecs=(PCMA,))
    answer, theirs = callee.receive_offer(caller.make_offer())
    ours = caller.receive_answer(answer)
    assert ours.codec is theirs.codec is PCMA
    assert (ours.telephone_event, theirs.telephone_event) == (101, 101)


def test_hold_and_resume_by_our_offer() -> None:
    ours = leg()
    ours.receive_offer(sdp())
    held = ours.make_offer(Direction.SENDONLY)
    assert b"m=audio 20000 RTP/AVP 8 0 9 96 101 97\r\n" in held
    assert b"a=sendonly\r\n" in held
    assert ours.receive_answer(sdp("a=recvonly")).direction is Direction.SENDONLY
    assert b"a=sendrecv\r\n" in ours.make_offer()
    assert ours.receive_answer(sdp()).direction is Direction.SENDRECV


def test_a_later_offer_keeps_refused_media_in_its_place() -> None:
    ours = leg()
    ours.receive_offer(sdp(audio="m=video 5000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 0"))
    media = SessionDescription.parse(ours.make_offer()).media
    assert [(each.media, each.port) for each in media] == [("video", 0), ("audio", 20000)]


def test_a_later_offer_keeps_the_agreed_payload_types() -> None:
    ours = leg()
    ours.receive_offer(
        sdp("a=rtpmap:97 PCMU/8000", "a=rtpmap:98 telephone-event/8000", audio="m=audio 4000 RTP/AVP 97 98")
    )
    assert b"m=audio 20000 RTP/AVP 97 8 9 96 98 99\r\n" in ours.make_offer()


def test_a_refused_offer_of_ours_rolls_back() -> None:
    ours = leg()
    _, before = ours.receive_offer(sdp())
    ours.make_offer(Direction.INACTIVE)
    ours.roll_back()
    assert (ours.state, ours.agreed) == (State.AGREED, before)


def test_offers_that_cross_are_request_pending() -> None:
    ours = leg()
    ours.make_offer()
    with pytest.raises(PeerError) as crossed:
        ours.receive_offer(sdp())
    assert crossed.value.status == 491
    assert ours.state is State.OFFERED


def test_a_second_answer_is_ignored() -> None:
    ours = leg()
    ours.make_offer()
    first = ours.receive_answer(sdp(audio="m=audio 4000 RTP/AVP 0"))
    assert ours.receive_answer(sdp(audio="m=audio 4444 RTP/AVP 8")) == first


def test_every_state_is_reachable_and_every_other_pair_is_refused() -> None:
    assert {State.NEW, *TRANSITIONS.values()} == set(State)
    ways = {
        State.NEW: [],
        State.OFFERED: [Input.MAKE_OFFER],
        State.AGREED: [Input.RECEIVE_OFFER],
        State.REOFFERED: [Input.RECEIVE_OFFER, Input.MAKE_OFFER],
    }
    for state, way in ways.items():
        for what in Input:
            ours = leg()
            for step in way:
                perform(ours, step)
            assert ours.state is state
            if (state, what) in TRANSITIONS:
                perform(ours, what)
                assert ours.state is TRANSITIONS[state, what]
            else:
                with pytest.raises(PeerError if what is Input.RECEIVE_OFFER else UsageError):
                    perform(ours, what)
                assert ours.state is state


def perform(ours: OfferAnswer, what: Input) -> None:
    match what:
        case Input.MAKE_OFFER:
            ours.make_offer()
        case Input.RECEIVE_ANSWER:
            ours.receive_answer(sdp())
        case Input.RECEIVE_OFFER:
            ours.receive_offer(sdp())
        case Input.ROLL_BACK:
            ours.roll_back()


@given(st.data())
def test_any_offer_is_answered_or_the_peers_fault(data: st.DataObject) -> None:
    good = sdp("a=ptime:30", "a=rtcp:4009", "a=sendonly")
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(start + 10, len(good))))
    ours = leg()
    try:
        answer, agreed = ours.receive_offer(good[:start] + data.draw(st.binary(max_size=10)) + good[end:])
    except PeerError:
        assert ours.state is State.NEW
        return
    assert 10 <= agreed.packet_time_ms <= 60
    assert agreed.receive_codecs[0] == (agreed.payload_type, agreed.codec)
    assert SessionDescription.parse(answer).media


def test_g722_is_agreed_with_its_odd_clock_rate_by_who_prefers_it() -> None:
    answer, agreed = leg().receive_offer(sdp("a=rtpmap:9 G722/8000", audio="m=audio 4000 RTP/AVP 9 0"))
    assert (agreed.codec, agreed.payload_type) == (G722, 9)
    assert b"m=audio 20000 RTP/AVP 9 0\r\na=rtpmap:9 G722/8000\r\n" in answer


QUIET = AudioCapabilities(CODECS, comfort_noise=True)


def test_comfort_noise_is_offered_and_answered_where_it_may_be() -> None:
    offer = OfferAnswer("198.51.100.1", 20000, QUIET, session_id=77).make_offer()
    assert offer.splitlines()[5].endswith(b" 13")
    assert b"a=rtpmap:13 CN/8000" in offer
    theirs = sdp(audio="m=audio 4000 RTP/AVP 8 13 101")
    answer, agreed = OfferAnswer("198.51.100.1", 20000, QUIET, session_id=77).receive_offer(theirs)
    assert audio_lines(answer)[0].endswith(" 8 101 13")
    assert [codec for _, codec in agreed.receive_codecs] == [PCMA]


def test_comfort_noise_goes_with_a_codec_of_its_clock() -> None:
    opus = sdp("a=rtpmap:96 opus/48000/2", audio="m=audio 4000 RTP/AVP 96 13")
    answer, _ = OfferAnswer("198.51.100.1", 20000, QUIET, session_id=77).receive_offer(opus)
    assert audio_lines(answer)[0].endswith(" 96")


def test_silence_is_left_out_towards_who_knows_comfort_noise() -> None:
    rests, takes = AudioCapabilities(CODECS, silence_suppression=True), QUIET

    def agreed(offer: bytes, able: AudioCapabilities) -> tuple[bool, bool]:
        side = OfferAnswer("198.51.100.1", 20000, able, session_id=77)
        answer, found = side.receive_offer(offer)
        return found.sends_comfort_noise, audio_lines(answer)[0].endswith(" 13")

    theirs = sdp(audio="m=audio 4000 RTP/AVP 8 13 101")
    assert agreed(theirs, rests) == (True, True)
    assert agreed(theirs, takes) == (False, True)
    assert agreed(sdp(), rests) == (False, False)
    wide = sdp("a=rtpmap:96 opus/48000/2", audio="m=audio 4000 RTP/AVP 96 8 13")
    assert agreed(wide, rests) == (False, True)


G729_ABLE = AudioCapabilities((G729, PCMA))


@pytest.mark.parametrize(
    ("rests", "theirs", "answered"),
    [
        (False, "a=fmtp:18 annexb=yes", "annexb=no"),
        (True, "a=fmtp:18 annexb=yes", "annexb=yes"),
        (True, "a=fmtp:18 annexb = NO", "annexb=no"),
        (True, "a=ptime:20", "annexb=yes"),
    ],
)
def test_annex_b_of_g729_is_agreed_where_both_want_it(rests: bool, theirs: str, answered: str) -> None:
    able = G729_ABLE._replace(silence_suppression=rests)
    side = OfferAnswer("198.51.100.1", 20000, able, session_id=77)
    answer, agreed = side.receive_offer(sdp(theirs, audio="m=audio 4000 RTP/AVP 18 8 13"))
    assert (agreed.codec, agreed.payload_type) == (G729, 18)
    assert f"a=fmtp:18 {answered}" in audio_lines(answer)
    assert agreed.sends_comfort_noise == (answered == "annexb=yes")


def test_g729_is_offered_with_its_static_payload_type() -> None:
    offer = OfferAnswer("198.51.100.1", 20000, G729_ABLE, session_id=77).make_offer()
    assert audio_lines(offer)[0].endswith(" RTP/AVP 18 8 101")
    assert b"a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n" in offer


def test_comfort_noise_is_not_agreed_to_unasked() -> None:
    answer, _ = leg().receive_offer(sdp(audio="m=audio 4000 RTP/AVP 8 13 101"))
    assert audio_lines(answer)[0].endswith(" 8 101")
    answer, _ = OfferAnswer("198.51.100.1", 20000, QUIET, session_id=77).receive_offer(sdp())
    assert audio_lines(answer)[0].endswith(" 8 0 101")
