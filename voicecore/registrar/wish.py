"""What the Contacts of a REGISTER ask for (RFC 3261, 10.2 and 10.3; RFC 5626, 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from voicecore.errors import PeerError
from voicecore.registrar.gruu import ISSUED
from voicecore.registrar.rules import HOUR, RegistrarRules
from voicecore.sip.grammar import parse_q, unquote
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr

MAX_CONTACT = 1024
"""Characters of one Contact."""
_MAX_REG_ID = 2**31 - 1
_seconds = re.compile("[0-9]{1,10}").fullmatch


@dataclass(frozen=True, slots=True)
class Wish:
    """One Contact. `expires` is what it gets, in seconds; 0: the binding shall go."""

    contact: NameAddr
    expires: int
    q: float = 1.0
    instance: str | None = None
    reg_id: int | None = None


class Everything(Enum):
    """The contact `*`."""

    GONE = "*"


Wishes = tuple[Wish, ...] | Everything


class IntervalTooBrief(PeerError):
    """423: the answer carries Min-Expires."""

    def __init__(self) -> None:
        super().__init__("Interval Too Brief", 423)


def read_wishes(request: Request, rules: RegistrarRules) -> Wishes:
    """Empty when the phone only asks what is bound. Raises PeerError with the status to answer."""
    values = request.headers.all("Contact")
    header = request.headers.get("Expires")
    if "*" in values:
        # RFC 3261, 10.3, 6: alone, and with an Expires of zero.
        if len(values) > 1 or header is None or _read_seconds(header) != 0:
            raise PeerError("Bad Wildcard Contact")
        return Everything.GONE
    if len(values) > rules.max_contacts:
        raise PeerError("Too Many Contacts", 403)
    wishes = tuple([_read_wish(value, header, rules) for value in values])
    flows = [wish for wish in wishes if wish.reg_id is not None]
    if len([flow for flow in flows if flow.expires]) > 1:
        raise PeerError("More Than One reg-id")
    return wishes


def _read_wish(value: str, header: str | None, rules: RegistrarRules) -> Wish:
    if len(value) > MAX_CONTACT:
        raise PeerError("Contact Too Long")
    contact = NameAddr.parse(value)
    if not contact.uri.is_sip:
        raise PeerError("Contact Is No SIP URI")
    instance = unquote(contact.parameter("+sip.instance") or "") or None
    reg_id = _read_reg_id(contact) if instance else None
    wanted = contact.parameter("expires")
    return Wish(
        contact.without_parameters("expires", *ISSUED),
        _granted(header if wanted is None else wanted, rules),
        _read_q(contact.parameter("q")),
        instance,
        reg_id,
    )


def _granted(wanted: str | None, rules: RegistrarRules) -> int:
    seconds = rules.default_expires_s if wanted is None else _read_seconds(wanted)
    # RFC 3261, 20.10: what is malformed counts as 3600. 10.3, 7: an hour or more is never too brief.
    seconds = HOUR if seconds is None else seconds
    if 0 < seconds < min(rules.min_expires_s, HOUR):
        raise IntervalTooBrief
    return min(seconds, rules.max_expires_s)


def _read_seconds(text: str) -> int | None:
    return int(text) if _seconds(text) else None


def _read_q(text: str | None) -> float:
    q = None if text is None else parse_q(text)
    return 1.0 if q is None else q


def _read_reg_id(contact: NameAddr) -> int | None:
    # RFC 5626, 6: without an instance it is ignored; zero is outside of its range (4.2).
    seconds = _read_seconds(contact.parameter("reg-id") or "")
    return seconds if seconds and seconds <= _MAX_REG_ID else None
