"""What a flow does where several talk: announcements, supervision, and who speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from voicecore.calls.leg import Leg
from voicecore.calls.supervision import Supervision
from voicecore.errors import UsageError
from voicecore.ids import LegId
from voicecore.ivr.noted import noted
from voicecore.ivr.speaking import Speaking
from voicecore.ivr.verbs import bridge
from voicecore.ivr.verbs.bridge import Talk
from voicecore.media.events import Speaker


@noted
class Among(Speaking):
    """Verbs for more than two. All raise `Hangup` when nobody is there."""

    @property
    def leg(self) -> LegId:
        """What `speakers` calls the caller."""
        return self._line.leg.id

    def bridging(self, party: Leg) -> AbstractAsyncContextManager[Talk]:
        """`async with call.bridging(party) as talk: ...`: the two talk meanwhile, and the flow goes on.

        `await talk.ended()`, `await talk.announce("prompt", to=Audience.PARTY)`, `talk.monitor(supervisor)`. The party
        is hung up at the end of the block.
        """
        if not self._line.leg.is_answered:
            raise UsageError("bridging needs an answered call: `await call.answer()` first")
        return self._scope("bridging", lambda line: bridge.bridging(line, party))

    def supervising(self, account: str) -> AbstractAsyncContextManager[Supervision | None]:
        """`async with call.supervising("anna") as ear: ...`: the caller hears that account's phone and its party.

        `ear.monitor()`, `ear.whisper()` to that phone alone, `ear.barge()`, `await ear.ended()`. None when that account
        talks to nobody. Whoever calls may do so: ask first who it is.
        """
        return self._scope("supervising", lambda line: bridge.supervising(line, account))

    async def speakers(self, room: str) -> AsyncIterator[tuple[Speaker, ...]]:
        """`async for speakers in call.speakers("plenary"): ...`: who speaks in a conference, the loudest first.

        A `Speaker` has a `leg` and a `level_db`. It waits for the room to open, tells at most five times a second, and
        ends with the room.
        """
        async for speakers in self._line.active.services.conferences.speaking(room):
            yield speakers
