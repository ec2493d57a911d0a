"""Watches calls begin, change and end, and tells the feed of events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from voicecore.api.feed import EventFeed, Kind
from voicecore.api.views import glance_of
from voicecore.clock import Clock
from voicecore.ids import CallId
from voicecore.sip.output import Heard, Output, Transmit
from voicecore.store.checkpoints import Checkpoint
from voicecore.store.records import CallFile, CallGlance, CallRecord
from voicecore.store.store import CallStore


class CallState(NamedTuple):
    """What of a running call changes in a list."""

    answered: datetime | None
    status: int | None
    recordings: int

    @classmethod
    def of(cls, glance: CallGlance) -> CallState:
        return cls(glance.call.answered, glance.call.status, glance.recordings)


class LiveCalls(Protocol):
    """The calls that run now."""

    def __len__(self) -> int: ...

    def glances(self) -> Sequence[CallGlance]:
        """Each as it stands, in no order."""

    def state(self, call: CallId) -> CallState | None:
        """What of one of them changes in a list; cheap, and asked often."""

    def glance(self, call: CallId) -> CallGlance | None:
        """One of them, as it stands."""

    def file(self, call: CallId) -> CallFile | None:
        """All of one, as it stands."""

    def measure(self, call: CallId) -> None:
        """Asks the engine how one of them sounds: its legs' quality tells it soon after."""


class NoCalls:
    """Before there is a switchboard."""

    def __len__(self) -> int:
        return 0

    def glances(self) -> Sequence[CallGlance]:
        return ()

    def state(self, call: CallId) -> CallState | None:
        return None

    def glance(self, call: CallId) -> CallGlance | None:
        return None

    def file(self, call: CallId) -> CallFile | None:
        return None

    def measure(self, call: CallId) -> None:
        pass


class CallWatch:
    """Looks at a call when a SIP message of it went by, once all that came of the message is done."""

    def __init__(self, clock: Clock) -> None:
        wall = clock.wall()
        # Milliseconds of the date: a later run of the program never repeats a number.
        self.feed = EventFeed(int(wall.timestamp() * 1000))
        self._clock = clock
        self._live: LiveCalls = NoCalls()
        self._call_named: Callable[[str], CallId | None] = lambda sip_call_id: None
        self._seen: dict[CallId, CallState] = {}
        self._stale: set[CallId] = set()
        self._news = asyncio.Event()
        self._waiting = 0

    @property
    def is_followed(self) -> bool:
        """Whether somebody waits for events."""
        return self._waiting > 0

    def connect(self, live: LiveCalls, call_named: Callable[[str], CallId | None]) -> None:
        """`call_named` a SIP Call-ID: the running call that it belongs to."""
        self._live, self._call_named = live, call_named

    def store(self, store: CallStore) -> CallStore:
        """The store, with its calls watched."""
        return WatchedStore(store, self)

    async def news(self, seq: int) -> None:
        """Returns when there is an event after this one."""
        self._waiting += 1
        try:
            while self.feed.newest <= seq:
                await self._news.wait()
        finally:
            self._waiting -= 1

    # -- what is told ------------------------------------------------------------------------------
    def receive(self, output: Output) -> None:
        """Every output of the SIP stack, after its owner had it."""
        if isinstance(output, Heard | Transmit):
            call = self._call_named(output.call_id)
            if call is not None and call in self._seen:
                if not self._stale:
                    asyncio.get_running_loop().call_soon(self._look)
                self._stale.add(call)

    def begun(self, call: CallRecord) -> None:
        glance = self._live.glance(call.id) or CallGlance(call, None, 0)
        self._seen[call.id] = CallState.of(glance)
        self.feed.add(Kind.STARTED, self._clock.wall(), glance)
        self._wake()

    def finished(self, file: CallFile) -> None:
        self._seen.pop(file.call.id, None)
        glance, at = glance_of(file), self._clock.wall()
        self.feed.add(Kind.ENDED, at, glance)
        if any(leg.quality is not None for leg in file.legs):
            self.feed.add(Kind.QUALITY, at, glance, file.legs)
        self._wake()

    def measured(self, call: CallId) -> None:
        """Tells how a running call sounds, as far as it was measured."""
        file, glance = self._live.file(call), self._live.glance(call)
        if file is None or glance is None or call not in self._seen:
            return
        if any(leg.quality is not None for leg in file.legs):
            self.feed.add(Kind.QUALITY, self._clock.wall(), glance, file.legs)
            self._wake()

    def _look(self) -> None:
        stale, self._stale = self._stale, set()
        for call in stale:
            state = self._live.state(call)
            if state is None or self._seen.get(call, state) == state:
                continue
            self._seen[call] = state
            if (glance := self._live.glance(call)) is not None:
                self.feed.add(Kind.CHANGED, self._clock.wall(), glance)
                self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class WatchedStore:
    """A `CallStore` that keeps nothing itself: it tells what passes, and hands it on."""

    def __init__(self, store: CallStore, watch: CallWatch) -> None:
        self._store = store
        self._watch = watch

    async def begin(self, call: CallRecord) -> None:
        await self._store.begin(call)
        self._watch.begun(call)

    async def finish(self, file: CallFile) -> None:
        try:
            await self._store.finish(file)
        finally:
            self._watch.finished(file)

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
