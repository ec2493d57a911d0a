"""ICE candidates: what is written is read again, and anything else is the peer's fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sdp.candidate import Candidate, host_candidates
from voicecore.sdp.line import MalformedDescription

CHROMIUM = "1467250027 1 udp 2122260223 0ee1c7f5-1f0e-4b5f.local 46243 typ host generation 0 network-id 1"


def test_a_browsers_candidate_is_read() -> None:
    found = Candidate.parse(CHROMIUM)
    assert (found.transport, found.port, found.kind) == ("UDP", 46243, "host")
    assert found.address.endswith(".local")


def test_our_addresses_are_host_candidates_with_falling_priority() -> None:
    first, second = host_candidates(["203.0.113.5", "2001:db8::5"], 20000)
    # RFC 8445, 5.1.2.1: 126 << 24 | 65535 << 8 | 255.
    assert str(first) == "1 1 UDP 2130706431 203.0.113.5 20000 typ host"
    assert str(second) == "2 1 UDP 2130706175 2001:db8::5 20000 typ host"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1 1 UDP 1 192.0.2.1 4000 host",
        "1 1 UDP 1 192.0.2.1 4000 typ",
        "1 1 UDP 1 192.0.2.1 4000 kind host",
        "1 257 UDP 1 192.0.2.1 4000 typ host",
        "1 1 UDP 2147483648 192.0.2.1 4000 typ host",
        "1 1 UDP 1 192.0.2.1 65536 typ host",
        "1 1 UDP -1 192.0.2.1 4000 typ host",
        "! 1 UDP 1 192.0.2.1 4000 typ host",
        "1 1 UDP 1 <b> 4000 typ host",
    ],
)
def test_what_is_no_candidate_is_the_peers_fault(value: str) -> None:
    with pytest.raises(MalformedDescription, match="a=candidate"):
        Candidate.parse(value)


_words = st.text("abcXYZ019+/", min_size=1, max_size=8)


@given(
    st.builds(
        Candidate,
        _words,
        st.integers(1, 256),
        st.sampled_from(["UDP", "TCP"]),
        st.integers(0, (1 << 31) - 1),
        st.ip_addresses().map(str),
        st.integers(0, 65535),
        st.sampled_from(["host", "srflx", "prflx", "relay"]),
    ),
    st.sampled_from(["", " raddr 192.0.2.1 rport 9", " generation 0"]),
)
def test_what_is_written_is_read_again(candidate: Candidate, rest: str) -> None:
    assert Candidate.parse(f"{candidate}{rest}") == candidate


@given(st.text(max_size=200))
def test_any_text_is_a_candidate_or_the_peers_fault(text: str) -> None:
    try:
        found = Candidate.parse(text)
    except MalformedDescription:
        return
    assert Candidate.parse(str(found)) == found
