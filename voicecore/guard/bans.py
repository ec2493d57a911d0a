"""Which sources are banned, and until when. Memory is bounded; nothing is written to disk."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from voicecore.guard.evidence import UNREACHED, WEIGHTS, Evidence
from voicecore.guard.settings import BanSettings, Network
from voicecore.guard.source import SourceKey, is_within, source_key

COMPARED = 8
"""Of the suspects longest silent, so many are compared, and the one with the least evidence is forgotten."""


@dataclass(frozen=True, slots=True)
class Banned:
    source: SourceKey
    until: float
    why: Evidence
    """What tipped the scale."""


@dataclass(frozen=True, slots=True)
class Unbanned:
    source: SourceKey


BanFact = Banned | Unbanned


@dataclass(slots=True)
class _Suspect:
    score: float
    at: float
    offences: int = 0
    """Bans that were earned with proved evidence; each makes the next one longer."""


class BanList:
    """Evidence by source adds up, leaks away evenly, and bans when it reaches the threshold.

    A source address over UDP can be forged, so evidence counts in full only when its sender is known to receive
    at that address. What is left counts a fifth, no single message of it can ban, and a ban by it never grows.
    """

    def __init__(self, settings: BanSettings) -> None:
        self._settings = settings
        self._never = settings.never
        self._trunks: tuple[Network, ...] = ()
        self._suspects: OrderedDict[SourceKey, _Suspect] = OrderedDict()
        self._until: dict[SourceKey, float] = {}
        self._ends: list[tuple[float, SourceKey]] = []
        self._facts: list[BanFact] = []

    @property
    def is_empty(self) -> bool:
        return not self._until

    def is_banned(self, source: SourceKey, now: float) -> bool:
        return self._until.get(source, 0.0) > now

    def bans(self) -> tuple[tuple[SourceKey, float], ...]:
        """Every banned source and until when, the longest first."""
        return tuple(sorted(self._until.items(), key=lambda ban: -ban[1]))

    def is_protected(self, host: str) -> bool:
        """Whether the address may not be banned: a trunk, or on the configured list."""
        return is_within(host, self._never) or is_within(host, self._trunks)

    def protect(self, trunks: Iterable[Network]) -> None:
        """The trunks' networks as they are now; those of earlier calls no longer count. Ends bans of theirs."""
        self._trunks = tuple(trunks)
        for source in [key for key in self._until if self.is_protected(key.partition("/")[0])]:
            self._end(source)

    def note(self, evidence: Evidence, host: str, now: float, *, reached: bool) -> None:
        """One more thing against the source. `reached`: its sender surely receives at that address."""
        source = source_key(host)
        if self.is_banned(source, now) or self.is_protected(host):
            return
        suspect = self._suspects.setdefault(source, _Suspect(0.0, now))
        self._suspects.move_to_end(source)
        self._leak(suspect, now)
        threshold, weight = self._settings.threshold, WEIGHTS[evidence]
        # Half the threshold at most: whatever the settings are, one forged packet bans nobody.
        suspect.score += weight if reached else min(weight * UNREACHED, threshold / 2)
        if suspect.score >= threshold:
            self._ban(source, suspect, evidence, now, grows=reached)
        self._shrink()

    def take_back(self, evidence: Evidence, host: str, *, reached: bool) -> None:
        """A thing that spoke against the source has explained itself."""
        suspect = self._suspects.get(source_key(host))
        if suspect is not None:
            suspect.score = max(0.0, suspect.score - WEIGHTS[evidence] * (1.0 if reached else UNREACHED))

    def unban(self, host: str) -> None:
        """An operator's wish: the source starts anew, with nothing against it."""
        source = source_key(host)
        self._suspects.pop(source, None)
        self._end(source)

    def handle_timer(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            until, source = heapq.heappop(self._ends)
            if self._until.get(source) == until:
                self._end(source)

    def next_timer(self) -> float | None:
        while self._ends and self._until.get(self._ends[0][1]) != self._ends[0][0]:
            heapq.heappop(self._ends)
        return self._ends[0][0] if self._ends else None

    def poll(self) -> list[BanFact]:
        facts, self._facts = self._facts, []
        return facts

    def census(self) -> dict[str, int]:
        return {"suspects": len(self._suspects), "bans": len(self._until)}

    def _leak(self, suspect: _Suspect, now: float) -> None:
        # A ban that an operator or a trunk cut short leaves a time that is yet to come.
        settings, elapsed = self._settings, max(0.0, now - suspect.at)
        suspect.score = max(0.0, suspect.score - elapsed * settings.threshold / settings.window_s)
        if elapsed > settings.longest_s:
            suspect.offences = 0
        suspect.at = now

    def _ban(self, source: SourceKey, suspect: _Suspect, why: Evidence, now: float, *, grows: bool) -> None:
        until = now + self._settings.duration(suspect.offences if grows else 0)
        suspect.offences += grows
        suspect.score, suspect.at = 0.0, until
        if len(self._until) >= self._settings.most_sources:
            soonest = self.next_timer()
            if soonest is None or soonest >= until:
                return
            self._end(self._ends[0][1])
        self._until[source] = until
        heapq.heappush(self._ends, (until, source))
        if len(self._ends) > 2 * self._settings.most_sources:
            self._ends = [(end, key) for key, end in self._until.items()]
            heapq.heapify(self._ends)
        self._facts.append(Banned(source, until, why))

    def _end(self, source: SourceKey) -> None:
        if self._until.pop(source, None) is not None:
            self._facts.append(Unbanned(source))

    def _shrink(self) -> None:
        if len(self._suspects) <= self._settings.most_sources:
            return
        oldest = islice(self._suspects.items(), COMPARED)
        least = min(oldest, key=lambda entry: (entry[1].offences, entry[1].score))[0]
        del self._suspects[least]
