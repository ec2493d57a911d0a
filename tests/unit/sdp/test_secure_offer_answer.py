"""SRTP in offer and answer: who gets it, who is refused, and what a re-INVITE keeps."""

from __future__ import annotations

import base64
import gc

import pytest

from voicecore.errors import Unavailable
from voicecore.sdp import codecs, crypto, line, media, negotiation, offer_answer, session
from voicecore.sdp.codecs import CODECS
from voicecore.sdp.crypto import Srtp
from voicecore.sdp.offer_answer import AudioCapabilities, Negotiated, OfferAnswer, Unacceptable

KEY = base64.b64encode(bytes(range(30))).decode()
OTHER_KEY = base64.b64encode(bytes(range(1, 31))).decode()
CRYPTO = f"a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^31"


def leg(srtp: Srtp = Srtp.ACCEPT, *, suites: bool = True) -> OfferAnswer:
    able = AudioCapabilities(CODECS, srtp=srtp)
    return OfferAnswer("198.51.100.1", 20000, able if suites else able._replace(suites=()), session_id=77)


def offer(*media: str) -> bytes:
    head = ("v=0", "o=- 1 1 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0")
    return "".join(f"{line}\r\n" for line in (*head, *media)).encode()


def lines(body: bytes, start: str) -> list[str]:
    return [line for line in body.decode().split("\r\n") if line.startswith(start)]


SECURE = offer("m=audio 4000 RTP/SAVP 0", CRYPTO)
BEST_EFFORT = offer("m=audio 4000 RTP/AVP 0", CRYPTO)
PLAIN = offer("m=audio 4000 RTP/AVP 0")


@pytest.mark.parametrize("body", [SECURE, BEST_EFFORT])
@pytest.mark.parametrize("srtp", [Srtp.ACCEPT, Srtp.OFFER, Srtp.REQUIRE])
def test_an_offer_of_keys_is_answered_with_its_tag_and_a_key_of_ours(body: bytes, srtp: Srtp) -> None:
    answer, agreed = leg(srtp).receive_offer(body)
    assert lines(answer, "m=")[0].split()[2] == lines(body, "m=")[0].split()[2]
    (crypto,) = lines(answer, "a=crypto")
    assert crypto.startswith("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:")
    assert agreed.srtp is not None
    assert base64.b64decode(crypto.partition("inline:")[2]) == agreed.srtp.local
    assert agreed.srtp.remote == bytes(range(30))


@pytest.mark.parametrize(
    ("srtp", "body"),
    [
        (Srtp.OFF, SECURE),
        (Srtp.REQUIRE, PLAIN),
        (Srtp.ACCEPT, offer("m=audio 4000 RTP/SAVP 0")),
        (Srtp.ACCEPT, offer("m=audio 4000 RTP/SAVP 0", "a=crypto:1 UNKNOWN inline:x")),
        (Srtp.REQUIRE, offer("m=audio 4000 RTP/AVP 0", "a=crypto:1 UNKNOWN inline:x")),
        (Srtp.ACCEPT, offer("m=audio 4000 RTP/SAVPF 0")),
        (Srtp.ACCEPT, offer("m=audio 4000 UDP/TLS/RTP/SAVP 0", CRYPTO)),
    ],
)
def test_what_fits_no_side_is_refused(srtp: Srtp, body: bytes) -> None:
    with pytest.raises(Unacceptable) as refused:
        leg(srtp).receive_offer(body)
    assert refused.value.warning[0] == 302


@pytest.mark.parametrize(
    ("srtp", "body"),
    [
        (Srtp.OFF, BEST_EFFORT),
        (Srtp.ACCEPT, PLAIN),
        (Srtp.OFFER, PLAIN),
        (Srtp.ACCEPT, offer("m=audio 4000 RTP/AVP 0", "a=crypto:1 UNKNOWN inline:x")),
    ],
)
def test_where_only_plain_rtp_fits_it_is_agreed(srtp: Srtp, body: bytes) -> None:
    answer, agreed = leg(srtp).receive_offer(body)
    assert agreed.srtp is None
    assert b"crypto" not in answer


def test_of_two_lines_for_one_voice_the_secure_one_is_taken() -> None:
    both = offer("m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/SAVP 0", CRYPTO)
    answer, agreed = leg().receive_offer(both)
    assert [line.split()[1] for line in lines(answer, "m=")] == ["0", "20000"]
    assert (agreed.remote_port, agreed.srtp is None) == (4002, False)
    answer, agreed = leg(Srtp.OFF).receive_offer(both)
    assert [line.split()[1] for line in lines(answer, "m=")] == ["20000", "0"]
    assert (agreed.remote_port, agreed.srtp is None) == (4000, True)


def agree(caller: OfferAnswer, callee: OfferAnswer) -> tuple[Negotiated, Negotiated]:
    answer, of_callee = callee.receive_offer(caller.make_offer())
    return caller.receive_answer(answer), of_callee


@pytest.mark.parametrize("srtp", [Srtp.OFFER, Srtp.REQUIRE])
def test_both_sides_agree_on_the_strongest_suite_each_with_its_own_key(srtp: Srtp) -> None:
    ours, theirs = agree(leg(srtp), leg(Srtp.ACCEPT))
    assert ours.srtp is not None
    assert theirs.srtp is not None
    assert ours.srtp.suite == theirs.srtp.suite == "AEAD_AES_256_GCM"
    assert (ours.srtp.local, ours.srtp.remote) == (theirs.srtp.remote, theirs.srtp.local)
    assert ours.srtp.local != ours.srtp.remote


def test_an_offer_of_both_may_be_answered_in_the_clear_and_a_required_one_may_not() -> None:
    assert agree(leg(Srtp.OFFER), leg(Srtp.OFF))[0].srtp is None
    caller = leg(Srtp.REQUIRE)
    caller.make_offer()
    with pytest.raises(Unacceptable):
        caller.receive_answer(PLAIN)
    with pytest.raises(Unacceptable):
        caller.receive_answer(SECURE.replace(b"crypto:4", b"crypto:9"))  # a tag that we did not offer


def test_a_key_in_an_answer_to_a_plain_offer_means_nothing() -> None:
    caller = leg(Srtp.ACCEPT)
    assert b"crypto" not in caller.make_offer()
    assert caller.receive_answer(BEST_EFFORT).srtp is None


def test_a_later_offer_of_ours_keeps_suite_tag_and_key() -> None:
    for wanted in (Srtp.ACCEPT, Srtp.OFFER, Srtp.REQUIRE):
        callee = leg(wanted)
        answer, _ = callee.receive_offer(SECURE)
        again = callee.make_offer()
        assert lines(again, "a=crypto") == lines(answer, "a=crypto")
        assert lines(again, "m=")[0].split()[2] == "RTP/SAVP"
        agreed = callee.receive_answer(SECURE.replace(KEY.encode(), OTHER_KEY.encode()))
        assert agreed.srtp is not None
        assert agreed.srtp.remote == bytes(range(1, 31))


def test_a_new_key_of_the_peer_leaves_ours() -> None:
    callee = leg()
    _, first = callee.receive_offer(SECURE)
    _, second = callee.receive_offer(SECURE.replace(KEY.encode(), OTHER_KEY.encode()))
    assert first.srtp is not None
    assert second.srtp is not None
    assert second.srtp.local == first.srtp.local
    assert second.srtp.remote != first.srtp.remote


def test_a_refused_offer_leaves_the_keys_as_they_were() -> None:
    callee = leg()
    _, first = callee.receive_offer(SECURE)
    with pytest.raises(Unacceptable):
        callee.receive_offer(offer("m=audio 4000 RTP/SAVP 99", CRYPTO))
    _, second = callee.receive_offer(SECURE)
    assert first.srtp == second.srtp


def test_without_suites_what_is_required_cannot_be_offered_or_taken() -> None:
    with pytest.raises(Unavailable):
        leg(Srtp.REQUIRE, suites=False).make_offer()
    with pytest.raises(Unacceptable):
        leg(Srtp.REQUIRE, suites=False).receive_offer(SECURE)
    _, agreed = leg(Srtp.ACCEPT, suites=False).receive_offer(BEST_EFFORT)
    assert agreed.srtp is None


def test_no_cache_remembers_a_key() -> None:
    mark = base64.b64encode(b"remember me, and be ashamed!!!").decode()
    body = SECURE.replace(KEY.encode(), mark.encode())
    agreeing = leg()
    agreeing.receive_offer(body)
    agreeing.make_offer()
    del body, agreeing
    modules = (codecs, crypto, line, media, negotiation, offer_answer, session)
    caches = [each for module in modules for each in vars(module).values() if hasattr(each, "cache_info")]
    assert len(caches) > 5
    remembered = [each for cache in caches for each in gc.get_referents(cache)]
    assert "RTP/SAVP" in repr(remembered)
    assert mark not in repr(remembered)
