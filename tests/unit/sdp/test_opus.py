"""Opus in offer and answer (RFC 7587, 7): its parameters, its clock, and the telephone-events beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sdp.codecs import CODECS, L16, L16_WIDE, OPUS, PCMU, Codec, by_label
from voicecore.sdp.offer_answer import AudioCapabilities, Negotiated, OfferAnswer
from voicecore.sdp.opus import OpusParameters, OpusPolicy, OpusUse

CHROME = ("a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1")


def leg(
    codecs: tuple[Codec, ...] = CODECS,
    opus: OpusPolicy = OpusPolicy(),  # noqa: B008 - a value
) -> OfferAnswer:
    return OfferAnswer("198.51.100.1", 20000, AudioCapabilities(codecs, opus=opus), session_id=7)


def description(formats: str, *lines: str) -> bytes:
    start = ("v=0", "o=- 1 1 IN IP4 192.0.2.9", "s=-", "c=IN IP4 192.0.2.9", "t=0 0")
    return "\r\n".join([*start, f"m=audio 4000 RTP/AVP {formats}", *lines, ""]).encode()


def answered(formats: str, *lines: str, opus: OpusPolicy = OpusPolicy()) -> Negotiated:  # noqa: B008 - a value
    return leg(opus=opus).receive_offer(description(formats, *lines))[1]


def lines_of(body: bytes) -> list[str]:
    return body.decode().split("\r\n")


@given(st.text())
def test_any_text_is_read_and_what_we_write_reads_the_same(text: str) -> None:
    found = OpusParameters.parse(text)
    assert OpusParameters.parse(str(found)) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("minptime=10;useinbandfec=1", OpusParameters(inband_fec=True)),
        ("maxplaybackrate=16000; sprop-maxcapturerate=16000", OpusParameters(16_000)),
        ("MaxAverageBitrate=20000; stereo=1; usedtx=1", OpusParameters(48_000, 20_000, dtx=True)),
        ("maxaveragebitrate=900000;minptime=999", OpusParameters(48_000, 510_000, min_packet_time_ms=120)),
        ("useinbandfec=yes;;=;maxplaybackrate=-1", OpusParameters()),
    ],
)
def test_parameters_are_read_as_browsers_and_phones_write_them(text: str, expected: OpusParameters) -> None:
    assert OpusParameters.parse(text) == expected


def test_what_the_other_side_asks_bounds_what_we_send() -> None:
    policy = OpusPolicy(30_000, 7, fec=True, dtx=True)
    asked = (
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 maxaveragebitrate=18000;useinbandfec=1;maxplaybackrate=8000",
    )
    assert answered("96", *asked, opus=policy).opus == OpusUse(18_000, 7, True, False, 8000, limit=18_000)
    assert answered("96", asked[0], "a=fmtp:96 usedtx=1", opus=policy).opus == OpusUse(
        30_000, 7, False, True, 16_000
    )
    assert answered("0 96", *asked, opus=policy).opus is None


@pytest.mark.parametrize(("ours", "theirs", "played"), [(48_000, 24_000, 24_000), (12_000, 48_000, 12_000)])
def test_the_lower_of_both_sides_rates_is_sent_and_ours_is_asked_for(
    ours: int, theirs: int, played: int
) -> None:
    policy = OpusPolicy(sample_rate=ours)
    offer = description("96", "a=rtpmap:96 opus/48000/2", f"a=fmtp:96 maxplaybackrate={theirs}")
    answer, agreed = leg(opus=policy).receive_offer(offer)
    assert agreed.opus is not None
    assert (agreed.opus.playback_rate, agreed.opus.sample_rate) == (played, ours)
    assert f"maxplaybackrate={ours};sprop-maxcapturerate={ours}".encode() in answer


def test_the_answer_says_what_we_ask_and_not_what_was_asked() -> None:
    answer, agreed = leg().receive_offer(description("111", *CHROME, "a=ptime:60"))
    ours = "a=fmtp:111 minptime=10;useinbandfec=1;stereo=0;maxplaybackrate=16000;sprop-maxcapturerate=16000"
    assert ours in lines_of(answer)
    assert (agreed.codec, agreed.payload_type, agreed.packet_time_ms) == (OPUS, 111, 60)


@pytest.mark.parametrize(
    ("codec", "wanted", "given"),
    [(OPUS, 30, 20), (OPUS, 50, 40), (OPUS, 120, 60), (L16_WIDE, 60, 40), (L16, 60, 60), (PCMU, 30, 30)],
)
def test_packets_hold_what_the_codec_allows(codec: Codec, wanted: int, given: int) -> None:
    offer = description("96", f"a=rtpmap:96 {codec.rtpmap}", f"a=ptime:{wanted}")
    assert leg((codec,)).receive_offer(offer)[1].packet_time_ms == given


def test_opus_of_one_channel_is_no_opus() -> None:
    assert answered("96 0", "a=rtpmap:96 opus/48000").codec is PCMU


EVENTS = ("a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000")


@pytest.mark.parametrize(
    ("formats", "sent", "understood"),
    [
        ("111 0 110 126", 110, ((110, 48_000), (126, 8000))),
        ("0 111 110 126", 126, ((110, 48_000), (126, 8000))),
        ("111 110 126", 110, ((110, 48_000),)),
        ("0 110 126", 126, ((126, 8000),)),
        ("0 110", None, ()),
        # As phones do that know one event only.
        ("111 126", 126, ((126, 8000),)),
        ("111 0 126", 126, ((126, 8000),)),
    ],
)
def test_events_go_with_the_clock_of_the_codec(
    formats: str, sent: int | None, understood: tuple[tuple[int, int], ...]
) -> None:
    agreed = answered(formats, *CHROME, *EVENTS)
    assert (agreed.telephone_event, agreed.event_clocks) == (sent, understood)


def test_an_offer_has_events_of_each_clock_and_hears_those_that_were_answered() -> None:
    ours = leg((OPUS, PCMU))
    offer = lines_of(ours.make_offer())
    assert "m=audio 20000 RTP/AVP 96 0 101 97" in offer
    assert {"a=rtpmap:101 telephone-event/8000", "a=rtpmap:97 telephone-event/48000"} <= set(offer)
    agreed = ours.receive_answer(
        description("96 100", "a=rtpmap:96 opus/48000/2", "a=rtpmap:100 telephone-event/48000")
    )
    assert (agreed.telephone_event, agreed.event_clocks) == (100, ((97, 48_000),))
    assert agreed.receive_codecs == ((96, OPUS),)


def test_linear_samples_are_offered_where_they_are_wanted_only() -> None:
    assert b"L16" not in leg().make_offer()
    assert b"a=rtpmap:96 L16/16000\r\na=rtpmap:97 L16/8000\r\n" in leg((L16_WIDE, L16)).make_offer()


def test_labels_are_names_and_clock_rates_where_names_do_not_suffice() -> None:
    assert [by_label(label) for label in ("OPUS", "l16/16000", "L16/8000", "pcmu", "L16")] == [
        OPUS,
        L16_WIDE,
        L16,
        PCMU,
        None,
    ]
