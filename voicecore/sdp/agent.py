"""What ICE and DTLS need of the two sides of a browser leg (RFC 8839, 8842, 8122)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from voicecore.sdp.candidate import host_candidates
from voicecore.sdp.line import Line


class Setup(Enum):
    """Who begins the DTLS handshake (RFC 8842, 5.1; RFC 4145, 4)."""

    ACTPASS = "actpass"
    """Either; only in offers."""
    ACTIVE = "active"
    PASSIVE = "passive"


@dataclass(frozen=True, slots=True)
class LocalAgent:
    """Our side: an ICE-lite agent, reached at each of the addresses, the best first (RFC 8445, 2.5)."""

    addresses: tuple[str, ...]
    port: int
    ufrag: str
    password: str = field(repr=False)
    fingerprint: str

    def lines(self, setup: Setup) -> tuple[Line, ...]:
        """What stands under our m-line, all of it of this call only but for the roles."""
        return (
            Line("a", f"ice-ufrag:{self.ufrag}"),
            Line("a", f"ice-pwd:{self.password}"),
            Line("a", f"fingerprint:{self.fingerprint}"),
            Line("a", f"setup:{setup.value}"),
            *(Line("a", f"candidate:{one}") for one in host_candidates(self.addresses, self.port)),
            Line("a", "end-of-candidates"),
        )


@dataclass(frozen=True, slots=True)
class RemoteAgent:
    """The other side. ICE finds its address; its candidates are not looked at."""

    ufrag: str
    password: str = field(repr=False)
    fingerprint: str
    dtls_client: bool
    """We begin the DTLS handshake."""

    def is_restart_of(self, before: RemoteAgent) -> bool:
        """Whether ICE begins anew (RFC 8839, 4.4.1.1.1)."""
        return (self.ufrag, self.password) != (before.ufrag, before.password)
