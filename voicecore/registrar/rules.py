"""What a site may choose about its registrar."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.errors import UsageError

HOUR = 3600


@dataclass(frozen=True, slots=True)
class RegistrarRules:
    """`domains` are the hosts of our addresses-of-record, in lower case, all of them for the same accounts;
    the first one names them in facts and records. Times are in seconds.
    """

    domains: tuple[str, ...]
    min_expires_s: int = 60
    """A shorter wish is refused with 423; never more than an hour (RFC 3261, 10.3)."""
    max_expires_s: int = 3600
    default_expires_s: int = 3600
    max_contacts: int = 10
    """Bindings of one account; one more crowds out the one that was refreshed longest ago."""
    flow_timer_s: int = 120
    """How often a phone with outbound sends a keep-alive at least (RFC 5626, 5.4)."""

    def __post_init__(self) -> None:
        if not self.domains or self.max_contacts < 1:
            raise UsageError("a registrar has a domain and room for a contact")
        if not 0 < self.min_expires_s <= min(HOUR, self.default_expires_s, self.max_expires_s):
            raise UsageError("min_expires_s is at most an hour, and at most the other two")
        if self.default_expires_s > self.max_expires_s:
            raise UsageError("default_expires_s is at most max_expires_s")
