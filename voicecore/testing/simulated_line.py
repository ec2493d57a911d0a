"""The caller's end of a simulated call, for scripts; and those whom its flow calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import assert_never

from voicecore.calls.party import Party
from voicecore.calls.route import Purpose, Stage, Way
from voicecore.sip.hop import Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.testing.caller_script import Hears, Meets, Press, Reaction, Says
from voicecore.testing.scripted_call import LETTERS_PER_SECOND, Moment, Who
from voicecore.testing.simulated_engine import SimulatedLeg
from voicecore.testing.simulated_machine import Greeting
from voicecore.testing.simulated_phone import SimulatedCaller, Surroundings
from voicecore.testing.simulated_wire import PLATFORM


class SimulatedLine:
    """Implements `CallerLine`. The call is dialled at once."""

    def __init__(self, platform: Surroundings, phone: SimulatedCaller, number: str) -> None:
        self._platform = platform
        self._phone = phone
        self._loop = asyncio.get_running_loop()
        self.began = self._loop.time()
        """When he dialled, by the loop's clock."""
        self._waited_for = 0
        self._known = set(platform.engine.legs)
        phone.start_dialling(number)

    @property
    def now(self) -> float:
        return self._loop.time() - self.began

    @property
    def status(self) -> int | None:
        return self._phone.status

    @property
    def is_over(self) -> bool:
        return self._phone.is_over

    async def settled(self) -> None:
        await self._phone.settled()
        self._phone.find_leg(self._known)

    async def over(self) -> None:
        await self._phone.over()

    async def hears(self, wanted: Hears) -> float:
        while True:
            sounds, now, said = self._sounds(), self._loop.time(), ""
            for number, (began, sound) in enumerate(sounds):
                if number < self._waited_for or began > now:
                    continue
                said = f"{said} {self._platform.words_of(sound)}"  # a sentence may be made of several sounds
                if self._is(wanted, sound, said):
                    self._waited_for = number + 1
                    return began - self.began
            await self._changed(min((began for began, _ in sounds if began > now), default=None))

    def press(self, key: str) -> None:
        if self._has_media:
            self._phone.press(key)

    async def says(self, text: str) -> None:
        seconds = max(0.2, len(text) / LETTERS_PER_SECOND)
        if self._has_media:
            self._phone.says(text, seconds=seconds)
        await asyncio.sleep(seconds)

    def hang_up(self) -> None:
        self._phone.hang_up()

    def heard(self) -> Sequence[Moment]:
        found = []
        for began, sound in self._sounds():
            if began <= self._loop.time():
                found.append(Moment(began - self.began, Who.PLATFORM, self._said(sound)))
        return found

    @property
    def _has_media(self) -> bool:
        """Whether the platform still hears us: its BYE may be on the way."""
        leg = self.leg
        return leg is not None and leg in self._platform.engine.legs.values()

    def _said(self, sound: int) -> str:
        name, words = self._platform.name_of(sound), self._platform.words_of(sound)
        return f"{name}: {words}" if words not in ("", name) else name or "a tone"

    def _is(self, wanted: Hears, sound: int, said: str) -> bool:
        if wanted.is_words:
            return wanted.what.casefold() in said.casefold()
        return self._platform.name_of(sound) == wanted.what

    @property
    def leg(self) -> SimulatedLeg | None:
        """The platform's leg to us, as soon as there is one."""
        return self._phone.find_leg(self._known)

    def _sounds(self) -> list[tuple[float, int]]:
        """What was said and what is about to be, with when each began or will begin."""
        leg = self.leg
        if leg is None:
            return []
        found = [(one.began, one.sound) for one in leg.heard]
        for player in leg.players.values():
            if player is not None:
                found += player.schedule()
        return [(began, int(sound)) for began, sound in found]

    async def _changed(self, at: float | None) -> None:
        try:
            async with asyncio.timeout_at(at):
                await self._platform.engine.changed()
        except TimeoutError:
            return


class MeetingRouter:
    """Everybody whom a flow may dial, as a script says. Those of whom it says nothing answer and stay."""

    def __init__(self, platform: Surroundings, meets: Sequence[Meets]) -> None:
        self._platform = platform
        self._meets = {one.target: one for one in meets}
        self.otherwise = Meets("", Reaction.ANSWERS)
        """What everybody else does."""
        self.dialled: list[str] = []

    async def route(self, target: str, call: Purpose) -> AsyncIterator[Stage]:
        self.dialled.append(target)
        phone = self._platform.phone(host="192.0.2.9")
        self._prepare(phone, self._meets.get(target, self.otherwise))
        hop = Hop("UDP", PLATFORM, phone.address)
        yield Stage((Way(Uri.parse(f"sip:party@{phone.address}"), hop, NameAddr.parse(f"<{_OURSELVES}>")),))

    def diverted(self, uri: Uri, diverter: Party) -> str | None:
        """Nobody sends a call elsewhere."""
        return None

    def _prepare(self, phone: SimulatedCaller, meets: Meets) -> None:
        phone.answers_with = 0
        match meets.reaction:
            case Reaction.ANSWERS:
                phone.picks_up_after, phone.talks = meets.after, meets.talks
                phone.does = [(deed.at, partial(_do, phone, deed.action)) for deed in meets.does]
            case Reaction.MACHINE:
                phone.picks_up_after, phone.talks = meets.after, meets.talks
                phone.greeting = Greeting()
            case Reaction.IS_BUSY:
                phone.picks_up_after, phone.picks_up_with = 0.0, 486
            case Reaction.IGNORES:
                pass
            case Reaction.REJECTS:
                phone.picks_up_after, phone.picks_up_with = meets.after, meets.status
            case _:
                assert_never(meets.reaction)


def _do(phone: SimulatedCaller, action: Press | Says) -> None:
    match action:
        case Press(keys):
            phone.press(keys)
        case Says(text):
            phone.says(text)
        case _:
            assert_never(action)


_OURSELVES = f"sip:voicecore@{PLATFORM}"
