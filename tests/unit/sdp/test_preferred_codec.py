"""An answer with another codec than the peer's first, and what becomes of it at the next offer."""

from __future__ import annotations

from tests.unit.sdp.test_offer_answer import audio_lines, leg, sdp
from voicecore.sdp.codecs import G722, PCMA, PCMU


def test_the_answer_has_a_preferred_codec_alone_and_events_of_its_clock() -> None:
    lines = ("a=rtpmap:96 opus/48000/2", "a=rtpmap:97 telephone-event/48000", "a=ptime:40")
    offer = sdp(*lines, audio="m=audio 4000 RTP/AVP 96 8 0 97 101")
    ours = leg()
    _, first = ours.receive_offer(offer)
    answer, agreed = ours.receive_offer(offer, prefer=PCMU)
    assert (first.codec.name, first.telephone_event) == ("opus", 97)
    assert (agreed.codec, agreed.payload_type, agreed.telephone_event, agreed.opus) == (PCMU, 0, 101, None)
    assert (agreed.receive_codecs, agreed.event_clocks) == (((0, PCMU),), ((101, 8000),))
    assert audio_lines(answer)[0] == " 20000 RTP/AVP 0 101"
    assert audio_lines(ours.make_offer())[0] == " 20000 RTP/AVP 0 96 8 9 97 101", "what has a number keeps it"
    assert leg().receive_offer(offer, prefer=G722)[1].codec.name == "opus", "it was not offered"


def test_a_preferred_codec_is_not_remembered_for_the_next_leg() -> None:
    offer = sdp("a=ptime:20", audio="m=audio 4100 RTP/AVP 8 0 101")
    assert [leg().receive_offer(offer, prefer=one)[1].codec for one in (None, PCMU, None)] == [
        PCMA,
        PCMU,
        PCMA,
    ]


def test_what_was_agreed_holds_until_the_peer_changes_its_order() -> None:
    ours = leg()
    ours.receive_offer(sdp(), prefer=PCMU)
    assert ours.receive_offer(sdp("a=sendonly"))[1].codec == PCMU
    assert ours.receive_offer(sdp(audio="m=audio 4000 RTP/AVP 9 8 0 101"))[1].codec == PCMU
    assert ours.receive_offer(sdp(audio="m=audio 4000 RTP/AVP 8 101"))[1].codec == PCMA
    assert ours.receive_offer(sdp(audio="m=audio 4000 RTP/AVP 0 8 101"))[1].codec == PCMA
    assert ours.receive_offer(sdp(audio="m=audio 4000 RTP/AVP 8 9 0 101"))[1].codec == PCMA
    assert ours.receive_offer(sdp(audio="m=audio 4000 RTP/AVP 0 8 101"))[1].codec == PCMU


def test_who_answered_our_offer_keeps_its_codec_when_it_offers_all_of_its_own() -> None:
    ours = leg()
    ours.make_offer()
    assert ours.receive_answer(sdp(audio="m=audio 4000 RTP/AVP 0")).codec == PCMU
    assert ours.receive_offer(sdp("a=sendonly"))[1].codec == PCMU
