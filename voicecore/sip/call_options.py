"""What a call may use of the extensions to SIP, and the option tags that say so (RFC 3261, 8.2.2.3, 20.37)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

RELIABLE = "100rel"
TIMER = "timer"

SUPPORTED = (RELIABLE, TIMER, "replaces", "norefersub", "tdialog")
"""Every option tag that we know, in the order in which Supported lists them."""


class Use(Enum):
    """How much we want an extension."""

    OFF = auto()
    """As if we had never heard of it: a peer that requires it gets 420."""
    SUPPORTED = auto()
    """Ours to offer, the peer's to ask for."""
    REQUIRED = auto()
    """No call without it: a peer that cannot gets 421. Of session timers: asked for, and done without."""


@dataclass(frozen=True, slots=True)
class CallOptions:
    """One call's use of the extensions."""

    reliable: Use = Use.SUPPORTED
    """Provisional responses with an acknowledgement (RFC 3262)."""
    timer: Use = Use.SUPPORTED
    """Session timers (RFC 4028). REQUIRED: we propose one, also to a peer who knows nothing of them."""
    session_expires: int = 1800
    """Seconds between signs of life, where we propose them."""
    max_forwards: int = 70
    """Of a call that passes on another: one less than that one's, so that a loop ends (RFC 7332)."""

    @property
    def option_tags(self) -> tuple[str, ...]:
        """What Supported lists."""
        off = {tag for tag, use in ((RELIABLE, self.reliable), (TIMER, self.timer)) if use is Use.OFF}
        return tuple([tag for tag in SUPPORTED if tag not in off])


DEFAULT = CallOptions()
