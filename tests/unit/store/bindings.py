"""Binding records for the tests: one, and a strategy for any."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from tests.unit.store.records import START
from voicecore.store.bindings import BindingRecord


def bound(id: str, aor: str = "sip:alice@example.org", *, seconds: float = 600.0) -> BindingRecord:
    return BindingRecord(
        id=id,
        aor=aor,
        contact="<sip:alice@192.0.2.7>",
        q=1.0,
        transport="UDP",
        local="192.0.2.1:5060",
        remote="192.0.2.7:5060",
        path=(),
        instance=None,
        reg_id=None,
        call_id="phone-1",
        cseq=1,
        user_agent="Desk Phone",
        tenure="",
        registered=START,
        refreshed=START,
        expires=START + timedelta(seconds=seconds),
    )


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_moment = st.integers(-(10**15), 10**15).map(lambda us: START + timedelta(microseconds=us))

bindings = st.builds(
    BindingRecord,
    id=_text,
    aor=_text,
    contact=_text,
    q=st.floats(0, 1),
    transport=_text,
    local=_text,
    remote=_text,
    path=st.lists(_text, max_size=3).map(tuple),
    instance=st.none() | _text,
    reg_id=st.none() | st.integers(1, 2**31 - 1),
    call_id=_text,
    cseq=st.integers(0, 2**32 - 1),
    user_agent=_text,
    tenure=_text,
    registered=_moment,
    refreshed=_moment,
    expires=_moment,
)
"""Any record that a registrar may build."""
