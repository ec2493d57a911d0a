"""What the API may be told, as frozen values; the configuration file fills them, and so do tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from voicecore.api.access import Role
from voicecore.guard.settings import Rate
from voicecore.sip.hop import Address

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Token:
    """Whoever shows the secret is `name`, with the rights of `role`. The secret itself is not kept."""

    name: str
    role: Role
    digest: bytes = field(repr=False)
    """`digest_of` the secret."""


def digest_of(secret: str) -> bytes:
    """What is kept of a token or a session's cookie. They are random and long: a plain hash tells nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests over a rate get 429. A rate is that of one address, or of one session where there is one."""

    requests: Rate = field(default_factory=lambda: Rate(50.0, 200.0))
    logins: Rate = field(default_factory=lambda: Rate(10 / 60, 10.0))
    """Of one address."""
    phones: Rate = field(default_factory=lambda: Rate(10 / 60, 10.0))
    body: int = 16_384
    """Bytes of a request's body."""
    sessions: int = 1000
    """At a time; one more ends the one that began first."""
    followers: int = 200
    """WebSockets at a time."""
    connections: int = 500
    """Of HTTP, at a time."""


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """A TURN server with a shared secret (coturn: use-auth-secret), for browsers behind hard firewalls."""

    urls: tuple[str, ...]
    secret: str = field(repr=False)
    ttl_s: int = 12 * HOUR


@dataclass(frozen=True, slots=True)
class ApiSettings:
    listen: Address
    tokens: tuple[Token, ...] = ()
    """None: whoever is on this machine may do everything, and nobody else anything."""
    hosts: tuple[str, ...] = ()
    """Names by which browsers reach us beside the address of `listen`, in lower case, without a port."""
    certificate: Path | None = None
    key: Path | None = None
    session_s: int = 12 * HOUR
    phone_ttl_s: int = HOUR
    limits: Limits = field(default_factory=Limits)
    turn: TurnSettings | None = None

    @property
    def scheme(self) -> str:
        return "http" if self.certificate is None else "https"
