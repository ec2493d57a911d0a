"""Named rooms where many talk. The first who comes opens one, the last who goes closes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, assert_never

from voicecore.calls.media_session import MediaSession
from voicecore.media.engine import MediaEngine
from voicecore.media.events import Announced, ConferenceEvent, Speaker, Speaking
from voicecore.media.sounds import Sound


class Seat(NamedTuple):
    """How somebody takes part. Who is `deaf` hears only whom he is told to hear."""

    muted: bool = False
    deaf: bool = False
    gain_db: float = 0.0


class Conference:
    """One room. `speakers` are those of the last 200 ms, the loudest first and four at most."""

    def __init__(self, name: str, engine: MediaEngine) -> None:
        self.name = name
        self.speakers: tuple[Speaker, ...] = ()
        self._engine = engine
        self._members: list[MediaSession] = []
        self._told = asyncio.Event()
        self._is_open = True
        self.id = engine.open_conference(self._receive)

    @property
    def members(self) -> tuple[MediaSession, ...]:
        """In the order in which they came."""
        return tuple(self._members)

    def seat(self, media: MediaSession, seat: Seat) -> None:
        """Lets somebody in, or changes how he takes part."""
        media.join(self.id, muted=seat.muted, deaf=seat.deaf, gain_db=seat.gain_db)
        if media not in self._members:
            self._members.append(media)

    def announce(self, sounds: Sequence[Sound]) -> None:
        """All hear it over each other, in place of what is announced now."""
        if self._members:
            self._engine.announce(self.id, [sound.id for sound in sounds])

    def leave(self, media: MediaSession) -> None:
        self._members.remove(media)
        media.leave()

    def close(self) -> None:
        self._is_open = False
        self._engine.close_conference(self.id)
        self._told.set()

    async def speaking(self) -> AsyncIterator[tuple[Speaker, ...]]:
        """`speakers` now, and each time that they are told anew, until the room is closed. Who is slow misses some."""
        while self._is_open:
            told = self._told
            yield self.speakers
            await told.wait()

    def _receive(self, event: ConferenceEvent) -> None:
        match event:
            case Speaking():
                self.speakers = event.speakers
                self._told.set()
                self._told = asyncio.Event()
            case Announced():
                pass  # nobody waits for an announcement
            case _:
                assert_never(event)


class Conferences:
    """The rooms of one site by name."""

    def __init__(self) -> None:
        self._rooms: dict[str, Conference] = {}
        self._opened = asyncio.Event()

    def get(self, name: str) -> Conference | None:
        """The room of that name, while somebody is in it."""
        return self._rooms.get(name)

    async def speaking(self, name: str) -> AsyncIterator[tuple[Speaker, ...]]:
        """Who speaks in the room of that name, as `Conference.speaking` tells, once it is open."""
        while (room := self._rooms.get(name)) is None:
            await self._opened.wait()
        async for speakers in room.speaking():
            yield speakers

    @contextmanager
    def visit(self, engine: MediaEngine, name: str, media: MediaSession, seat: Seat) -> Iterator[Conference]:
        """Somebody is in that room while the block runs. Raises Unavailable when the engine has no room left."""
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Conference(name, engine)
            self._opened.set()
            self._opened = asyncio.Event()
        try:
            room.seat(media, seat)
            yield room
        finally:
            if media in room.members:
                room.leave(media)
            if not room.members:
                del self._rooms[name]
                room.close()
