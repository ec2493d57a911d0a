"""Extended reports in SDP: what is asked, offered and answered (RFC 3611, 5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sdp.codecs import CODECS
from voicecore.sdp.extended_reports import OURS, ExtendedReports, RtcpXr
from voicecore.sdp.offer_answer import AudioCapabilities, Negotiated, OfferAnswer

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
AUDIO = "m=audio 4000 RTP/AVP 0\r\n"
ALL = "rcvr-rtt=all:1400 pkt-loss-rle=120 stat-summary=loss,jitt,TTL voip-metrics new-thing=5"


def leg(wish: RtcpXr) -> OfferAnswer:
    return OfferAnswer("198.51.100.1", 20000, AudioCapabilities(CODECS, rtcp_xr=wish), session_id=7)


def told(body: bytes) -> list[str]:
    return [line for line in body.decode().splitlines() if line.startswith("a=rtcp-xr")]


def answered(wish: RtcpXr, offer: str) -> tuple[list[str], Negotiated]:
    answer, agreed = leg(wish).receive_offer(offer.encode())
    return told(answer), agreed


def test_what_the_peer_asks_is_read_and_the_rest_passed_over() -> None:
    asked = ExtendedReports.parse(ALL)
    assert asked == ExtendedReports("all", metrics=True, summary=("loss", "jitt", "TTL"), loss_runs=True)
    assert ExtendedReports.parse("stat-summary rcvr-rtt=never") == ExtendedReports(
        summary=("loss", "dup", "jitt")
    )


@given(st.text())
def test_any_value_is_read_and_reads_the_same_when_it_is_written(value: str) -> None:
    asked = ExtendedReports.parse(value)
    known = asked._replace(summary=tuple(part for part in asked.summary if part in ("loss", "dup", "jitt")))
    assert ExtendedReports.parse(str(known)) == known
    assert set(asked.agreed(OURS)) <= {"rcvr-rtt", "voip-metrics", "loss", "dup", "jitt"}


def test_an_offer_is_answered_with_what_we_want_and_what_was_asked_is_agreed() -> None:
    lines, agreed = answered(RtcpXr.ACCEPT, f"{HEAD}{AUDIO}a=rtcp-xr:{ALL}\r\n")
    assert lines == ["a=rtcp-xr:rcvr-rtt=all voip-metrics"]
    assert agreed.extended_reports == ("rcvr-rtt", "loss", "jitt", "voip-metrics")


def test_an_attribute_of_the_session_counts_for_its_audio() -> None:
    lines, agreed = answered(RtcpXr.ACCEPT, f"{HEAD}a=rtcp-xr:voip-metrics\r\n{AUDIO}")
    assert lines == ["a=rtcp-xr:voip-metrics"]
    assert agreed.extended_reports == ("voip-metrics",)


@pytest.mark.parametrize(
    ("wish", "line"),
    [(RtcpXr.OFF, f"a=rtcp-xr:{ALL}\r\n"), (RtcpXr.ACCEPT, ""), (RtcpXr.OFFER, "")],
)
def test_nothing_is_agreed_where_one_side_says_nothing(wish: RtcpXr, line: str) -> None:
    lines, agreed = answered(wish, HEAD + AUDIO + line)
    assert (lines, agreed.extended_reports) == ([], ())


def test_our_offer_asks_where_it_is_wanted_and_the_answer_says_what_we_send() -> None:
    offering = leg(RtcpXr.OFFER)
    assert told(offering.make_offer()) == ["a=rtcp-xr:rcvr-rtt=all voip-metrics"]
    agreed = offering.receive_answer(f"{HEAD}{AUDIO}a=rtcp-xr:rcvr-rtt=sender stat-summary=dup\r\n".encode())
    assert agreed.extended_reports == ("rcvr-rtt", "dup")
    assert told(leg(RtcpXr.ACCEPT).make_offer()) == []


def test_an_answer_with_what_was_not_offered_agrees_on_nothing() -> None:
    offering = leg(RtcpXr.ACCEPT)
    offering.make_offer()
    assert offering.receive_answer(f"{HEAD}{AUDIO}a=rtcp-xr:{ALL}\r\n".encode()).extended_reports == ()


def test_later_offers_of_ours_keep_what_was_agreed() -> None:
    side = leg(RtcpXr.ACCEPT)
    side.receive_offer(f"{HEAD}{AUDIO}a=rtcp-xr:rcvr-rtt=all\r\n".encode())
    assert told(side.make_offer()) == ["a=rtcp-xr:rcvr-rtt=all voip-metrics"]
