"""Calls between the phones of a site, and out of it."""

from __future__ import annotations

from voicecore.ivr import Answered, Call, NotReachable


async def connect(call: Call, target: str, ring_time: float = 60.0) -> None:
    """Rings whom the caller dialled and connects them; who is not reached is told so by the phone itself."""
    match await call.dial(target, ring_time=ring_time, as_caller=True):
        case Answered(party):
            await call.answer()
            await call.bridge(party)
        case NotReachable() if target.startswith("phone:"):
            # To a phone 503 would say that we are down (RFC 3261, 21.5.4), and not whom it called.
            await call.hangup(480)
        case outcome:
            await call.hangup(outcome)
