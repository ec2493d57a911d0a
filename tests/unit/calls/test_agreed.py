"""What a leg may agree to, and what of it the engine is told."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest

from voicecore.calls.agreed import MediaSecurity, capabilities, leg_spec
from voicecore.media.leg_spec import SrtpKeys
from voicecore.sdp.codecs import CODECS
from voicecore.sdp.crypto import SUITES, Srtp, Suite
from voicecore.sdp.offer_answer import OfferAnswer
from voicecore.sip.hop import Transport

KEY = bytes(range(30))


@pytest.mark.parametrize(
    ("transport", "needs_tls", "suites"),
    [
        ("UDP", False, SUITES),
        ("UDP", True, ()),
        ("TCP", True, ()),
        ("TLS", True, SUITES),
        ("WSS", True, SUITES),
    ],
)
def test_keys_may_be_kept_off_sip_in_the_clear(
    transport: Transport, needs_tls: bool, suites: Sequence[Suite]
) -> None:
    able = capabilities(CODECS, MediaSecurity(Srtp.OFFER, needs_tls), transport)
    assert (able.srtp, able.suites) == (Srtp.OFFER, suites)


def test_the_engine_gets_each_sides_key_and_shows_none() -> None:
    sdp = OfferAnswer("192.0.2.1", 20000, capabilities(CODECS, MediaSecurity(), "UDP"), session_id=1)
    text = base64.b64encode(KEY).decode()
    offer = (
        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n"
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{text}|2^31|1:2\r\n"
    )
    answer, agreed = sdp.receive_offer(offer.encode())
    spec = leg_spec(agreed, cname="x")
    ours = base64.b64decode(answer.partition(b"inline:")[2].split()[0])
    assert spec.srtp == SrtpKeys("AES_CM_128_HMAC_SHA1_80", ours, KEY, b"\x00\x01")
    assert repr(KEY) not in repr(spec)
    assert repr(ours) not in repr(spec) + repr(agreed)
