"""Records for the tests: one full call, and strategies for any."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TypeVar

from hypothesis import strategies as st

from voicecore.ids import CallId, LegId
from voicecore.store.flow_journal import Fact, FlowJournal, Spoken, Step
from voicecore.store.records import (
    CallEnd,
    CallFile,
    CallRecord,
    EventRecord,
    LadderMessage,
    LegRecord,
    MarkKind,
    Quality,
    RecordingMark,
    RecordingRecord,
    Side,
)

_Record = TypeVar("_Record")
START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def begun(name: str, number: str = "1000") -> CallRecord:
    return CallRecord(CallId(name), number, "sip:alice@192.0.2.7", "flows:main", START)


MARK = RecordingMark(1500, MarkKind.NOTE, "offer accepted", {"product": "fibre", "months": 24})


def finished(name: str, number: str = "1000") -> CallFile:
    call, leg = CallId(name), LegId(7)
    answered, ended = START + timedelta(seconds=1), START + timedelta(seconds=61)
    return CallFile(
        call=CallRecord(
            id=call,
            number=number,
            caller="sip:alice@192.0.2.7",
            flow="flows:main",
            started=START,
            answered=answered,
            ended=ended,
            end=CallEnd.CALLER_HUNG_UP,
            status=200,
        ),
        legs=(
            LegRecord(
                id=leg,
                call=call,
                side=Side.INBOUND,
                sip_call_id="a84b4c76e66710",
                local_uri="sip:1000@127.0.0.1",
                remote_uri="sip:alice@192.0.2.7",
                remote_address="192.0.2.7:5060",
                codec="PCMU",
                started=START,
                answered=answered,
                ended=ended,
                status=200,
                quality=Quality(
                    packets_sent=3000, packets_received=2999, packets_lost=1, mos=4.4, packets_relayed=2000
                ),
            ),
        ),
        events=(EventRecord(call, 1, answered, "answered"), EventRecord(call, 2, ended, "digit", "5")),
        ladder=(
            LadderMessage(
                call,
                1,
                START,
                "a84b4c76e66710",
                True,
                "127.0.0.1:5060",
                "192.0.2.7:5060",
                b"INVITE\r\n\r\n\x80",
            ),
        ),
        recordings=(RecordingRecord(1, call, leg, "var/a.wav", answered, 60_000, 0, 2, (MARK,)),),
        flow_journal=FlowJournal(
            "flows:main", steps=(Step("answer", "flows:7", leg, START, ended=answered),)
        ),
    )


# No lone surrogates: they are no text, and no database takes them.
_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_count = st.integers(0, 2**62)
_moment = st.integers(-(10**15), 10**15).map(lambda us: START + timedelta(microseconds=us))
_number = st.floats(0, 1e9)


_call = st.just(CallId("01j8zk3v9q2m7x"))


def _several(
    one: st.SearchStrategy[_Record], key: Callable[[_Record], int]
) -> st.SearchStrategy[tuple[_Record, ...]]:
    """Unique and in the order in which a store gives them back."""
    return st.lists(one, max_size=3, unique_by=key).map(lambda found: tuple(sorted(found, key=key)))


_quality = st.builds(
    lambda sent, octets, received, mos, jitter_ms: Quality(
        sent, octets, received, mos=mos, jitter_ms=jitter_ms
    ),
    *(_count, _count, _count),
    mos=st.none() | _number,
    jitter_ms=_number,
)
_leg = st.builds(LegRecord, id=_count.map(LegId), call=_call, quality=st.none() | _quality,
                 side=st.sampled_from(Side), sip_call_id=_text, local_uri=_text, remote_uri=_text,
                 remote_address=_text, codec=st.none() | _text, started=_moment,
                 answered=st.none() | _moment, ended=st.none() | _moment, status=st.none() | _count,
                 reason=st.none() | _text)  # fmt: skip
_event = st.builds(EventRecord, _call, _count, _moment, _text, _text)
_message = st.builds(LadderMessage, _call, _count, _moment, _text, st.booleans(), _text, _text,
                     st.binary(max_size=60))  # fmt: skip
_recording = st.builds(RecordingRecord, _count, _call, _count.map(LegId), _text, _moment, _count,
                       _count, _count)  # fmt: skip
_record = st.builds(CallRecord, _call, _text, _text, st.none() | _text, _moment,
                    st.none() | _moment, st.none() | _moment, st.none() | st.sampled_from(CallEnd),
                    st.none() | _count, st.none() | _text)  # fmt: skip

_fact = st.builds(Fact, _text, st.none() | _text | st.booleans() | _count | _number, st.booleans())
_facts = st.lists(_fact, max_size=3).map(tuple)
_spoken = st.lists(st.builds(Spoken, _text, _count), max_size=2).map(tuple)
_step = st.builds(Step, _text, _text, _count.map(LegId), _moment, _facts, st.none() | _moment, _text,
                  _facts, _spoken, st.booleans())  # fmt: skip
flow_journals = st.builds(FlowJournal, _text, _text, _text,
                          st.dictionaries(_text, _text | st.booleans() | _count, max_size=2),
                          st.lists(_step, max_size=3).map(tuple), _count)  # fmt: skip
ladders = _several(_message, attrgetter("sequence"))
files = st.builds(
    CallFile,
    _record,
    _several(_leg, attrgetter("id")),
    _several(_event, attrgetter("sequence")),
    ladders,
    _several(_recording, attrgetter("id")),
    st.none() | flow_journals,
)
"""Any call's file that the rooms above may build."""
