from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.store.records import begun, files, finished
from voicecore.errors import Unavailable
from voicecore.store.records import CallEnd, CallFile
from voicecore.testing.memory_store import MemoryStore
from voicecore.trace.call_counts import CallCounts, CountingStore, Histogram


class FullStore(MemoryStore):
    async def finish(self, file: CallFile) -> None:
        raise Unavailable("the disk is full")


async def test_what_passes_is_counted_and_kept() -> None:
    counts, kept = CallCounts(), MemoryStore()
    store = CountingStore(kept, counts)
    await store.begin(begun("1a"))
    await store.finish(finished("1a"))
    assert (kept.begun, kept.files) == ([begun("1a")], [finished("1a")])
    assert (counts.begun, dict(counts.ended)) == (1, {CallEnd.CALLER_HUNG_UP: 1})
    assert counts.answer_seconds.sum == 1.0
    assert counts.talk_seconds.sum == 60.0
    assert counts.mos.sum == 4.4
    assert counts.packets == {"sent": 3000, "relayed": 2000, "received": 2999, "lost": 1, "discarded": 0}
    assert counts.legs == {"inbound": 1}
    assert await store.call("1a") == finished("1a")
    assert await store.calls() == await store.find("1") == [finished("1a").call]


async def test_a_record_that_nothing_took_is_counted_and_the_error_goes_on() -> None:
    counts = CallCounts()
    with pytest.raises(Unavailable):
        await CountingStore(FullStore(), counts).finish(finished("1a"))
    assert counts.unwritten == 1
    assert counts.ended.total() == 1


async def test_a_call_without_an_answer_has_no_answer_time() -> None:
    counts, file = CallCounts(), finished("1a")
    counts.count(replace(file, call=replace(file.call, answered=None, end=CallEnd.REJECTED)))
    assert sum(counts.answer_seconds.counts) == 0
    assert counts.ended == {CallEnd.REJECTED: 1}


@given(files)
def test_any_call_is_counted(file: CallFile) -> None:
    counts = CallCounts()
    counts.count(file)
    assert counts.ended.total() == (file.call.end is not None)
    assert counts.legs.total() == len(file.legs)


@given(st.lists(st.floats(-10, 10)))
def test_a_histogram_counts_each_value_at_or_below_its_bound(values: list[float]) -> None:
    histogram = Histogram((0.0, 1.0, 2.5))
    for value in values:
        histogram.observe(value)
    assert sum(histogram.counts[:2]) == sum(value <= 1.0 for value in values)
    assert sum(histogram.counts) == len(values)
