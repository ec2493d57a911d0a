"""Reads what a registrar's answer says about time (RFC 3261, 10.2.4, 20.19, 20.23 and 20.33). Never raises."""

from __future__ import annotations

from voicecore.errors import PeerError
from voicecore.sip.hop import Address
from voicecore.sip.message import Response
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.values.retry_after import RetryAfter

MOST_S = 86_400 * 365


def granted_s(response: Response, contact_user: str, local: Address | None, asked: int) -> int:
    """Seconds for which the binding holds; 0: our Contact is not in the answer.

    Of several Contacts of our user those at `local` count, else all of them: the shortest time is the safe one.
    Without an `expires` of its own a Contact has the answer's Expires, without either what was asked for.
    """
    ours = [one for one in _contacts(response) if (one.uri.user or "") == contact_user]
    if local is not None:
        ours = [one for one in ours if _is_at(one, local)] or ours
    overall = _seconds(response.headers.get("Expires"))
    default = asked if overall is None else overall
    times = [_seconds(one.parameter("expires")) for one in ours]
    return min((default if time is None else time for time in times), default=0)


def min_expires_s(response: Response) -> int:
    """The Min-Expires of a 423; 0 where there is none that can be read."""
    return _seconds(response.headers.get("Min-Expires")) or 0


def retry_after_s(response: Response | None) -> float:
    """The Retry-After; 0 where there is none that can be read."""
    try:
        wanted = None if response is None else RetryAfter.of(response.headers)
    except PeerError:
        return 0.0
    return 0.0 if wanted is None else float(min(wanted.seconds, MOST_S))


def _contacts(response: Response) -> list[NameAddr]:
    try:
        return [*response.contacts]
    except PeerError:
        return []


def _is_at(contact: NameAddr, local: Address) -> bool:
    return contact.uri.host == local.host and (contact.uri.port or 5060) == local.port


def _seconds(text: str | None) -> int | None:
    text = (text or "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        return None
    return min(int(text), MOST_S)
