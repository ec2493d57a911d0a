"""Limits of subscriptions and messages."""

from __future__ import annotations

from dataclasses import dataclass

HOUR = 3600


@dataclass(frozen=True, slots=True)
class SubscriptionRules:
    """Times are seconds."""

    min_expires_s: int = 60
    max_expires_s: int = HOUR
    default_expires_s: int = HOUR
    """For a watcher that does not say."""
    max_a_watcher: int = 200
    max_in_all: int = 20_000
    shows_remote: bool = False
    """Whether others than the account itself learn who it talks to."""
    retry_after_s: int = 60
    """What a watcher is told to wait when the table is full."""


@dataclass(frozen=True, slots=True)
class MessageRules:
    max_body: int = 1300
    """Octets (RFC 3428, 8)."""
    content_types: tuple[str, ...] = ("text/plain", "message/cpim", "application/im-iscomposing+xml")
    max_relays: int = 1000
    """Messages that wait for a phone's answer at one time; one more gets 503."""
    patience_s: float = 10.0
    """How long a phone may take before the sender is told 202: accepted, perhaps delivered."""
