from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.calls.journal import Journal
from voicecore.clock import Clock
from voicecore.ids import CallId
from voicecore.sip.digest import Challenge, answer
from voicecore.sip.hop import Address, Hop
from voicecore.trace.secrets import MASKS, masked, masked_by_rules

HOP = Hop("UDP", Address("127.0.0.1", 5060), Address("192.0.2.7", 5060))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            b'Authorization: Digest username="bob", response="6629fae4", nc=1',
            b'Authorization: Digest username="bob", response="********", nc=1',
        ),
        (b"PROXY-AUTHORIZATION:Digest RESPONSE = 66f", b"PROXY-AUTHORIZATION:Digest RESPONSE = ***"),
        (
            b'Authorization : Digest a="x",\r\n response="66"',
            b'Authorization : Digest a="x",\r\n response="**"',
        ),
        (
            b'Authorization: Digest a="response=", response="66"',
            b'Authorization: Digest a="response=", response="**"',
        ),
        (b'Authorization: Digest response="66\\"f', b'Authorization: Digest response="*****'),
        (b"Authorization: Basic Ym9iOnBhc3M=", b"Authorization: Basic ************"),
        (b"Authorization: opensesame", b"Authorization: **********"),
        (b'Authentication-Info: rspauth="66f", nc=1', b'Authentication-Info: rspauth="***", nc=1'),
        (
            b"INFO sip:a@b SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal= 5\r\nDuration=160",
            b"INFO sip:a@b SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal= *\r\nDuration=160",
        ),
        (
            b"INFO sip:a@b SIP/2.0\r\nc:Application/DTMF\r\n\r\n5\r\n",
            b"INFO sip:a@b SIP/2.0\r\nc:Application/DTMF\r\n\r\n*\r\n",
        ),
        (
            b"INVITE sip:a@b SIP/2.0\r\nAccept: application/dtmf\r\n\r\nv=0",
            b"INVITE sip:a@b SIP/2.0\r\nAccept: application/dtmf\r\n\r\nv=0",
        ),
        (b"To: <sip:bob:pass@192.0.2.7>", b"To: <sip:bob:****@192.0.2.7>"),
        (b"Refer-To:SIPS:bob:pa:ss@192.0.2.7;x=a", b"Refer-To:SIPS:bob:*****@192.0.2.7;x=a"),
        (b"To: <sip:sip:pass@c>", b"To: <sip:sip:****@c>"),
        (b"To: <sip:sips:pass@c>", b"To: <sip:sips:****@c>"),
        (b"To: <sip:a@b>, <sip:bob:pass@c>", b"To: <sip:a@b>, <sip:bob:****@c>"),
        (b"a=ice-pwd:asd88fgpdd777uzjYhagZg", b"a=ice-pwd:**********************"),
        (b"a=crypto:1 A inline:WVNf|2^20|1:4", b"a=crypto:1 A inline:****|2^20|1:4"),
    ],
)
def test_a_secret_becomes_asterisks_and_the_rest_stays(before: bytes, after: bytes) -> None:
    start = b"INVITE sip:a@b SIP/2.0\r\nCall-ID: a:b@c\r\n"
    assert masked(start + before + b"\r\n\r\n") == start + after + b"\r\n\r\n"


@pytest.mark.parametrize(
    "text",
    [
        b'WWW-Authenticate: Digest realm="response=x", nonce="7"',
        b"Contact: <sip:bob@[2001:db8::7]:5060>",
        b"o=- 1 1 IN IP4 192.0.2.7",
        b"Subject: Authorization is asked for",
    ],
)
def test_what_is_no_secret_stays(text: bytes) -> None:
    message = b"OPTIONS sip:a@b SIP/2.0\r\n" + text + b"\r\n\r\n"
    assert masked(message) == message


def test_no_digest_response_is_in_what_a_call_keeps() -> None:
    challenge = Challenge(realm="example.org", nonce="7", qop=("auth",))
    credentials = answer(
        challenge, username="bob", password="zanzibar", method="INVITE", uri="sip:a@b", cnonce="c"
    )
    journal = Journal(CallId("a"), Clock(lambda: 0.0, lambda: 0.0))
    for name in ("Authorization", "Proxy-Authorization"):
        request = f"INVITE sip:a@b SIP/2.0\r\n{name}: {credentials}\r\n\r\n".encode()
        assert credentials.response.encode() in request
        journal.message(request, HOP, "id", received=True)
    for message in journal.ladder():
        assert credentials.response.encode() not in message.text
        assert b'username="bob"' in message.text


_NEAR_SECRETS = '\r\n| |\n|"|\\|=|,|:|@|sip:|SIPS:|Digest |response|a'
_words = st.sampled_from(
    [mask.mark.encode() for mask in MASKS] + [part.encode() for part in _NEAR_SECRETS.split("|")]
)


@given(st.lists(_words | st.binary(max_size=3), max_size=30).map(b"".join))
def test_any_message_keeps_its_length_and_is_masked_once(text: bytes) -> None:
    once = masked(text)
    assert once == masked_by_rules(text)
    assert len(once) == len(text)
    assert masked(once) == once
    assert all(a == b or a == ord("*") for a, b in zip(once, text, strict=True))


LONG = {
    "users without a host": b"sip:a:" * 10_000,
    "hosts without a user": b"sip:a:@" * 9_000,
    "one parameter name": b"Authorization: Digest " + b"a" * 65_000,
    "names without values": b"Authorization: Digest " + b"a " * 32_000,
    "quotes that do not end": b'Authorization: Digest response="' + b"\\" * 65_000,
    "blanks without a colon": b"\nAuthorization" + b" " * 65_000,
    "lines without an end": b"Authorization:" + b"\r\n" * 32_000,
    "blanks without an equals sign": b"rspauth" + b" " * 65_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_what_a_peer_writes_to_slow_us_down_is_masked_like_the_rest(text: bytes) -> None:
    # A pattern that takes quadratic time needs minutes for some of these.
    assert masked(text) == masked_by_rules(text)
    assert len(masked(text)) == len(text)


@given(
    st.text("0123456789abcdef", min_size=8, max_size=64),
    st.text(st.characters(max_codepoint=126), max_size=20),
)
def test_no_response_gets_through_whatever_stands_before_it(response: str, other: str) -> None:
    quoted = other.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
    line = f'\r\nAuthorization: Digest opaque="{quoted}", response="{response}"\r\n\r\n'
    assert f'response="{"*" * len(response)}"' in masked(line.encode()).decode()
