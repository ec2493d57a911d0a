"""The caller's end of a real call, for scripts: our softphone with ears."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.dial_outcome import Answered
from voicecore.calls.leg import Leg
from voicecore.calls.outbound import dial
from voicecore.cli.heard_prompts import RATE, Pattern, Samples
from voicecore.media.engine import RecordingLayout
from voicecore.media.sounds import SoundLibrary
from voicecore.testing.caller_script import Hears
from voicecore.testing.scripted_call import Moment, Who

LISTEN_EVERY_S = 0.05
"""As often as the engine writes what it records."""

_HEADER = 44
"""Octets of a WAV file before its samples."""

SoundOf = Callable[[Hears], Awaitable[Samples]]
"""What a prompt, or words, sound like."""


class LiveLine:
    """Implements `CallerLine`. `run` dials; what is heard is read from a recording while it is written."""

    def __init__(
        self, active: ActiveCall, target: str, sound_of: SoundOf, library: SoundLibrary, file: Path
    ) -> None:
        self._active = active
        self._target = target
        self._sound_of = sound_of
        self._library = library
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._listens_since = 0.0
        self._cursor = 0
        self._heard: list[Moment] = []
        self._leg: Leg | None = None
        self._settled = asyncio.Event()
        self._over = asyncio.Event()

    async def run(self) -> None:
        """From the INVITE to the end of the call."""
        try:
            outcome = await dial(self._active, self._target)
            if isinstance(outcome, Answered):
                self._leg = outcome.leg
                media = outcome.leg.media
                media.record(str(self._file), layout=RecordingLayout.PARTY, highest_rate=RATE)
                self._listens_since = self.now
                self._settled.set()
                await outcome.leg.over()
        finally:  # the end of the leg cancels the call
            self._settled.set()
            self._over.set()

    @property
    def now(self) -> float:
        return self._loop.time() - self._began

    @property
    def status(self) -> int | None:
        first = self._active.first
        return None if first is None or not self._settled.is_set() else first.progress.status

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    async def settled(self) -> None:
        await self._settled.wait()

    async def over(self) -> None:
        await self._over.wait()

    async def hears(self, wanted: Hears) -> float:
        await self.settled()
        pattern = Pattern(await self._sound_of(wanted))
        found = None
        while found is None:
            await asyncio.sleep(LISTEN_EVERY_S)  # a file tells nobody that it has grown
            found = pattern.find(self._samples()[self._cursor :])
        began = self._listens_since + (self._cursor + found) / RATE
        self._cursor += max(0, found) + pattern.lead + len(pattern)
        self._heard.append(Moment(began, Who.PLATFORM, wanted.what))
        return began

    def press(self, key: str) -> None:
        if self._leg is not None and not self._leg.is_over:
            self._active.spawn(self._leg.media.send_digits(key))

    async def says(self, text: str) -> None:
        if self._leg is None or self._leg.is_over:
            return
        samples = await self._sound_of(Hears(text, is_words=True))
        sound = self._library.put(f"said:{text}", samples.astype("<i2").tobytes())
        await self._leg.media.play([sound]).finished()

    def hang_up(self) -> None:
        if self._leg is not None:
            self._leg.hang_up()
            self._over.set()

    def heard(self) -> Sequence[Moment]:
        return tuple(self._heard)

    def _samples(self) -> Samples:
        """All that was heard until now; a script is a few minutes, and a minute a megabyte."""
        try:
            data = self._file.read_bytes()[_HEADER:]
        except FileNotFoundError:
            return np.zeros(0, np.int16)
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16)
