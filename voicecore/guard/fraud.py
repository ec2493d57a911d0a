"""Whether an outbound call over a trunk may be placed: a function of a snapshot, which no caller passes by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from voicecore.guard.fraud_settings import Allowance, Destinations, FraudSettings, Limits
from voicecore.guard.numbers import Patterns


class PayerKind(Enum):
    ACCOUNT = "account"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Payer:
    """Who answers for a call: an account that proved itself by digest, or a call flow of ours."""

    kind: PayerKind
    name: str


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """A call to a trunk. `number` is E.164 with its plus, or a short number as dialled."""

    payer: Payer | None
    """None: nobody proved anything."""
    trunk: str | None
    """The trunk that the flow or the account's route names; None: none was named."""
    number: str
    wall: datetime
    """With its zone: opening hours are local."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a payer has used up."""

    running: int = 0
    """Calls now."""
    tokens: float = 1.0
    """Calls that may begin now, of the rate's burst."""
    spent: float = 0.0
    """In the last 24 hours, running calls included."""


@dataclass(frozen=True, slots=True)
class FraudPicture:
    payer: Usage
    total: Usage


class Reason(Enum):
    ANONYMOUS = "nobody answers for the call"
    NO_TRUNK = "no trunk was named"
    DESTINATION = "the destination is not allowed"
    HOURS = "outside of the hours"
    RATE = "too many calls a second"
    CONCURRENT = "too many calls at once"
    SPEND = "the money of 24 hours is spent"
    NO_PRICE = "the destination has no price"
    TOTAL_RATE = "too many calls a second in all"
    TOTAL_CONCURRENT = "too many calls at once in all"
    TOTAL_SPEND = "the money of 24 hours is spent in all"

    @property
    def passes(self) -> bool:
        """Whether the same call may be allowed a moment later, with nothing changed by a person."""
        return self in (Reason.RATE, Reason.CONCURRENT, Reason.TOTAL_RATE, Reason.TOTAL_CONCURRENT)


@dataclass(frozen=True, slots=True)
class Allow:
    price: float
    """Cost units a minute."""
    is_counted: bool = True
    """False for numbers that no limit holds up: they are in no books, and no lack of money ends them."""


@dataclass(frozen=True, slots=True)
class Deny:
    reason: Reason


class FraudGate:
    """Built once from the settings; `decide` keeps nothing."""

    def __init__(self, settings: FraudSettings) -> None:
        self.settings = settings
        self._always = Patterns(settings.always)
        self._rules: dict[Destinations, _Rule] = {}

    def decide(self, picture: FraudPicture, request: OutboundRequest) -> Allow | Deny:
        """Whether this call may begin now."""
        payer = request.payer
        if payer is None:
            return Deny(Reason.ANONYMOUS)
        if not request.trunk:
            return Deny(Reason.NO_TRUNK)
        if self._always.match(request.number):
            return Allow(0.0, is_counted=False)
        price, allowance = self._price(request.number), self.allowance(payer)
        reason = self._forbidden(allowance, request) or _exceeded(
            picture, allowance.limits, self.settings.total
        )
        if reason is None and price is None and self._is_spend_counted(allowance):
            reason = Reason.NO_PRICE
        return Allow(price or 0.0) if reason is None else Deny(reason)

    def may_call(self, payer: Payer, number: str) -> bool:
        """Whether the number is one that the payer may call, whatever was used up."""
        return self._always.match(number) or self._rule(self.allowance(payer)).allows(number)

    def allowance(self, payer: Payer) -> Allowance:
        if payer.kind is PayerKind.FLOW:
            return self.settings.flows
        return self.settings.account.get(payer.name, self.settings.accounts)

    def _forbidden(self, allowance: Allowance, request: OutboundRequest) -> Reason | None:
        if not self._rule(allowance).allows(request.number):
            return Reason.DESTINATION
        if allowance.hours is not None and not allowance.hours.contain(request.wall):
            return Reason.HOURS
        return None

    def _rule(self, allowance: Allowance) -> _Rule:
        rule = self._rules.get(allowance.destinations)
        if rule is None:
            rule = self._rules[allowance.destinations] = _Rule(allowance.destinations)
        return rule

    def _price(self, number: str) -> float | None:
        prices = self.settings.prices
        return next(
            (prices[number[:n]] for n in range(min(len(number), 16), 0, -1) if number[:n] in prices), None
        )

    def _is_spend_counted(self, allowance: Allowance) -> bool:
        return allowance.limits.spend is not None or self.settings.total.spend is not None


class _Rule:
    """One `Destinations`, made ready to be asked."""

    def __init__(self, destinations: Destinations) -> None:
        self._destinations = destinations
        self._allow, self._deny = Patterns(destinations.allow), Patterns(destinations.deny)

    def allows(self, number: str) -> bool:
        if self._deny.match(number):
            return False
        return self._allow.match(number) or self._is_of_a_country(number)

    def _is_of_a_country(self, number: str) -> bool:
        wanted = self._destinations
        if not wanted.countries or number[:1] != "+" or not (number[1:].isascii() and number[1:].isdigit()):
            return False
        try:
            parsed = phonenumbers.parse(number)
        except NumberParseException:
            return False
        if not wanted.premium and phonenumbers.number_type(parsed) in _COSTLY:
            return False
        # None for what the numbering plan does not know: +1 alone is no country, and Jamaica is not the USA.
        return phonenumbers.region_code_for_number(parsed) in wanted.countries


_COSTLY = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)


def _exceeded(picture: FraudPicture, limits: Limits, total: Limits) -> Reason | None:
    checks = (
        (picture.payer, limits, (Reason.RATE, Reason.CONCURRENT, Reason.SPEND)),
        (picture.total, total, (Reason.TOTAL_RATE, Reason.TOTAL_CONCURRENT, Reason.TOTAL_SPEND)),
    )
    for usage, limit, (rate, concurrent, spend) in checks:
        if usage.tokens < 1.0:
            return rate
        if usage.running >= limit.concurrent:
            return concurrent
        if limit.spend is not None and usage.spent >= limit.spend:
            return spend
    return None
