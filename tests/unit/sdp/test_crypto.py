"""a=crypto lines: what is taken, what is passed over, and that no key shows itself."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sdp.crypto import SUITES, Crypto, KeyExchange, Pair, Srtp, parse_crypto

KEY = bytes(range(30))
TEXT = base64.b64encode(KEY).decode()
LINE = f"1 AES_CM_128_HMAC_SHA1_80 inline:{TEXT}"
SHA1_80 = SUITES[3]


@pytest.mark.parametrize(
    ("value", "identifier"),
    [
        (LINE, b""),
        (f"{LINE}|2^31", b""),
        (f"{LINE}|1048576", b""),
        (f"{LINE}|2^20|1:4", b"\x00\x00\x00\x01"),
        (f"{LINE}|258:2", b"\x01\x02"),
        (f"{LINE} WSH=128", b""),
        (f"{LINE} -unknown=5", b""),
        (LINE.replace("AES_CM", "aes_cm").replace("inline", "INLINE"), b""),
    ],
)
def test_a_key_is_read_with_its_lifetime_and_identifier(value: str, identifier: bytes) -> None:
    assert parse_crypto(value) == Crypto(1, SHA1_80, KEY, identifier)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1",
        f"x AES_CM_128_HMAC_SHA1_80 inline:{TEXT}",
        f"1 F8_128_HMAC_SHA1_80 inline:{TEXT}",
        f"1 AES_CM_128_HMAC_SHA1_80 uri:{TEXT}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{TEXT[:-4]}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{TEXT[:-1]}!",
        f"1 AES_256_CM_HMAC_SHA1_80 inline:{TEXT}",
        f"{LINE};inline:{TEXT}",
        f"{LINE}|2^49",
        f"{LINE}|0",
        f"{LINE}|2^31|1:0",
        f"{LINE}|2^31|1:129",
        f"{LINE}|2^31|256:1",
        f"{LINE}|2^31|1:4|5",
        f"{LINE} KDR=1",
        f"{LINE} UNENCRYPTED_SRTP",
        f"{LINE} UNENCRYPTED_SRTCP",
        f"{LINE} UNAUTHENTICATED_SRTP",
        f"{LINE} FEC_ORDER=SRTP_FEC",
    ],
)
def test_what_cannot_be_done_is_passed_over(value: str) -> None:
    assert parse_crypto(value) is None


def test_a_key_without_its_padding_is_read() -> None:
    key = bytes(range(44))
    text = base64.b64encode(key).decode()
    assert text.endswith("=")
    found = parse_crypto(f"3 AEAD_AES_256_GCM inline:{text.rstrip('=')}")
    assert found == Crypto(3, SUITES[0], key)


@given(st.integers(0, 999_999_999), st.sampled_from(SUITES), st.data())
def test_what_is_written_is_read_again(tag: int, suite: object, data: st.DataObject) -> None:
    assert suite in SUITES
    ours = Crypto(tag, SUITES[SUITES.index(suite)], b"")
    key = data.draw(st.binary(min_size=ours.suite.octets, max_size=ours.suite.octets))
    ours = Crypto(tag, ours.suite, key)
    assert parse_crypto(str(ours)) == ours


@given(st.text(max_size=200) | st.text(alphabet="1 |:;=^2inleAES_CM_128HMAC", max_size=200))
def test_any_text_is_a_key_of_the_right_length_or_nothing(text: str) -> None:
    found = parse_crypto(text)
    assert found is None or len(found.key) == found.suite.octets


def test_no_key_shows_itself() -> None:
    ours, theirs = Crypto(1, SHA1_80, KEY), Crypto(1, SHA1_80, KEY[::-1])
    shown = f"{ours!r} {Pair(ours, theirs)!r} {Pair(ours, theirs).keys!r}"
    for key in (KEY, KEY[::-1]):
        assert repr(key) not in shown
        assert base64.b64encode(key).decode() not in shown


def exchange(wanted: Srtp) -> KeyExchange:
    drawn = iter(range(100))
    return KeyExchange(wanted, random=lambda octets: bytes([next(drawn)]) * octets)


def test_the_first_suite_of_the_peer_that_we_can_do_is_taken() -> None:
    weak = f"7 AES_CM_128_HMAC_SHA1_32 inline:{TEXT}"
    pair = exchange(Srtp.ACCEPT).answer(["6 OTHER inline:x", weak, LINE])
    assert pair is not None
    assert (pair.ours.tag, pair.ours.suite.name) == (7, "AES_CM_128_HMAC_SHA1_32")
    assert pair.theirs.key == KEY


def test_our_key_stays_while_the_suite_does_and_never_comes_back_later() -> None:
    ours = exchange(Srtp.ACCEPT)
    first = ours.answer([LINE])
    ours.settle(first)
    again = ours.answer([LINE.replace(TEXT, base64.b64encode(KEY[::-1]).decode())])
    assert first is not None
    assert again is not None
    assert again.ours.key == first.ours.key
    assert again.theirs.key == KEY[::-1]
    ours.settle(None)
    later = ours.answer([LINE])
    assert later is not None
    assert later.ours.key != first.ours.key


def test_each_suite_that_we_offer_has_a_key_of_its_own_strongest_first() -> None:
    protocol, offered = exchange(Srtp.REQUIRE).offer()
    assert protocol == "RTP/SAVP"
    assert [one.suite for one in offered] == list(SUITES)
    assert len({one.key for one in offered}) == len({one.tag for one in offered}) == len(SUITES)
