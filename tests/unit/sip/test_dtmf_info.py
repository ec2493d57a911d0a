"""Keys by INFO."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.sip.dtmf_info import DTMF, DTMF_RELAY, KEYS, key_of, relay_body


@pytest.mark.parametrize(
    ("content_type", "body", "key"),
    [
        (DTMF_RELAY, b"Signal=5\r\nDuration=160\r\n", "5"),
        (DTMF_RELAY, b"Signal= *\nDuration= 100", "*"),
        (DTMF_RELAY, b"signal=11", "#"),
        (DTMF_RELAY, b"Duration=100\r\nSignal=d\r\n", "D"),
        (DTMF_RELAY, b"Signal=16\r\n", None),
        (DTMF, b"7", "7"),
        (DTMF, b" 10 \r\n", "*"),
        (DTMF, b"!", None),
        ("application/media_control+xml", b"<x/>", None),
        (None, b"", None),
    ],
)
def test_a_body_is_read(content_type: str | None, body: bytes, key: str | None) -> None:
    assert key_of(content_type, body) == key


@pytest.mark.parametrize(("content_type", "body"), [(DTMF_RELAY, b"Sign=5"), (DTMF, b"55"), (DTMF, b"")])
def test_a_body_without_a_key_is_the_peers_fault(content_type: str, body: bytes) -> None:
    with pytest.raises(PeerError):
        key_of(content_type, body)


@given(st.sampled_from([DTMF, DTMF_RELAY]), st.binary(max_size=400))
def test_any_bytes_give_one_key_or_none_or_a_fault(content_type: str, body: bytes) -> None:
    try:
        key = key_of(content_type, body)
    except PeerError:
        return
    assert key is None or key in KEYS


@given(st.sampled_from(KEYS), st.integers(40, 5000))
def test_what_we_write_is_read_back(key: str, duration: int) -> None:
    assert key_of(DTMF_RELAY, relay_body(key, duration)) == key
