"""What the guard may be told, as frozen values; the configuration file fills them, and so do tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class Strangers(Enum):
    """What a stranger meets who tries what an account may do (INVITE, REGISTER, SUBSCRIBE ...)."""

    CHALLENGE = "challenge"
    REFUSE = "refuse"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """How the admission table is filled where there is a choice."""

    strangers: Strangers = Strangers.CHALLENGE
    refusal_status: int = 403
    """403 or 404; one for all, so that it tells nothing."""
    strangers_options: bool = False
    """Whether OPTIONS of strangers is answered."""
    loopback_calls: bool = True
    """Whether this machine's own addresses may call every number of the table; else they are strangers."""


@dataclass(frozen=True, slots=True)
class BanSettings:
    """When a source is banned and for how long. Times in seconds."""

    threshold: float = 10.0
    """Evidence that bans."""
    window_s: float = 600.0
    """In which evidence of that size is forgotten again, evenly."""
    first_s: float = 60.0
    growth: float = 4.0
    longest_s: float = 86_400.0
    never: tuple[Network, ...] = LOOPBACK
    """Networks that are never banned nor held to a rate by source; trunks join them while running."""
    most_sources: int = 10_000
    """Suspects remembered, and bans remembered."""

    def duration(self, offence: int) -> float:
        """How long the ban of that offence lasts, the first being 0."""
        duration = self.first_s
        for _ in range(offence):
            duration *= self.growth
            if duration >= self.longest_s:
                break
        return min(duration, self.longest_s)


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_s` on average, `burst` at once."""

    per_s: float
    burst: float


@dataclass(frozen=True, slots=True)
class RateSettings:
    """Requests that start something, outside of dialogs."""

    packets_per_s: int = 1000
    """Datagrams or stream messages of one source, counted before they are parsed."""
    by_method: tuple[tuple[str, Rate], ...] = (
        ("INVITE", Rate(10.0, 30.0)),
        ("REGISTER", Rate(5.0, 15.0)),
    )
    """For each source."""
    other: Rate = Rate(10.0, 30.0)
    """For each source: a method that is not named above."""
    strangers: Rate = Rate(500.0, 1500.0)
    """Of all strangers together."""
    total: Rate = Rate(1500.0, 4500.0)
    """Of all sources and methods together."""
    most_sources: int = 10_000
    retry_after_s: int = 5


@dataclass(frozen=True, slots=True)
class OverloadSettings:
    """Above a limit new calls meet 503; below `relief` of every limit for `calm_s` they are taken again."""

    lateness_s: float = 0.35
    """How long what comes in waits for the event loop, at most. Below T1: nobody sends it again yet."""
    ease: float = 0.5
    """From this share of `lateness_s` on some new calls are refused, and at all of it every one."""
    calls: int = 4000
    transactions: int = 80_000
    """Of peers; each lives 32 s after its answer, so this is about 1,250 calls a second."""
    relief: float = 0.8
    calm_s: float = 2.0
    retry_after_s: int = 5
    spread_s: int = 6
    """Refused peers are told times spread over so many seconds more, not to come back together."""


@dataclass(frozen=True, slots=True)
class GuardSettings:
    policy: PolicySettings = field(default_factory=PolicySettings)
    bans: BanSettings = field(default_factory=BanSettings)
    rates: RateSettings = field(default_factory=RateSettings)
    overload: OverloadSettings = field(default_factory=OverloadSettings)
    public: tuple[str, ...] = ()
    """Numbers, or patterns as in the number table, that anyone may call."""
