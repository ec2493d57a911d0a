"""Counts calls, by standing between the calls and the store of their records."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from voicecore.errors import Unavailable
from voicecore.ids import CallId
from voicecore.store.checkpoints import Checkpoint
from voicecore.store.records import CallEnd, CallFile, CallRecord, Quality
from voicecore.store.store import CallStore

ANSWER_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
TALK_SECONDS = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
MOS = (1.0, 2.0, 2.6, 3.1, 3.6, 4.0, 4.3, 4.5)


class Histogram:
    """How many values fell below each bound; the last count is that of the values above all bounds."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class CallCounts:
    """Totals since the start of the program. What went over RTP is counted when its call has ended."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended: Counter[CallEnd] = Counter()
        self.unwritten = 0
        """Records that neither the database nor the spool took."""
        self.legs: Counter[str] = Counter()
        """By side."""
        self.answer_seconds = Histogram(ANSWER_SECONDS)
        """From the INVITE to its 2xx, of calls that were answered."""
        self.talk_seconds = Histogram(TALK_SECONDS)
        self.mos = Histogram(MOS)
        self.packets: Counter[str] = Counter()
        """RTP packets: sent, of those relayed, received, lost, discarded."""
        self.concealed_ms = 0

    def count(self, file: CallFile) -> None:
        """A call that ended."""
        call = file.call
        if call.end is not None:
            self.ended[call.end] += 1
        if call.answered is not None:
            self.answer_seconds.observe((call.answered - call.started).total_seconds())
            if call.ended is not None:
                self.talk_seconds.observe((call.ended - call.answered).total_seconds())
        for leg in file.legs:
            self.legs[leg.side.value] += 1
            if leg.quality is not None:
                self._count_media(leg.quality)

    def _count_media(self, quality: Quality) -> None:
        self.packets["sent"] += quality.packets_sent
        self.packets["relayed"] += quality.packets_relayed or 0
        self.packets["received"] += quality.packets_received
        self.packets["lost"] += quality.packets_lost
        self.packets["discarded"] += quality.packets_discarded
        self.concealed_ms += quality.concealed_ms
        if quality.mos is not None:
            self.mos.observe(quality.mos)


class CountingStore:
    """A `CallStore` that keeps nothing itself: it counts what passes, and hands it on."""

    def __init__(self, store: CallStore, counts: CallCounts) -> None:
        self._store = store
        self._counts = counts

    async def begin(self, call: CallRecord) -> None:
        self._counts.begun += 1
        await self._store.begin(call)

    async def finish(self, file: CallFile) -> None:
        self._counts.count(file)
        try:
            await self._store.finish(file)
        except Unavailable:
            self._counts.unwritten += 1
            raise

    async def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        await self._store.keep_checkpoint(checkpoint)

    async def take_checkpoint(self, flow: str, caller: str, since: datetime) -> Checkpoint | None:
        return await self._store.take_checkpoint(flow, caller, since)

    async def calls(self, limit: int = 50, before: CallId | None = None) -> list[CallRecord]:
        return await self._store.calls(limit, before)

    async def find(self, prefix: str, limit: int = 5) -> list[CallRecord]:
        return await self._store.find(prefix, limit)

    async def call(self, id_or_prefix: str) -> CallFile | None:
        return await self._store.call(id_or_prefix)
