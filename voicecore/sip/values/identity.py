"""P-Asserted-Identity, P-Preferred-Identity and Privacy (RFC 3325, 9; RFC 3323, 4.2). Who is trusted: not here."""

from __future__ import annotations

from voicecore.errors import PeerError
from voicecore.sip.grammar import is_token
from voicecore.sip.headers import Headers
from voicecore.sip.name_addr import NameAddr

MAX_IDENTITIES = 2
"""One SIP URI and one tel URI at most (RFC 3325, 9.1)."""


def asserted_identities_of(headers: Headers) -> tuple[NameAddr, ...]:
    """Who a trusted network says is calling. PeerError when one is malformed or there are more than two."""
    return _identities(headers, "P-Asserted-Identity")


def preferred_identities_of(headers: Headers) -> tuple[NameAddr, ...]:
    """As whom the sender wishes to be asserted (RFC 3325, 9.2)."""
    return _identities(headers, "P-Preferred-Identity")


def _identities(headers: Headers, name: str) -> tuple[NameAddr, ...]:
    values = headers.all(name)
    if len(values) > MAX_IDENTITIES:
        raise PeerError(f"Too many values in {name}")
    return tuple([NameAddr.parse(value) for value in values])


def privacy_of(headers: Headers) -> frozenset[str]:
    """What the sender asks to hide, in lower case: header, session, user, id, history, critical, none.

    RFC 3323 separates with semicolons; commas are found as well.
    """
    values = {part.strip(" \t").lower() for value in headers.all("Privacy") for part in value.split(";")}
    values.discard("")
    if not all(map(is_token, values)):
        raise PeerError("Malformed Privacy")
    return frozenset(values)


def hides_caller(privacy: frozenset[str]) -> bool:
    """Whether the caller may not be shown: RFC 3325, 9.3 and RFC 3323, 4.2. `none` overrules the rest."""
    return "none" not in privacy and not privacy.isdisjoint(("id", "user", "header"))
