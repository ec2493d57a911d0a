"""One playout of the simulated engine: where it stands, in the loop's (virtual) time. No audio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voicecore.ids import PlayoutId, SoundId, StreamId
from voicecore.media.events import PlayoutEnd


@dataclass(frozen=True, slots=True)
class Heard:
    """One sound that a leg's peer heard, whole or in part. Times are the loop's seconds."""

    sound: SoundId | StreamId
    began: float
    ended: float


@dataclass(slots=True)
class SimulatedStream:
    """Audio that is pushed; `seconds` of it so far, of which `played` went out."""

    rate: int
    room: float
    seconds: float = 0.0
    played: float = 0.0
    is_over: bool = False
    player: SimulatedPlayer | None = None

    def push(self, samples: int) -> int:
        """Returns how many found room."""
        if self.player is None or not self.player.is_over:
            samples = min(samples, round((self.room - self.seconds + self.played_now()) * self.rate))
        self.seconds += samples / self.rate
        self.wake()
        return samples

    def end(self) -> None:
        self.is_over = True
        self.wake()

    def wake(self) -> None:
        if self.player is not None:
            self.player.go_on()

    def played_now(self) -> float:
        if self.player is not None:
            self.player.settle()
        return self.played


@dataclass(frozen=True, slots=True)
class Piece:
    name: SoundId | StreamId
    seconds: float
    stream: SimulatedStream | None = None


class SimulatedPlayer:
    """Plays pieces one after the other; `ended` is told how it ended, and is not called for `repeat`."""

    def __init__(
        self,
        id: PlayoutId,
        pieces: Sequence[Piece],
        ended: Callable[[SimulatedPlayer, PlayoutEnd], None],
        *,
        repeat: bool,
    ) -> None:
        self.id = id
        self.heard: list[Heard] = []
        self.decibels = 0.0
        self.played = 0.0
        self.starved = 0.0
        self.is_over = False
        self._pieces = list(pieces)
        self._ended = ended
        self._repeat = repeat
        self._paused = False
        self._index = 0
        self._offset = 0.0
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._dry_since: float | None = None
        self._piece_began = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        for piece in pieces:
            if piece.stream is not None:
                piece.stream.player = self
        self.go_on()

    @property
    def sounds(self) -> tuple[SoundId | StreamId, ...]:
        return tuple(piece.name for piece in self._pieces)

    def settle(self) -> None:
        """Counts what was played up to now."""
        now = self._loop.time()
        if self._since is not None:
            passed, self._since = now - self._since, now
            self.played += passed
            self._offset += passed
            if self._index < len(self._pieces) and (stream := self._pieces[self._index].stream):
                stream.played += passed
        if self._dry_since is not None:
            self.starved += now - self._dry_since
            self._dry_since = now

    def go_on(self) -> None:
        """Something changed: plays what there is to play, or ends."""
        self.settle()
        self._since = self._dry_since = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._paused or self.is_over:
            return
        while self._index < len(self._pieces):
            piece = self._pieces[self._index]
            length = piece.seconds if piece.stream is None else piece.stream.seconds
            # Instants are sums of floats: what is shorter than a sample is over.
            if length - self._offset > 1e-5:
                self._since = self._loop.time()
                if not self._repeat:
                    self._timer = self._loop.call_later(length - self._offset, self.go_on)
                return
            if piece.stream is not None and not piece.stream.is_over:
                self._dry_since = self._loop.time() if self._offset else None
                return
            self._note_heard()
            self._index += 1
            self._offset = 0.0
        self.end(PlayoutEnd.PLAYED)

    def end(self, reason: PlayoutEnd) -> None:
        if self.is_over:
            return
        self.settle()
        self.is_over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._index < len(self._pieces):
            self._note_heard()
        self._ended(self, reason)

    def pause(self, on: bool) -> None:
        self.settle()
        self._paused = on
        self.go_on()

    def seek(self, seconds: float) -> None:
        if any(piece.stream for piece in self._pieces) or self.is_over:
            return
        self.settle()
        self._note_heard()
        total = sum(piece.seconds for piece in self._pieces)
        self._offset = seconds % total if self._repeat and total else seconds
        self._index = 0
        while self._index < len(self._pieces) and self._offset >= self._pieces[self._index].seconds:
            self._offset -= self._pieces[self._index].seconds
            self._index += 1
        self._since = None
        self.go_on()

    def _note_heard(self) -> None:
        now = self._loop.time()
        if self._repeat:
            self._note_rounds(now)
        else:
            self.heard.append(Heard(self._pieces[self._index].name, self._piece_began, now))
        self._piece_began = now

    def _note_rounds(self, now: float) -> None:
        """Of a tune, only its first round."""
        began = self._piece_began
        for piece in self._pieces:
            if began < now or began == self._piece_began:
                self.heard.append(Heard(piece.name, began, min(began + piece.seconds, now)))
            began += piece.seconds
