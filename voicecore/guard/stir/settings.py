"""What is verified and what is signed. Off unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class StirMode(Enum):
    OFF = "off"
    VERIFY = "verify"
    """Every call is taken, and says what its identity is worth."""
    REQUIRE = "require"
    """A call without a valid identity is refused as RFC 8224, 6.2.2 says."""


class Revocation(Enum):
    OFF = "off"
    SOFT = "soft"
    """A certificate that is revoked is refused; one whose list cannot be had is not."""
    HARD = "hard"
    """Nor is one whose list cannot be had taken."""


@dataclass(frozen=True, slots=True)
class SigningSettings:
    key: Path
    """An EC P-256 private key, PEM."""
    certificate_url: str
    """Where verifiers fetch its certificate: https."""
    own_numbers: tuple[str, ...] = ()
    """Patterns of E.164 numbers that are ours: calls that show one are attested in full."""


@dataclass(frozen=True, slots=True)
class StirSettings:
    mode: StirMode = StirMode.OFF
    anchors: Path | None = None
    """PEM file of the authorities that are trusted; needed unless the mode is off."""
    signing: SigningSettings | None = None
    revocation: Revocation = Revocation.SOFT
    revocation_list: Path | None = None
    """In place of the lists that certificates name: PEM or DER."""
