"""What a peer may ask beside the call itself, and what we answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecore.calls.leg import Leg
from voicecore.errors import PeerError
from voicecore.sip.dtmf_info import key_of
from voicecore.sip.message import Request


@dataclass(frozen=True, slots=True)
class Reply:
    """A final response. What is not a 2xx is forgotten as soon as it is sent."""

    status: int
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def refuse(leg: Leg | None, request: Request) -> Reply:
    """Nobody is granted what has no rule."""
    return Reply(403)


def take_info(leg: Leg | None, request: Request) -> Reply:
    """INFO within a call (RFC 6086): a key. Other bodies are confirmed and ignored, as RFC 2976 had it."""
    if leg is None:
        return Reply(403)
    try:
        key = key_of(request.content_type, request.body)
    except PeerError as error:
        return Reply(400, error.reason)
    if key is not None:
        leg.media.press(key)
    return Reply(200)


REQUESTS: dict[str, Callable[[Leg | None, Request], Reply]] = {"INFO": take_info}
