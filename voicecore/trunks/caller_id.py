"""Who calls: what we show a carrier, and what we believe of one (RFC 3261, 8.1.1.3; RFC 3323; RFC 3325)."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.errors import PeerError
from voicecore.sip.headers import Field
from voicecore.sip.message import Request
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.sip.values.identity import asserted_identities_of, hides_caller, privacy_of
from voicecore.trunks.number import normalised, written
from voicecore.trunks.pattern import fits_any
from voicecore.trunks.trunk import IdentityHeader, NumberRules, Outgoing

ANONYMOUS = NameAddr("Anonymous", Uri("sip", "anonymous", host="anonymous.invalid"))
"""RFC 3323, 4.1.1.3."""


@dataclass(frozen=True, slots=True)
class CallerId:
    """Who is to be shown: a number of ours (+E.164), a name, and whether to hide both."""

    number: str | None = None
    name: str = ""
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class ShownIdentity:
    """From and the header fields that go with it."""

    from_: NameAddr
    headers: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls us. `number` None: withheld, or no number at all. `asserted`: a trusted carrier vouches for it."""

    number: str | None
    name: str = ""
    private: bool = False
    asserted: bool = False


def shown(wish: CallerId, outgoing: Outgoing) -> ShownIdentity:
    """What a call with this wish carries. A number that the rules do not allow is never shown to anybody."""
    rules = outgoing.caller_id
    allowed = wish.number is not None and fits_any(rules.allowed, wish.number)
    number = wish.number if allowed else rules.default
    user = None if number is None else written(number, outgoing.numbers)
    identity = NameAddr(
        wish.name if allowed and rules.names else "", Uri("sip", user, host=outgoing.from_domain)
    )
    hidden = wish.anonymous or rules.anonymous
    headers: list[Field] = [("Privacy", "id")] if hidden else []
    if user is not None:
        headers += _asserted(identity, rules.header, rules.trusted, hidden)
    return ShownIdentity(ANONYMOUS if hidden else identity, tuple(headers))


def caller_of(request: Request, rules: NumberRules, *, trusted: bool) -> Caller:
    """Who sent an INVITE that came by a trunk. P-Asserted-Identity counts only where the trunk is trusted."""
    asserted = _identity(request) if trusted else None
    shown_as = asserted or request.from_
    user = _user(shown_as.uri)
    private = _is_private(request)
    withheld = user in ("", "anonymous") or shown_as.uri.host == "anonymous.invalid"
    return Caller(
        None if withheld else normalised(user, rules),
        "" if withheld else shown_as.display,
        private or withheld,
        asserted is not None,
    )


def _asserted(identity: NameAddr, header: IdentityHeader, trusted: bool, hidden: bool) -> list[Field]:
    match header:
        case IdentityHeader.FROM:
            return []
        case IdentityHeader.ASSERTED:
            # RFC 3325, 7: what is to stay private does not leave the trust domain.
            return [("P-Asserted-Identity", str(identity))] if trusted or not hidden else []
        case IdentityHeader.PREFERRED:
            return [("P-Preferred-Identity", str(identity))]


def _identity(request: Request) -> NameAddr | None:
    """The first asserted identity that is a SIP address or a telephone number; none where they cannot be read."""
    try:
        found = asserted_identities_of(request.headers)
    except PeerError:
        return None
    return next((one for one in found if one.uri.is_sip or one.uri.scheme == "tel"), None)


def _is_private(request: Request) -> bool:
    """A wish that cannot be read is taken for one."""
    try:
        return hides_caller(privacy_of(request.headers))
    except PeerError:
        return True


def _user(uri: Uri) -> str:
    return uri.dialled.partition(";")[0] if uri.is_sip else uri.opaque.partition(";")[0]
