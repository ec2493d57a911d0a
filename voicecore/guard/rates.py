"""How many requests a second, of one source and in all, before they cost anything. Token buckets."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from itertools import count
from typing import assert_never

from voicecore.guard.policy import Method, Source
from voicecore.guard.settings import OverloadSettings, Rate, RateSettings
from voicecore.guard.source import SourceKey


@dataclass(frozen=True, slots=True)
class Admit:
    pass


@dataclass(frozen=True, slots=True)
class Drop:
    """Answer nothing: the sender is a stranger, and answers are what it wants."""

    is_own_excess: bool
    """Whether it went over its own rate, and not only all together over theirs."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer 503 with Retry-After (RFC 3261, 21.5.4)."""

    retry_after_s: int


RateDecision = Admit | Drop | Refuse
_ADMIT = Admit()


class TokenBucket:
    """Holds `rate.burst` tokens at most and gains `rate.per_s` a second; each request takes one."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = now

    def take(self, now: float) -> bool:
        self._tokens = min(self._rate.burst, self._tokens + (now - self._at) * self._rate.per_s)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class RateLimits:
    """Asked once for each request that starts something: outside of dialogs, and no retransmission.

    Trunks have limits of their own (`trunks`), and this machine's own load tests come from one address: both are
    held to the total only. Strangers together have a share of it, so that forged sources leave room for trunks and
    phones. A source forgotten for want of space starts with a full bucket; the total still holds.
    """

    def __init__(self, settings: RateSettings, now: float = 0.0) -> None:
        self._settings = settings
        self._rates = {Method.of(name): rate for name, rate in settings.by_method}
        self._buckets: OrderedDict[tuple[SourceKey, Method], TokenBucket] = OrderedDict()
        self._strangers = TokenBucket(settings.strangers, now)
        self._total = TokenBucket(settings.total, now)

    def decide(
        self, method: Method, source: Source, key: SourceKey, now: float, *, is_spared: bool = False
    ) -> RateDecision:
        """`is_spared`: the settings hold this source to no rate of its own."""
        match source:
            case Source.BANNED:
                return Drop(is_own_excess=True)
            case Source.TRUNK | Source.LOCAL:
                is_within_own = True
            case Source.ACCOUNT | Source.GUEST | Source.KNOWN | Source.STRANGER:
                # Asked first: who exceeds his own rate must not use up that of all.
                is_within_own = is_spared or self._bucket(method, key, now).take(now)
            case _:
                assert_never(source)
        if source is Source.STRANGER:
            is_within = is_within_own and self._strangers.take(now) and self._total.take(now)
            return _ADMIT if is_within else Drop(is_own_excess=not is_within_own)
        if is_within_own and self._total.take(now):
            return _ADMIT
        return Refuse(self._settings.retry_after_s)

    def census(self) -> dict[str, int]:
        return {"rates": len(self._buckets)}

    def _bucket(self, method: Method, key: SourceKey, now: float) -> TokenBucket:
        limit = method if method in self._rates else Method.OTHER
        bucket = self._buckets.get((key, limit))
        if bucket is None:
            bucket = TokenBucket(self._rates.get(limit, self._settings.other), now)
            self._buckets[key, limit] = bucket
            if len(self._buckets) > self._settings.most_sources:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end((key, limit))
        return bucket


@dataclass(frozen=True, slots=True)
class Load:
    """How busy we are, as the runner measures it."""

    lateness_s: float
    """How long what comes in waits for the event loop."""
    calls: int
    transactions: int
    engine_admits: bool
    """Whether the media engine takes one more session."""


class Overload:
    """Refuses new calls while the machine is too busy, so that those it has do not notice.

    Asked for requests that start a call; never for what belongs to a call that runs.
    """

    def __init__(self, settings: OverloadSettings) -> None:
        self._settings = settings
        self._calm_since: float | None = None
        self._is_refusing = False
        self._spread = count()
        self._owed = 0.0
        """Refusals, as a share of one, that lateness asked for and that were not given."""

    @property
    def is_refusing(self) -> bool:
        return self._is_refusing

    def decide(self, load: Load, now: float) -> Admit | Refuse:
        settings = self._settings
        if self._is_above(load, 1.0):
            self._is_refusing, self._calm_since = True, None
        elif self._is_refusing and self._is_above(load, settings.relief):
            self._calm_since = None
        elif self._is_refusing:
            if self._calm_since is None:
                self._calm_since = now
            self._is_refusing = now - self._calm_since < settings.calm_s
        if not self._is_refusing and not self._is_excess(load.lateness_s):
            return _ADMIT
        return Refuse(settings.retry_after_s + next(self._spread) % (settings.spread_s + 1))

    def _is_excess(self, lateness_s: float) -> bool:
        """Lateness turns away as large a share of new calls as keeps it below its limit, and so it stays even.

        All or none would let it swing: it shows only a moment later what was let in.
        """
        limit, ease = self._settings.lateness_s, self._settings.lateness_s * self._settings.ease
        self._owed += min(max((lateness_s - ease) / (limit - ease), 0.0), 1.0)
        if self._owed < 1.0:
            return False
        self._owed -= 1.0
        return True

    def _is_above(self, load: Load, share: float) -> bool:
        settings = self._settings
        return (
            not load.engine_admits
            or load.calls >= settings.calls * share
            or load.transactions >= settings.transactions * share
        )
