"""dial: call one or several others, all at once or one by one, and ask who answers whether he takes the call.

Where it is asked for, it is found out first whether a machine answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from voicecore.calls import outbound
from voicecore.calls.dial_outcome import Answered, Declined, DialOutcome, Machine, describe, severity
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import ELSEWHERE, NORMAL, Leg
from voicecore.calls.machine_detection import MachineDetection
from voicecore.calls.party import STRANGER
from voicecore.calls.playout import Playout
from voicecore.calls.race import everyone, race
from voicecore.errors import UsageError
from voicecore.ivr.line import Line
from voicecore.ivr.verbs.answered_by import answered_by

Screening = Callable[[Line], Awaitable[bool]]
"""Talks to the called side before the caller does; True: the call is taken."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to call. `ring_time` counts for each target."""

    ring_time: float = 30.0
    early_media: bool = True
    as_caller: bool = False
    one_by_one: bool = False
    screening: Screening | None = None
    machines: MachineDetection | None = None
    """How to tell them; None: nobody is taken for one."""


async def dial(line: Line, targets: Sequence[str], wish: Wish) -> DialOutcome:
    """Calls them while the caller hears ring-back. The new leg ends at the latest with the call.

    Where nobody takes the call, the outcome is the one that tells the most: that of a person before that of a network.
    """
    if not targets:
        raise UsageError("dial needs somebody to call")
    ringing = _Ringing(line)
    await ringing.begin()
    attempts = _Attempts(line, wish, ringing)
    try:
        if wish.one_by_one:
            for target in targets:
                await attempts.reach(target)
                if attempts.taken.is_set():
                    break
        else:
            everybody = everyone(*(attempts.reach(target) for target in targets))
            await race(everybody, attempts.taken.wait())
    except BaseException:
        attempts.hang_up(None)
        raise
    finally:
        ringing.end()
    outcome = min(attempts.outcomes, key=_rank)
    if isinstance(outcome, Answered):
        line.active.lead_to_one_codec(line.leg, outcome.leg)
    attempts.hang_up(outcome)
    return outcome


def _rank(outcome: DialOutcome) -> int:
    match outcome:
        case Answered():
            return -2
        case Machine():
            return -1
        case _:
            return severity(outcome)


class _Attempts:
    """The calls of one dial and what came of them."""

    def __init__(self, line: Line, wish: Wish, ringing: _Ringing) -> None:
        self._line = line
        self._wish = wish
        self._ringing = ringing
        self.outcomes: list[DialOutcome] = []
        self.taken = asyncio.Event()

    async def reach(self, target: str) -> None:
        wish, line = self._wish, self._line
        outcome = await outbound.dial(
            line.active,
            target,
            ring_time=wish.ring_time,
            on_behalf_of=line.leg.identity.party if wish.as_caller else STRANGER,
            on_early_media=self._ringing.pass_on if wish.early_media else None,
            on_ringing=self._ringing.indicate,
            elsewhere=self.taken,
        )
        if isinstance(outcome, Answered) and wish.machines is not None:
            outcome = await self._without_machines(outcome, wish.machines)
        if isinstance(outcome, Answered) and not await self._is_accepted(outcome.leg):
            outcome = Declined()
            line.note(EventKind.DIAL_OUTCOME, describe(outcome))
        self.outcomes.append(outcome)
        if isinstance(outcome, Answered):
            self.taken.set()

    def hang_up(self, chosen: DialOutcome | None) -> None:
        """Those who answered in vain."""
        for outcome in self.outcomes:
            if isinstance(outcome, Answered | Machine) and outcome is not chosen:
                outcome.leg.hang_up(reason=NORMAL if chosen is None else ELSEWHERE)

    async def _without_machines(self, answered: Answered, detection: MachineDetection) -> DialOutcome:
        """The caller hears ring-back until it is known."""
        party = answered.leg
        try:
            await self._ringing.begin()
            self._ringing.indicate()
            verdict = await answered_by(self._line, party, detection)
        except BaseException:
            party.hang_up(reason=ELSEWHERE if self.taken.is_set() else NORMAL)
            raise
        if not isinstance(verdict, Machine):
            return answered
        self._line.note(EventKind.DIAL_OUTCOME, describe(verdict))
        return verdict

    async def _is_accepted(self, party: Leg) -> bool:
        screening = self._wish.screening
        if screening is None:
            return True
        verdict: list[bool] = []

        async def judge(screening: Screening) -> None:
            verdict.append(await screening(self._line.of(party)))

        try:
            await self._ringing.begin()
            self._ringing.indicate()
            await race(judge(screening), party.over())
        finally:
            accepted = verdict == [True] and not party.is_over
            if not accepted:
                party.hang_up(reason=ELSEWHERE if self.taken.is_set() else NORMAL)
        return accepted


class _Ringing:
    """What the caller hears meanwhile: ring-back, or what one called side plays before it answers."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._ring_back: Playout | None = None
        self._is_indicated = False

    def indicate(self) -> None:
        """180 to the caller, once one of them rings: before, it would hear ringing where nothing rings."""
        if not self._is_indicated:
            self._is_indicated = True
            self._line.leg.ring()

    async def begin(self) -> None:
        """Ring-back, also in place of early media: what is said to a party that is asked is not for the caller."""
        self.end()
        if self._line.leg.has_media:
            sound = await self._line.studio.ring_back()
            self._ring_back = self._line.media.play([sound], repeat=True)

    def pass_on(self, party: Leg) -> None:
        line = self._line
        if self._ring_back is not None:
            self._ring_back.stop()
        line.active.lead_to_one_codec(line.leg, party)
        if line.leg.has_media or line.leg.early_media():
            line.note(EventKind.EARLY_MEDIA, f"leg {party.id}")
            line.media.hear([party.media])

    def end(self) -> None:
        if self._ring_back is not None:
            self._ring_back.stop()
            self._ring_back = None
        self._line.media.hear([])
