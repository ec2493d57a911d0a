"""What a site may choose about its SIP stack."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.sip.call_options import DEFAULT, CallOptions
from voicecore.sip.hop import Address, Transport
from voicecore.sip.transaction.timing import Timing


@dataclass(frozen=True, slots=True)
class StackSettings:
    """`max_transactions` bounds what peers can make us remember; above it new requests get 503.

    A server transaction lives 64*T1 after its last response, so the bound divided by 64 is about
    the calls a second that it allows (an INVITE and a BYE each, 32 s).
    """

    user_agent: str
    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    max_transactions: int = 100_000
    retry_after: int = 5
    """Seconds that a 503 asks the peer to wait."""
    ring_limit: float = 180.0
    """Seconds that an INVITE of ours may ring before it is cancelled (timer C, RFC 3261, 16.6)."""

    call: CallOptions = DEFAULT
    """What calls may use of the extensions, where the call itself does not say."""
    events: tuple[str, ...] = ()
    """The event packages that somebody may subscribe to here (RFC 6665, 8.2.2)."""
    min_session_expires: int = 90
    """Seconds; a peer that proposes a shorter session interval gets 422 (RFC 4028, 5)."""
    public_address: str | None = None
    """The host that Via and Contact name instead of the one we listen on, as behind a NAT; ports stay."""
    listening: tuple[tuple[Transport, Address], ...] = ()
    """Where we listen, so that a peer who changes the transport is met from there; empty: anywhere."""

    @property
    def timing(self) -> Timing:
        return Timing(self.t1, self.t2, self.t4)
