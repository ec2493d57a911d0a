"""What is being played to a peer, and audio that is played while it is made."""

from __future__ import annotations

import asyncio
from typing import Protocol

from voicecore.ids import PlayoutId
from voicecore.media import events
from voicecore.media.engine import MediaEngine, Samples


class Playing(Protocol):
    """What it needs of the leg's media."""

    def stop(self, playout: PlayoutId) -> None: ...
    def pause(self, playout: PlayoutId, on: bool) -> None: ...
    def seek(self, playout: PlayoutId, to_ms: int) -> None: ...
    def volume(self, playout: PlayoutId, decibels: float) -> None: ...


class Playout:
    """A sound that is being played: wait for its end, or stop it."""

    def __init__(self, session: Playing, id: PlayoutId, done: asyncio.Future[events.PlayoutFinished]):
        self._session = session
        self._id = id
        self._done = done

    async def finished(self) -> events.PlayoutFinished:
        """Returns when it ended, and how. Cancelling the wait does not stop the sound."""
        return await asyncio.shield(self._done)

    def stop(self) -> None:
        """Silence with the next packet. Nothing happens when it is over, here and below."""
        if not self._done.done():
            self._session.stop(self._id)

    def pause(self) -> None:
        """Silence until `resume`."""
        if not self._done.done():
            self._session.pause(self._id, True)

    def resume(self) -> None:
        """Goes on where it was paused."""
        if not self._done.done():
            self._session.pause(self._id, False)

    def seek(self, to_ms: int) -> None:
        """Goes on at that place, from the beginning of the first sound. What has a stream stays where it is."""
        if not self._done.done():
            self._session.seek(self._id, to_ms)

    def volume(self, decibels: float) -> None:
        """Louder or softer from now on: 20 dB at most, and -72 is silence."""
        if not self._done.done():
            self._session.volume(self._id, decibels)


class AudioStream:
    """Audio that is played while it is made. `MediaSession.play` takes it like a sound, once."""

    def __init__(self, engine: MediaEngine, *, rate: int, room_ms: int) -> None:
        self._engine = engine
        self._wait = room_ms / 4000
        self.id = engine.open_stream(rate=rate, room_ms=room_ms)

    async def write(self, samples: Samples) -> None:
        """Returns when the last sample found room: who makes audio faster than it is played waits here.

        After the playout's end it returns at once, whatever is written.
        """
        while True:
            samples = samples[self._engine.push(self.id, samples) :]
            if not len(samples):
                return
            await asyncio.sleep(self._wait)

    def end(self) -> None:
        """Nothing more comes; what was written is played to its end."""
        self._engine.end_stream(self.id)
