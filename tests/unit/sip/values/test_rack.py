"""RSeq and RAck (RFC 3262, 7.1 and 7.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.sip.cseq import CSeq
from voicecore.sip.values.rack import RAck, parse_rseq


def test_the_example_of_the_rfc_is_read() -> None:
    assert RAck.parse("776656 1 INVITE") == RAck(776656, CSeq(1, "INVITE"))


@pytest.mark.parametrize(
    "text", ["", "1", "1 2", "x 1 INVITE", "1 INVITE", "4294967296 1 INVITE", "1 1 IN VITE"]
)
def test_what_is_no_rack_is_refused(text: str) -> None:
    with pytest.raises(PeerError):
        RAck.parse(text)


@pytest.mark.parametrize("text", ["", "-1", "1.0", "\u0663", "4294967296", "9" * 50])
def test_what_is_no_rseq_is_refused(text: str) -> None:
    with pytest.raises(PeerError):
        parse_rseq(text)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**31 - 1), st.sampled_from(["INVITE", "X-y"]))
def test_a_rack_is_read_as_it_was_written(rseq: int, number: int, method: str) -> None:
    rack = RAck(rseq, CSeq(number, method))
    assert RAck.parse(str(rack)) == rack


@given(st.text())
def test_any_text_is_a_rack_or_the_peers_fault(text: str) -> None:
    try:
        rack = RAck.parse(text)
    except PeerError:
        return
    assert RAck.parse(str(rack)) == rack
