"""Two legs that hear each other; one may be replaced by another while they talk, and supervisors may listen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from voicecore.calls.leg import NORMAL, UNREACHABLE, Leg
from voicecore.calls.leg_facts import LOST
from voicecore.calls.playout import Playout
from voicecore.calls.race import race
from voicecore.calls.supervision import Supervision, hearing
from voicecore.errors import UsageError
from voicecore.media.sounds import Sound
from voicecore.sip.values.reason import Reason


class Bridge:
    """Made with two answered legs; `run` joins their audio. A leg is in one bridge at most."""

    def __init__(self, first: Leg, second: Leg) -> None:
        self._legs = [first, second]
        self._changed = asyncio.Event()
        self._transferor: Leg | None = None
        self._supervisions: list[Supervision] = []
        self._is_joined = False
        self._over = asyncio.Event()
        for leg in self._legs:
            leg.bridge = self
            leg.parting = NORMAL

    @property
    def legs(self) -> tuple[Leg, ...]:
        return tuple(self._legs)

    def other(self, leg: Leg) -> Leg:
        """Whom this leg talks to."""
        first, second = self._legs
        return second if leg is first else first

    def replace(self, old: Leg, new: Leg) -> None:
        """`new` talks in the place of `old`, who hears nobody any more. The other one notices no gap."""
        self._pass_digits(False)
        self._legs[self._legs.index(old)] = new
        new.parting = NORMAL
        new.bridge, old.bridge = self, None
        if not old.is_over:
            old.media.hear([])
        self._changed.set()

    def supervise(self, leg: Leg, of: Leg) -> Supervision:
        """A third leg hears both from now on, heard by nobody yet; `of` is whom it coaches.

        Raises UsageError for one of the two who talk, one that supervises already, and where nobody talks any more.
        """
        if leg in self._legs or leg.bridge is not None or any(one.leg is leg for one in self._supervisions):
            raise UsageError("who supervises takes no other part in the bridge, or another one")
        if self._over.is_set() or of not in self._legs:
            raise UsageError("who is to be supervised does not talk")
        supervision = Supervision(self, leg, of)
        self._supervisions.append(supervision)
        self.wire()
        return supervision

    def unsupervise(self, supervision: Supervision) -> None:
        """It hears nobody any more, and nobody it."""
        if supervision in self._supervisions:
            self._supervisions.remove(supervision)
            supervision.leg.media.hear([])
            self.wire()

    def wire(self) -> None:
        """Tells the engine who hears whom. Nothing happens while they are not joined."""
        if not self._is_joined:
            return
        heard = hearing(self._legs, self._supervisions)
        for leg, others in heard.items():
            if not leg.is_over and (leg.bridge is self or leg not in self._legs):
                leg.media.hear([other.media for other in others if not other.is_over])

    async def over(self) -> None:
        """Returns when they talk no more."""
        await self._over.wait()

    @contextmanager
    def transfer_by(self, leg: Leg) -> Iterator[None]:
        """Meanwhile this leg may hang up without ending the bridge: it said who comes in its place."""
        self._transferor = leg
        try:
            yield
        finally:
            self._transferor = None
            self._changed.set()

    @property
    def is_transferring(self) -> bool:
        return self._transferor is not None

    def dissolve(self) -> None:
        """Lets both legs go; `run` then touches them no more."""
        self._pass_digits(False)
        self._part()
        for leg in self._legs:
            leg.bridge = None

    async def run(self) -> Leg:
        """Returns the one that hung up. Cancelling it parts them again."""
        self._is_joined = True
        try:
            while True:
                first, second = self._legs
                self.wire()
                for leg, other in ((first, second), (second, first)):
                    if leg.bridge is self and not leg.is_over:
                        leg.media.pass_digits_to(other.media, True)
                await race(first.over(), second.over(), self._changed.wait())
                self._changed.clear()
                gone = next((leg for leg in self._legs if leg.is_over), None)
                if gone is None:
                    continue
                if gone is self._transferor and not self.other(gone).is_over:
                    await race(self.other(gone).over(), self._changed.wait())
                    continue
                return gone
        finally:
            self._part()
            for leg in self._legs:
                other = self.other(leg)
                if other.progress.end in LOST:
                    leg.parting = UNREACHABLE
                elif other.told is not None:
                    leg.parting = Reason.of_cause(other.told)
            if all(leg.bridge is self for leg in self._legs):
                self._pass_digits(False)
            for leg in self._legs:
                if leg.bridge is self:
                    leg.bridge = None
                    leg.media.hear([])

    def announce(
        self, sounds: Sequence[Sound], *, to: Leg | None = None, over: bool = True
    ) -> tuple[Playout, ...]:
        """Both hear it, or only one of them: over each other, or in place of each other."""
        legs = [leg for leg in self._legs if to in (None, leg) and not leg.is_over]
        return tuple(leg.media.play(sounds, over=over) for leg in legs)

    def pass_key(self, leg: Leg, key: str) -> None:
        """A key that a leg's peer told by signalling, to the other one, unless it is secret."""
        if not leg.media.is_secret:
            self.other(leg).media.send_digit_soon(key)

    def _part(self) -> None:
        """Nobody supervises any more, and nothing is wired from now on."""
        self._is_joined = False
        for supervision in self._supervisions:
            supervision.leg.media.hear([])
        self._supervisions.clear()
        self._over.set()

    def _pass_digits(self, on: bool) -> None:
        first, second = self._legs
        first.media.pass_digits_to(second.media, on)
        second.media.pass_digits_to(first.media, on)
