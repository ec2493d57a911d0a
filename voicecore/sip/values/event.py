"""Event and Subscription-State (RFC 6665, 8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Self

from voicecore.errors import PeerError
from voicecore.sip.grammar import is_token, parameter, parse_number, parse_value
from voicecore.sip.headers import Headers


@dataclass(frozen=True, slots=True)
class Event:
    """The package that a subscription is of, and what tells two of one package in one dialog apart."""

    package: str
    id: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed."""
        package, parameters = parse_value(text, "Event")
        if not is_token(package):
            raise PeerError("Malformed Event")
        return cls(package, parameter(parameters, "id") or None)

    @classmethod
    def of(cls, headers: Headers) -> Self | None:
        value = headers.get("Event")
        return None if value is None else cls.parse(value)

    def __str__(self) -> str:
        return self.package if self.id is None else f"{self.package};id={self.id}"


class Subscription(Enum):
    ACTIVE = "active"
    PENDING = "pending"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """What the notifier says of a subscription. Times are seconds.

    `reason` says why a terminated one ended: RFC 6665, 4.1.3 names deactivated, probation, rejected, timeout,
    giveup, noresource and invariant; others may come and mean no more than the end.
    """

    state: Subscription
    expires: int | None = None
    reason: str | None = None
    retry_after: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one; PeerError when it is malformed or the state is none of the RFC's."""
        value, parameters = parse_value(text, "Subscription-State")
        try:
            state = Subscription(value.lower())
        except ValueError:
            raise PeerError("Malformed Subscription-State") from None
        expires, retry_after = parameter(parameters, "expires"), parameter(parameters, "retry-after")
        reason = parameter(parameters, "reason")
        return cls(
            state,
            None if expires is None else parse_number(expires, "Subscription-State"),
            reason.lower() if reason else None,
            None if retry_after is None else parse_number(retry_after, "Subscription-State"),
        )

    @classmethod
    def of(cls, headers: Headers) -> Self | None:
        value = headers.get("Subscription-State")
        return None if value is None else cls.parse(value)

    def __str__(self) -> str:
        parts = [self.state.value]
        if self.expires is not None:
            parts.append(f"expires={self.expires}")
        if self.reason is not None:
            parts.append(f"reason={self.reason}")
        if self.retry_after is not None:
            parts.append(f"retry-after={self.retry_after}")
        return ";".join(parts)
