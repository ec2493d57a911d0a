"""The face of this room: one `Guard` a process, asked before parsing and again when the sender is known."""

from __future__ import annotations

from collections.abc import Iterable

from voicecore.guard.bans import BanFact, BanList
from voicecore.guard.evidence import Evidence
from voicecore.guard.numbers import Patterns
from voicecore.guard.policy import Method, Place, Policy, Reaction, Source
from voicecore.guard.rates import Drop, Load, Overload, RateDecision, RateLimits
from voicecore.guard.settings import GuardSettings, Network
from voicecore.guard.source import is_loopback, source_key
from voicecore.sip.hop import RELIABLE, Hop

_UNPACED = (Source.TRUNK, Source.LOCAL)
"""Held to no rate of their own, wherever they are."""


class Guard:
    """Sequences the parts and owns no rule of its own.

    >>> from voicecore.sip.hop import Address
    >>> guard = Guard(GuardSettings())
    >>> scanner = Hop("TCP", Address("192.0.2.1", 5060), Address("203.0.113.9", 4000))
    >>> guard.note(Evidence.SCANNER, scanner, 0.0)
    >>> guard.admits(scanner, 59.0), guard.admits(scanner, 60.0)
    (False, True)
    """

    def __init__(self, settings: GuardSettings) -> None:
        self.settings = settings
        self.policy = Policy(settings.policy)
        self.bans = BanList(settings.bans)
        self.public = Patterns(settings.public)
        self._rates = RateLimits(settings.rates)
        self._overload = Overload(settings.overload)
        self._second = 0.0
        self._packets: dict[str, int] = {}

    # -- before parsing ---------------------------------------------------------------------------
    def admits(self, hop: Hop, now: float) -> bool:
        """Whether to look at a message at all; where not, there is no answer either."""
        host = hop.remote.host
        if now - self._second >= 1.0 or len(self._packets) > self.settings.rates.most_sources:
            self._second, self._packets = now, {}
        packets = self._packets[host] = self._packets.get(host, 0) + 1
        if packets > self.settings.rates.packets_per_s and not self._may_flood(packets, hop, now):
            return False
        return self.bans.is_empty or not self.bans.is_banned(source_key(host), now)

    def _may_flood(self, packets: int, hop: Hop, now: float) -> bool:
        if self.bans.is_protected(hop.remote.host):
            self._packets[hop.remote.host] = 0
            return True
        if packets == self.settings.rates.packets_per_s + 1:
            self.note(Evidence.FLOOD, hop, now)
        return False

    # -- when the message is read -----------------------------------------------------------------
    def classify(
        self, hop: Hop, now: float, *, trunk: bool = False, account: bool = False, registered: bool = False
    ) -> Source:
        """What the sender is, from what its owner found out.

        `trunk`: it is a configured trunk. `account`: it proved an account by digest. `registered`: an account's
        Contact is bound to exactly this transport, address and port.
        """
        host = hop.remote.host
        if self.bans.is_banned(source_key(host), now):
            return Source.BANNED
        if trunk:
            return Source.TRUNK
        if account:
            return Source.ACCOUNT
        if registered:
            return Source.KNOWN
        if self.settings.policy.loopback_calls and is_loopback(host):
            return Source.LOCAL
        return Source.STRANGER

    def place(self, dialled: str, *, within: bool) -> Place:
        """Where a request stands; `dialled` is the user of its Request-URI."""
        if within:
            return Place.WITHIN
        return Place.PUBLIC if self.public.match(dialled) else Place.OUTSIDE

    def decide(self, method: str, source: Source, place: Place) -> Reaction:
        return self.policy.decide(Method.of(method), source, place)

    def paces(self, method: str, source: Source, hop: Hop, now: float) -> RateDecision:
        """Whether one more request outside of dialogs keeps to the rates; a stranger's excess is noted."""
        host = hop.remote.host
        is_spared = source not in _UNPACED and self.bans.is_protected(host)
        decision = self._rates.decide(Method.of(method), source, source_key(host), now, is_spared=is_spared)
        if isinstance(decision, Drop) and decision.is_own_excess and source is Source.STRANGER:
            self.note(Evidence.FLOOD, hop, now)
        return decision

    def bears(self, load: Load, now: float) -> RateDecision:
        """Whether the machine takes one more call."""
        return self._overload.decide(load, now)

    # -- what was found out -----------------------------------------------------------------------
    def note(
        self,
        evidence: Evidence,
        hop: Hop,
        now: float,
        *,
        answered_nonce: bool = False,
        registered: bool = False,
    ) -> None:
        """One more thing against the sender.

        `answered_nonce`: it used a nonce that we gave to this very address, so it receives there. `registered`: an
        account's Contact is at this address; then only what surely comes from there counts, since a forged source
        must not shut a phone out.
        """
        reached = answered_nonce or hop.transport in RELIABLE
        if registered and not reached:
            return
        self.bans.note(evidence, hop.remote.host, now, reached=reached)

    def take_back(self, evidence: Evidence, hop: Hop) -> None:
        """The sender explained what was noted against it."""
        self.bans.take_back(evidence, hop.remote.host, reached=hop.transport in RELIABLE)

    def protect(self, trunks: Iterable[Network]) -> None:
        """The addresses of all trunks as they are now; they are never banned."""
        self.bans.protect(trunks)

    def handle_timer(self, now: float) -> None:
        self.bans.handle_timer(now)

    def next_timer(self) -> float | None:
        return self.bans.next_timer()

    def poll(self) -> list[BanFact]:
        return self.bans.poll()

    def census(self) -> dict[str, int]:
        """What is remembered, by kind: all of it bounded by the settings."""
        return {**self.bans.census(), **self._rates.census(), "packet_counts": len(self._packets)}
