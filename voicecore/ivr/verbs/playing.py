"""playing, music, filler: what the caller hears behind what the flow does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import assert_never

from voicecore.calls.journal import EventKind
from voicecore.calls.playout import Playout
from voicecore.calls.race import beside
from voicecore.errors import UsageError
from voicecore.ivr.line import Line
from voicecore.ivr.prompt import Prompt, describe, flat
from voicecore.media.engine import Start
from voicecore.media.events import PlayoutEnd, PlayoutFinished
from voicecore.media.sounds import Sound


class Background:
    """Sounds behind a block. A prompt interrupts them, and they go on after it with the sound that it cut."""

    def __init__(self, line: Line, sounds: Sequence[Sound], *, repeat: bool, in_step: bool = False) -> None:
        self._line = line
        self._sounds = list(sounds)
        self._repeat = repeat
        self._in_step = in_step
        self._next = 0
        self._from_ms = 0
        """Where in that sound it goes on."""
        self._sought_ms = 0
        """How much further the playout is than what it has played: by seeking."""
        self._decibels = 0.0
        self._sought: float | None = None
        """Where the next playout begins, once this one is stopped."""
        self._began: float | None = None
        self._paused: float | None = None
        self._playout: Playout | None = None
        self._may_play = asyncio.Event()
        self._may_play.set()
        self._stopped = False
        self._over = asyncio.Event()

    @property
    def position(self) -> float:
        """Seconds from the first sound's beginning to what is heard now; in silence, to where it goes on."""
        before = self._start
        if self._began is None:
            return before + self._from_ms / 1000
        elapsed = before + self._instant - self._began
        return elapsed % self._length if self._repeat and self._length else min(elapsed, self._length)

    def pause(self) -> None:
        """Silence until `resume`, which goes on where it was."""
        self._may_play.clear()
        if self._playout is not None and self._began is not None and self._paused is None:
            self._paused = asyncio.get_running_loop().time()
            self._playout.pause()

    def resume(self) -> None:
        self._may_play.set()
        if self._playout is not None and self._began is not None and self._paused is not None:
            self._began += asyncio.get_running_loop().time() - self._paused
            self._paused = None
            self._playout.resume()

    def seek(self, seconds: float) -> None:
        """Goes on so far from the first sound's beginning; behind the end it is over, or comes round with `repeat`.

        Raises UsageError before the beginning, and for music on hold, in which all listeners are at one place.
        """
        if self._in_step or seconds < 0:
            raise UsageError(
                f"nobody can go to {seconds} s of {'music on hold' if self._in_step else 'a sound'}"
            )
        if self._repeat and self._length:
            seconds %= self._length
        ahead = seconds - self._start
        if self._playout is None or self._began is None:
            self._go_to(seconds)
        elif ahead < 0 and not self._repeat:
            self._sought = seconds  # the playout began behind it
            self._playout.stop()
        else:
            self._sought_ms += round((seconds - self.position) * 1000)
            self._playout.seek(round((ahead % self._length if self._repeat else ahead) * 1000))
            self._began = self._instant - ahead

    def volume(self, decibels: float) -> None:
        """Louder or softer from now on: 20 dB at most, and -72 is silence."""
        self._decibels = decibels
        if self._playout is not None:
            self._playout.volume(decibels)

    def stop(self) -> None:
        """Silence for good."""
        self._stopped = True
        self._may_play.set()
        self._silence()

    async def finished(self) -> None:
        """Returns when it was played to its end, or stopped."""
        await self._over.wait()

    async def run(self) -> None:
        """Plays until it is over; cancelling it stops the sound."""
        try:
            while self._next < len(self._sounds) and not self._stopped and not self._line.leg.is_over:
                await self._may_play.wait()
                await self._line.media.quiet()
                if self._stopped or not self._may_play.is_set() or self._line.leg.is_over:
                    continue
                if self._is_over_after(await self._play()):
                    break
        finally:
            self._silence()
            self._over.set()

    async def _play(self) -> PlayoutFinished:
        sounds = self._sounds[self._next :] + (self._sounds[: self._next] if self._repeat else [])
        self._began = asyncio.get_running_loop().time() - self._from_ms / 1000
        # At once there and so loud: a packet of another place could go out before a command of its own.
        start = Start(self._from_ms, self._decibels)
        self._playout = self._line.media.play(sounds, repeat=self._repeat, in_step=self._in_step, start=start)
        self._sought_ms, self._from_ms = self._from_ms, 0
        try:
            return await self._playout.finished()
        finally:
            self._silence()
            self._began = self._paused = None

    def _is_over_after(self, played: PlayoutFinished) -> bool:
        match played.end:
            case PlayoutEnd.STOPPED | PlayoutEnd.REPLACED:
                if self._sought is None:
                    self._next = self._sound_at(played.played_ms + self._sought_ms)
                else:
                    self._go_to(self._sought)
                    self._sought = None
                return False
            case PlayoutEnd.PLAYED:
                self._next = len(self._sounds)
                return True
            case PlayoutEnd.LEG_CLOSED:
                return True
            case _:
                assert_never(played.end)

    def _go_to(self, seconds: float) -> None:
        """The next playout begins there."""
        left, at = round(seconds * 1000), 0
        while at < len(self._sounds) and left >= self._sounds[at].duration_ms:
            left -= self._sounds[at].duration_ms
            at += 1
        self._next, self._from_ms = at, left

    def _sound_at(self, played_ms: int) -> int:
        """Which sound was heard when the playout had lasted that long."""
        left, at = played_ms, self._next
        if self._repeat and self._length:
            left %= max(1, round(self._length * 1000))
        while left >= self._sounds[at].duration_ms > 0 and (self._repeat or at + 1 < len(self._sounds)):
            left -= self._sounds[at].duration_ms
            at = (at + 1) % len(self._sounds)
        return at

    @property
    def _instant(self) -> float:
        """Now, or when it was paused."""
        return asyncio.get_running_loop().time() if self._paused is None else self._paused

    @property
    def _start(self) -> float:
        """Seconds from the first sound's beginning to that of the next playout, or of this one."""
        return sum(sound.duration_ms for sound in self._sounds[: self._next]) / 1000

    @property
    def _length(self) -> float:
        return sum(sound.duration_ms for sound in self._sounds) / 1000

    def _silence(self) -> None:
        if self._playout is not None:
            self._playout.stop()


@asynccontextmanager
async def playing(line: Line, prompts: Sequence[Prompt], *, repeat: bool) -> AsyncIterator[Background]:
    """The prompts while the block runs, over and over with `repeat`."""
    sounds = await line.sounds(prompts)
    line.note(EventKind.PROMPT, ", ".join(map(describe, flat(prompts))))
    background = Background(line, sounds, repeat=repeat)
    async with beside(background.run()):
        yield background


@asynccontextmanager
async def music(line: Line) -> AsyncIterator[Background]:
    """Music on hold while the block runs; all who listen are at one place in the tune."""
    sounds = await line.studio.music_on_hold()
    line.note(EventKind.PROMPT, "music on hold")
    background = Background(line, sounds, repeat=True, in_step=True)
    async with beside(background.run()):
        yield background


@asynccontextmanager
async def filler(
    line: Line, prompts: Sequence[Prompt], *, after: float, every: float | None
) -> AsyncIterator[None]:
    """Plays the prompts when the block takes longer than `after` seconds, and again `every` seconds later."""

    async def fill() -> None:
        await asyncio.sleep(after)
        while True:
            playout = await line.start(prompts)
            if playout is None:
                return
            try:
                await playout.finished()
            finally:
                playout.stop()
            if every is None:
                return
            await asyncio.sleep(every)

    async with beside(fill()):
        yield
