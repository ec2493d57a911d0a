"""Browser legs whose connection broke: they are kept for a while, and who talks to them hears music."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from voicecore.calls.journal import EventKind, Journal
from voicecore.calls.leg import Leg
from voicecore.calls.leg_facts import LegEnd
from voicecore.calls.party import Party
from voicecore.calls.playout import Playout
from voicecore.errors import Unavailable
from voicecore.ids import LegId
from voicecore.media.events import DisconnectCause
from voicecore.media.sounds import Sound
from voicecore.sip.hop import WEB_SOCKET, Hop
from voicecore.sip.uri import Uri

_Key = TypeVar("_Key")

PATIENCE_S = 10.0
"""A page that is loaded again is back within three."""

MUSIC_AFTER_S = 0.5
"""Who hangs up closes its media first, and a socket may be back at once: neither is worth a bar of music."""

HOPELESS = frozenset({DisconnectCause.NEVER_CONNECTED, DisconnectCause.WRONG_FINGERPRINT})
"""What waiting does not mend."""


class Missing(Enum):
    SIGNALLING = "connection"
    """The WebSocket."""
    MEDIA = "media"
    """The way that ICE found."""


@dataclass(slots=True)
class Absence:
    """What one leg lacks, until when it is waited for, and what its partner hears meanwhile."""

    end: asyncio.TimerHandle
    begin_music: asyncio.TimerHandle
    missing: set[Missing] = field(default_factory=set)
    music: Playout | None = None


class Browsers:
    """Every browser leg that runs. One a process."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        """`patience_s`: how long a leg without its connection is kept."""
        self.music: Callable[[], Sequence[Sound]] = tuple
        """What plays to who talks to a leg that is gone."""
        self._patience_s = patience_s
        self._legs: dict[LegId, tuple[Leg, Journal]] = {}
        self._by_place: dict[str, set[LegId]] = {}
        self._by_party: dict[Party, set[LegId]] = {}
        self._absent: dict[LegId, Absence] = {}

    # -- who is there -----------------------------------------------------------------------------
    def joined(self, leg: Leg, journal: Journal) -> None:
        """A leg began, or goes on in another call or another dialog."""
        if leg.media.access is not None:
            self._legs[leg.id] = leg, journal
            self._by_place.setdefault(leg.identity.remote_address, set()).add(leg.id)
            self._by_party.setdefault(leg.identity.party, set()).add(leg.id)

    def left(self, leg: Leg) -> None:
        """A leg is over, or changes its call or its dialog; it is waited for in the next one."""
        if self._legs.pop(leg.id, None) is None:
            return
        _discard(self._by_place, leg.identity.remote_address, leg.id)
        _discard(self._by_party, leg.identity.party, leg.id)
        if leg.is_over:
            self._end_absence(leg.id)

    def is_waited_for(self, leg: LegId) -> bool:
        return leg in self._absent

    # -- what happens to them ---------------------------------------------------------------------
    def connection_lost(self, hop: Hop) -> None:
        """A WebSocket broke. Who was not answered yet is gone with it."""
        if hop.transport not in WEB_SOCKET:
            return
        for id in tuple(self._by_place.get(str(hop.remote), ())):
            leg, _ = self._legs[id]
            if leg.is_answered:
                self._miss(id, Missing.SIGNALLING)
            else:
                leg.reject(480, "Connection lost")

    def registered(self, party: Party, contact: Uri, hop: Hop) -> None:
        """An account proved itself over a connection: its dialogs of that contact take it from now on."""
        for id in tuple(self._by_party.get(party, ())):
            leg, journal = self._legs[id]
            dialog = leg.signalling.dialog
            if dialog is None or not leg.signalling.sip.follow(dialog, contact, hop):
                continue
            self.left(leg)
            leg.moved(str(hop.remote))
            self.joined(leg, journal)
            self._found(id, Missing.SIGNALLING)

    def replaced(self, leg: Leg) -> None:
        """Another page has the leg now. Its media will tell when it is there."""
        self._found(leg.id, *Missing)

    def media_connected(self, id: LegId) -> None:
        self._found(id, Missing.MEDIA)

    def media_disconnected(self, id: LegId, why: DisconnectCause) -> None:
        entry = self._legs.get(id)
        if entry is None:
            return
        leg, journal = entry
        journal.note(EventKind.CONNECTION, f"leg {id}: media, {why.value}")
        if why in HOPELESS:
            leg.give_up(LegEnd.MEDIA_FAILED)
        elif leg.is_answered:
            self._miss(id, Missing.MEDIA)

    # -- waiting ----------------------------------------------------------------------------------
    def _miss(self, id: LegId, what: Missing) -> None:
        _, journal = self._legs[id]
        absence = self._absent.get(id)
        if absence is None:
            loop = asyncio.get_running_loop()
            absence = self._absent[id] = Absence(
                loop.call_later(self._patience_s, self._give_up, id),
                loop.call_later(MUSIC_AFTER_S, self._console, id),
            )
        if what not in absence.missing:
            absence.missing.add(what)
            journal.note(EventKind.CONNECTION, f"leg {id}: {what.value} lost, waiting {self._patience_s:g} s")

    def _console(self, id: LegId) -> None:
        """Music for who talks to the leg, if anybody does."""
        entry, sounds = self._legs.get(id), self.music()
        if entry is None or (bridge := entry[0].bridge) is None or not sounds:
            return
        other = bridge.other(entry[0])
        if not other.is_over:
            with suppress(Unavailable):  # silence will do
                self._absent[id].music = other.media.play(sounds, repeat=True, in_step=True)

    def _found(self, id: LegId, *what: Missing) -> None:
        absence = self._absent.get(id)
        if absence is None:
            return
        absence.missing.difference_update(what)
        if not absence.missing:
            self._end_absence(id)
            if (entry := self._legs.get(id)) is not None:
                entry[1].note(EventKind.CONNECTION, f"leg {id}: back")

    def _end_absence(self, id: LegId) -> None:
        absence = self._absent.pop(id, None)
        if absence is not None:
            absence.end.cancel()
            absence.begin_music.cancel()
            if absence.music is not None:
                absence.music.stop()

    def _give_up(self, id: LegId) -> None:
        entry = self._legs.get(id)
        self._end_absence(id)
        if entry is not None:
            entry[0].give_up(LegEnd.CONNECTION_LOST)


def _discard(index: dict[_Key, set[LegId]], key: _Key, id: LegId) -> None:
    found = index[key]
    found.discard(id)
    if not found:
        del index[key]
