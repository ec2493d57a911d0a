"""Who hears a leg, and who must not: while its peer presses something secret, nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from voicecore.ids import ConferenceId, LegId
from voicecore.media.engine import MediaEngine, Voice

KEY_TAIL = 0.25
"""Seconds after the end of a key in which its sound may still come, as through a jitter buffer."""


class _Membership(NamedTuple):
    conference: ConferenceId
    muted: bool
    deaf: bool
    gain_db: float


class Audibility:
    """One leg's part in who hears whom. What is asked of it while it is secret counts after that.

    Secrecy holds for audio, which may carry keys as tones, and for keys that are relayed; an echo to the peer itself
    stays. Its end waits until the last key has sounded.
    """

    def __init__(self, engine: MediaEngine, leg: LegId) -> None:
        self.leg = leg
        self._engine = engine
        self._sources: list[tuple[Audibility, float]] = []
        self._hearers: set[Audibility] = set()
        self._relays: set[Audibility] = set()
        """To whom keys are relayed."""
        self._membership: _Membership | None = None
        self._is_closed = False
        self._secrets = 0
        """Blocks that want secrecy."""
        self._key_is_down = False
        self._quiet_at = 0.0
        """When the sound of the last key is over for certain, by the loop's clock."""
        self._ending: asyncio.TimerHandle | None = None
        self._is_secret = False

    @property
    def is_secret(self) -> bool:
        return self._is_secret

    # -- who hears whom -------------------------------------------------------------------------
    def hear(self, sources: Sequence[tuple[Audibility, float]]) -> None:
        for source, _ in self._sources:
            source._hearers.discard(self)
        self._sources = list(sources)
        for source, _ in self._sources:
            source._hearers.add(self)
        self._tell_sources()

    def join(self, conference: ConferenceId, muted: bool, deaf: bool, gain_db: float) -> None:
        self._membership = _Membership(conference, muted, deaf, gain_db)
        self._tell_membership()

    def leave(self) -> None:
        self._membership = None
        self._engine.leave(self.leg)

    def relay_keys_to(self, other: Audibility, on: bool) -> None:
        (self._relays.add if on else self._relays.discard)(other)
        self._engine.relay_digits(self.leg, other.leg, on and not self._is_secret)

    def close(self) -> None:
        """The leg is gone: nothing is told of it any more."""
        self._is_closed = True
        if self._ending is not None:
            self._ending.cancel()
        for source, _ in self._sources:
            source._hearers.discard(self)
        for hearer in self._hearers:
            hearer._sources = [(source, gain) for source, gain in hearer._sources if source is not self]
        self._sources, self._membership = [], None
        self._hearers.clear()
        self._relays.clear()

    # -- secrets --------------------------------------------------------------------------------
    def begin_secret(self) -> None:
        """Nobody hears the peer, or gets its keys, until `end_secret` was called as often."""
        self._secrets += 1
        self._set(True)

    def end_secret(self) -> None:
        self._secrets -= 1
        self._settle()

    def key_began(self) -> None:
        self._key_is_down = True

    def key_ended(self) -> None:
        self._key_is_down = False
        self._quiet_at = asyncio.get_running_loop().time() + KEY_TAIL
        self._settle()

    def _settle(self) -> None:
        """Ends the secrecy, at once or when the last key has sounded."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if self._secrets or self._key_is_down or not self._is_secret or self._is_closed:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < self._quiet_at:
            self._ending = loop.call_at(self._quiet_at, self._settle)
        else:
            self._set(False)

    def _set(self, on: bool) -> None:
        if on == self._is_secret or self._is_closed:
            return
        self._is_secret = on
        self._tell_membership()
        for hearer in self._hearers:
            hearer._tell_sources()
        for other in self._relays:
            if not other._is_closed:
                self._engine.relay_digits(self.leg, other.leg, not on)

    def _tell_sources(self) -> None:
        if not self._is_closed:
            audible = [one for one in self._sources if one[0] is self or not one[0]._is_secret]
            self._engine.hear(self.leg, [Voice(source.leg, gain_db) for source, gain_db in audible])

    def _tell_membership(self) -> None:
        if self._membership is not None:
            conference, muted, deaf, gain_db = self._membership
            muted = muted or self._is_secret
            self._engine.join(self.leg, conference, muted=muted, deaf=deaf, gain_db=gain_db)
