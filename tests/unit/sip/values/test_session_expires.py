"""Session-Expires and Min-SE (RFC 4028, 4 and 5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import PeerError
from voicecore.sip.values.session_expires import Refresher, SessionExpires, parse_min_se

intervals = st.builds(SessionExpires, st.integers(0, 2**32 - 1), st.sampled_from([None, *Refresher]))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4000", SessionExpires(4000)),
        ("1800 ; Refresher=UAC;x=1", SessionExpires(1800, Refresher.UAC)),
        ("90;refresher=uas", SessionExpires(90, Refresher.UAS)),
        ("90;refresher=other", SessionExpires(90)),
    ],
)
def test_the_usual_forms_are_read(text: str, value: SessionExpires) -> None:
    assert SessionExpires.parse(text) == value


@pytest.mark.parametrize("text", ["", "soon", "-1", "4294967296", "90;;", "9" * 50])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(PeerError):
        SessionExpires.parse(text)


def test_a_min_se_may_have_parameters() -> None:
    assert parse_min_se("120;x=y") == 120
    with pytest.raises(PeerError):
        parse_min_se("x")


@given(intervals)
def test_an_interval_is_read_as_it_was_written(interval: SessionExpires) -> None:
    assert SessionExpires.parse(str(interval)) == interval


@given(st.text())
def test_any_text_is_an_interval_or_the_peers_fault(text: str) -> None:
    try:
        interval = SessionExpires.parse(text)
    except PeerError:
        return
    assert SessionExpires.parse(str(interval)) == interval
