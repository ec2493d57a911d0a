"""What outbound calls have used up, by payer and in all; says when running calls have spent what there was."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from voicecore.errors import UsageError
from voicecore.guard.fraud import (
    Allow,
    Deny,
    FraudGate,
    FraudPicture,
    OutboundRequest,
    Payer,
    Reason,
    Usage,
)
from voicecore.guard.fraud_settings import FraudSettings, Limits
from voicecore.guard.settings import Rate
from voicecore.ids import LegId
from voicecore.sip.agenda import Agenda

HOUR_S, HOURS = 3600.0, 24
ALARM_EVERY_S = 60.0
"""One alarm for each payer and reason in that time: an attack is told once, not a thousand times."""


@dataclass(frozen=True, slots=True)
class CallDenied:
    """An alarm: somebody was kept from calling."""

    payer: Payer | None
    reason: Reason
    number: str


@dataclass(frozen=True, slots=True)
class SpendReached:
    """The money is gone while these legs run: hang them up. `payer` None: that of all together."""

    payer: Payer | None
    legs: tuple[LegId, ...]


FraudFact = CallDenied | SpendReached


@dataclass(slots=True)
class _Leg:
    payer: Payer
    per_s: float
    is_answered: bool = False


class _Meter:
    """One payer's use: calls that run, tokens, and money by the hour it was spent in."""

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = now
        self._hours: deque[list[float]] = deque()
        self._per_s = 0.0
        self.legs: dict[LegId, None] = {}

    def usage(self, now: float) -> Usage:
        self._advance(now)
        return Usage(len(self.legs), self._tokens, self._spent())

    def begin(self, leg: LegId, now: float) -> None:
        self._advance(now)
        self._tokens = max(0.0, self._tokens - 1.0)
        self.legs[leg] = None

    def charge(self, per_s: float, now: float) -> None:
        """From now on so much more (or less) is spent each second."""
        self._advance(now)
        self._per_s += per_s

    def end(self, leg: LegId) -> None:
        self.legs.pop(leg, None)
        if not self.legs:
            self._per_s = 0.0  # what rounding left over

    def exhaustion(self, spend: float, now: float) -> float | None:
        """When it will be spent at this pace; hours that will be forgotten until then are still counted."""
        self._advance(now)
        if self._per_s <= 0.0:
            return None
        return now + max(0.0, spend - self._spent()) / self._per_s

    def _spent(self) -> float:
        return sum(amount for _, amount in self._hours)

    def _advance(self, now: float) -> None:
        elapsed = max(0.0, now - self._at)
        self._tokens = min(self._rate.burst, self._tokens + elapsed * self._rate.per_s)
        hour = now // HOUR_S
        if elapsed and self._per_s:
            if not self._hours or self._hours[-1][0] != hour:
                self._hours.append([hour, 0.0])
            self._hours[-1][1] += elapsed * self._per_s
        while self._hours and self._hours[0][0] <= hour - HOURS:
            self._hours.popleft()
        self._at = max(self._at, now)


class Ledger:
    """Asks the gate for each outbound call, and keeps the books of those it allowed.

    Its memory is one meter a payer, and payers are accounts and flows of the configuration.
    """

    def __init__(self, settings: FraudSettings, now: float = 0.0) -> None:
        self._gate = FraudGate(settings)
        self._settings = settings
        self._meters: dict[Payer, _Meter] = {}
        self._total = _Meter(settings.total.calls, now)
        self._legs: dict[LegId, _Leg] = {}
        self._agenda: Agenda[Payer | None] = Agenda()
        self._alarmed: dict[tuple[Payer | None, Reason], float] = {}
        self._facts: list[FraudFact] = []

    def begin(self, leg: LegId, request: OutboundRequest, now: float) -> Allow | Deny:
        """Whether the leg may be dialled; if so it counts from now until `end`."""
        if leg in self._legs:
            raise UsageError("a leg that has begun already")
        payer = request.payer
        if payer is None:
            return self._denied(Deny(Reason.ANONYMOUS), request, now)
        picture = FraudPicture(self._meter(payer, now).usage(now), self._total.usage(now))
        decision = self._gate.decide(picture, request)
        if isinstance(decision, Deny):
            return self._denied(decision, request, now)
        if not decision.is_counted:
            return decision
        self._legs[leg] = _Leg(payer, decision.price / 60.0)
        for meter in (self._meter(payer, now), self._total):
            meter.begin(leg, now)
        return decision

    def may_call(self, payer: Payer, number: str) -> bool:
        """Whether the number is one that the payer may call, whatever was used up."""
        return self._gate.may_call(payer, number)

    def answered(self, leg: LegId, now: float) -> None:
        """It costs money from now on. Unknown and answered legs are left as they are."""
        entry = self._legs.get(leg)
        if entry is not None and not entry.is_answered:
            entry.is_answered = True
            self._charge(entry, entry.per_s, now)

    def end(self, leg: LegId, now: float) -> None:
        """The leg is over. Unknown legs are left as they are."""
        entry = self._legs.pop(leg, None)
        if entry is None:
            return
        if entry.is_answered:
            self._charge(entry, -entry.per_s, now)
        for meter in (self._meter(entry.payer, now), self._total):
            meter.end(leg)
        self._arm(entry.payer, now)

    def usage(self, payer: Payer | None, now: float) -> Usage:
        """What a payer, or None: all together, has used up."""
        return (self._total if payer is None else self._meter(payer, now)).usage(now)

    def handle_timer(self, now: float) -> None:
        for payer in list(self._agenda.due(now)):
            meter, limits = self._books(payer, now)
            if limits.spend is not None and meter.usage(now).spent >= limits.spend * (1 - 1e-9):
                self._facts.append(SpendReached(payer, tuple(meter.legs)))
            else:
                self._agenda.arm(payer, meter.exhaustion(limits.spend or 0.0, now))

    def next_timer(self) -> float | None:
        return self._agenda.next_timer()

    def poll(self) -> list[FraudFact]:
        facts, self._facts = self._facts, []
        return facts

    def census(self) -> dict[str, int]:
        return {"payers": len(self._meters), "outbound_legs": len(self._legs)}

    def _charge(self, entry: _Leg, per_s: float, now: float) -> None:
        for meter in (self._meter(entry.payer, now), self._total):
            meter.charge(per_s, now)
        self._arm(entry.payer, now)

    def _arm(self, payer: Payer, now: float) -> None:
        for books in (payer, None):
            meter, limits = self._books(books, now)
            if limits.spend is not None:
                self._agenda.arm(books, meter.exhaustion(limits.spend, now))

    def _books(self, payer: Payer | None, now: float) -> tuple[_Meter, Limits]:
        if payer is None:
            return self._total, self._settings.total
        return self._meter(payer, now), self._gate.allowance(payer).limits

    def _meter(self, payer: Payer, now: float) -> _Meter:
        meter = self._meters.get(payer)
        if meter is None:
            meter = self._meters[payer] = _Meter(self._gate.allowance(payer).limits.calls, now)
        return meter

    def _denied(self, decision: Deny, request: OutboundRequest, now: float) -> Deny:
        key = (request.payer, decision.reason)
        if now - self._alarmed.get(key, -ALARM_EVERY_S) >= ALARM_EVERY_S:
            self._alarmed[key] = now
            self._facts.append(CallDenied(request.payer, decision.reason, request.number))
        return decision
