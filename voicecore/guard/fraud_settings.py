"""What outbound calls may cost and where they may lead. Empty settings allow nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from types import MappingProxyType
from zoneinfo import ZoneInfo

from voicecore.guard.settings import Rate


@dataclass(frozen=True, slots=True)
class Hours:
    """From `opens` to `closes` each day in `zone`; over midnight where it closes before it opens."""

    opens: time
    closes: time
    zone: ZoneInfo

    def contain(self, wall: datetime) -> bool:
        local = wall.astimezone(self.zone).time()
        if self.opens <= self.closes:
            return self.opens <= local < self.closes
        return local >= self.opens or local < self.closes


@dataclass(frozen=True, slots=True)
class Destinations:
    """Denied patterns first, then allowed ones, then the countries of E.164 numbers; what is left is denied."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """ISO 3166 codes, or "001" for numbers of no country (+800, +882 ...)."""
    premium: bool = False
    """Whether premium-rate and shared-cost numbers count as of their country."""


@dataclass(frozen=True, slots=True)
class Limits:
    """For one account, for one flow, or for all together."""

    calls: Rate = field(default_factory=lambda: Rate(1.0, 3.0))
    concurrent: int = 2
    spend: float | None = None
    """Cost units in any 24 hours, counted by the hour; None: not counted."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one payer may do."""

    destinations: Destinations = field(default_factory=Destinations)
    limits: Limits = field(default_factory=Limits)
    hours: Hours | None = None
    """When it may call; None: always."""


def _none() -> Mapping[str, Allowance]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FraudSettings:
    accounts: Allowance = field(default_factory=Allowance)
    """Every account that is not named in `account`."""
    account: Mapping[str, Allowance] = field(default_factory=_none)
    flows: Allowance = field(default_factory=Allowance)
    """Each call flow, for calls that it dials itself."""
    total: Limits = field(default_factory=lambda: Limits(Rate(10.0, 30.0), 100))
    prices: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Cost units a minute by prefix, such as "+49": the longest that fits counts."""
    always: tuple[str, ...] = ()
    """Patterns of numbers that no limit holds up, such as "112"; they still need a payer and a trunk."""
