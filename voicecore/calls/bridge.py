"""Two legs that hear each other; one may be replaced by another while they talk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from voicecore.calls.leg import NORMAL, UNREACHABLE, Leg
from voicecore.calls.leg_facts import LOST
from voicecore.calls.playout import Playout
from voicecore.calls.race import race
from voicecore.media.sounds import Sound
from voicecore.sip.values.reason import Reason


class Bridge:
    """Made with two answered legs; `run` joins their audio. A leg is in one bridge at most."""

    def __init__(self, first: Leg, second: Leg) -> None:
        self._legs = [first, second]
        self._changed = asyncio.Event()
        self._transferor: Leg | None = None
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
        for leg in self._legs:
            leg.bridge = None

    async def run(self) -> Leg:
        """Returns the one that hung up. Cancelling it parts them again."""
        try:
            while True:
                first, second = self._legs
                for leg, other in ((first, second), (second, first)):
                    if leg.bridge is self and not leg.is_over:
                        leg.media.hear([] if other.is_over else [other.media])
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
        """A key that a leg's peer told by signalling, to the other one."""
        self.other(leg).media.send_digit_soon(key)

    def _pass_digits(self, on: bool) -> None:
        first, second = self._legs
        first.media.pass_digits_to(second.media, on)
        second.media.pass_digits_to(first.media, on)
