"""What a peer may ask within a call beside its end and its change, and what we answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecore.calls.leg import Leg
from voicecore.calls.referral import read_progress
from voicecore.errors import PeerError
from voicecore.sip.cause import Cause
from voicecore.sip.dtmf_info import DTMF, DTMF_RELAY, key_of
from voicecore.sip.headers import Headers
from voicecore.sip.message import Request
from voicecore.sip.values.reason import SIP, Reason


@dataclass(frozen=True, slots=True)
class Reply:
    """A final response. What is not a 2xx is forgotten as soon as it is sent."""

    status: int
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


REFUSED = Reply(403)
"""Nobody is granted what has no rule."""


def take_info(leg: Leg, request: Request) -> Reply:
    """INFO (RFC 6086): a key. One without a body is confirmed, other bodies are not; of packages we take none."""
    if "Info-Package" in request.headers:
        return Reply(469, headers=(("Recv-Info", ""),))  # RFC 6086, 4.2.2 and 5.2.4
    if request.body and request.content_type not in (DTMF_RELAY, DTMF) and not _is_optional(request):
        return Reply(415, headers=(("Accept", f"{DTMF_RELAY}, {DTMF}"),))  # RFC 3261, 8.2.3; RFC 2976, 2.2
    key = key_of(request.content_type, request.body)
    if key is not None:
        leg.media.press(key)
        if leg.bridge is not None:
            leg.bridge.pass_key(leg, key)
    return Reply(200)


def _is_optional(request: Request) -> bool:
    return "handling=optional" in (request.headers.get("Content-Disposition") or "").lower()


def take_notify(leg: Leg, request: Request) -> Reply:
    """NOTIFY: how a transfer goes that we asked for; no other subscription of ours exists (RFC 6665, 4.1.3)."""
    if leg.referral is None:
        return Reply(481)
    leg.referral.take(read_progress(request))
    return Reply(200)


REQUESTS: dict[str, Callable[[Leg, Request], Reply]] = {"INFO": take_info, "NOTIFY": take_notify}


def reply_to(leg: Leg, request: Request) -> Reply:
    """The answer to a request within a call."""
    try:
        take = REQUESTS.get(request.method)
        return REFUSED if take is None else take(leg, request)
    except PeerError as error:
        return Reply(400, error.reason)


def is_completed_elsewhere(headers: Headers) -> bool:
    """Whether a CANCEL says that somebody else took the call: then no phone shows a missed one (RFC 3326, 2)."""
    try:
        return any(one.protocol.upper() == SIP and one.cause == 200 for one in Reason.all_of(headers))
    except PeerError:
        return False


def told_reason(headers: Headers) -> str | None:
    """Why the telephone network ended a call, in its own words (RFC 3326). None: as usual, or not told."""
    try:
        causes = [reason.q850 for reason in Reason.all_of(headers)]
    except PeerError:
        return None
    cause = next((cause for cause in causes if cause is not None), None)
    return None if cause in (None, Cause.NORMAL_CALL_CLEARING) else f"Q.850 {int(cause)} {cause.phrase}"
