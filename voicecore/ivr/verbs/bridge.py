"""bridge, bridging, supervising: the caller and another party talk, and what may be done to them meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from voicecore.calls.bridge import Bridge
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.race import beside
from voicecore.calls.supervision import Supervision
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Prompt, describe, flat
from voicecore.ivr.results import BridgeEnd


class Audience(Enum):
    """Who of two that talk hears an announcement."""

    CALLER = "caller"
    PARTY = "party"
    BOTH = "both"


class Talk:
    """The caller and a party who talk while a block runs."""

    def __init__(self, line: Line, party: Leg) -> None:
        self._line = line
        self._bridge = Bridge(line.leg, party)
        self._end: asyncio.Future[BridgeEnd] = asyncio.get_running_loop().create_future()

    @property
    def party(self) -> Leg:
        """Whom the caller talks to: another one after a transfer."""
        return self._bridge.other(self._line.leg)

    async def ended(self) -> BridgeEnd:
        """Returns when one of them hung up."""
        return await asyncio.shield(self._end)

    async def announce(self, *prompts: Prompt, to: Audience = Audience.BOTH, over: bool = True) -> None:
        """Plays prompts to one of them or both, over what they hear of each other or in place of that.

        Returns when they are over; cancelling it stops them. Nothing happens when nobody talks any more.
        """
        line = self._line
        sounds = await line.sounds(prompts)
        if not sounds or self._end.done():
            return
        line.note(EventKind.PROMPT, ", ".join(map(describe, flat(prompts))))
        leg = {Audience.CALLER: line.leg, Audience.PARTY: self.party, Audience.BOTH: None}[to]
        playouts = self._bridge.announce(sounds, to=leg, over=over)
        try:
            for playout in playouts:
                await playout.finished()
        finally:
            for playout in playouts:
                playout.stop()

    def monitor(self, supervisor: Leg) -> Supervision:
        """A third leg hears both; its handle changes to whispering, to the party at first, and to barging in.

        Raises UsageError for who takes part in a bridge already, and when nobody talks any more.
        """
        self._line.note(EventKind.SUPERVISED, f"leg {self.party.id} by leg {supervisor.id}")
        return self._bridge.supervise(supervisor, self.party)

    async def run(self) -> None:
        """They talk until one hangs up; cancelling it parts them. The party's leg is over after it."""
        self._end.set_result(await _run(self._line, self._bridge))


@asynccontextmanager
async def bridging(line: Line, party: Leg) -> AsyncIterator[Talk]:
    """The two talk while the block runs, if neither hangs up before."""
    talk = Talk(line, party)
    async with beside(talk.run()):
        yield talk


@asynccontextmanager
async def supervising(line: Line, account: str) -> AsyncIterator[Supervision | None]:
    """The caller monitors the phone of that account, if it talks to somebody."""
    talking = line.active.services.registry.talking(account)
    bridge = None if talking is None or talking is line.leg else talking.bridge
    if talking is None or bridge is None:
        yield None
        return
    supervision = bridge.supervise(line.leg, talking)
    line.note(EventKind.SUPERVISED, f"leg {talking.id} by leg {line.leg.id}")
    try:
        yield supervision
    finally:
        supervision.stop()


async def bridge(line: Line, party: Leg) -> BridgeEnd:
    """Caller and party talk until one hangs up; the party's leg is over after it."""
    return await _run(line, Bridge(line.leg, party))


async def _run(line: Line, joined: Bridge) -> BridgeEnd:
    party = joined.other(line.leg)
    line.note(EventKind.BRIDGED, f"leg {line.leg.id} and leg {party.id}")
    for tape in line.tapes:
        tape.joined(party)
    try:
        gone = await joined.run()
    finally:
        line.note(EventKind.UNBRIDGED, f"leg {line.leg.id} and leg {joined.other(line.leg).id}")
        for leg in joined.legs:
            # A party that was transferred away belongs to another call now.
            if leg is not line.leg and leg in line.active.legs:
                leg.hang_up()
    return BridgeEnd.CALLER_HUNG_UP if gone is line.leg else BridgeEnd.PARTY_HUNG_UP
