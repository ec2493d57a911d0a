"""Whose fault it was: the peer's, our own caller's, or the machine's. Every room raises only these."""

from __future__ import annotations

from dataclasses import dataclass


class VoicecoreError(Exception):
    """The root of everything that VoiceCore raises on purpose."""


class PeerError(VoicecoreError):
    """The other side broke the rules. Answer with `status` and `reason`, log once, carry on.

    `status` is the SIP status code to answer with (RFC 3261, section 21).
    """

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class UsageError(VoicecoreError):
    """Our own code asked for something that the state does not allow: a bug, never caught to carry on."""


class Unavailable(VoicecoreError):
    """A socket, the database, the engine or a synthesiser cannot do it now; it may pass."""


class PortsExhausted(Unavailable):
    """Every RTP port pair of the configured range is in use."""


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One thing that is wrong in a configuration file, and what to do about it."""

    file: str
    line: int | None
    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.problem}. {self.remedy}"


class ConfigError(VoicecoreError):
    """The configuration is wrong; nothing was started. `faults` holds at least one entry."""

    def __init__(self, *faults: ConfigFault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults
