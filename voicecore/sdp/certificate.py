"""Where a description tells certificates and roles of DTLS: by the m-line, its bundle, or the session for all."""

from __future__ import annotations

import re
from collections.abc import Iterable

from voicecore.sdp.media import MediaDescription
from voicecore.sdp.session import SessionDescription

_OCTETS = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
"""Hash functions (RFC 8122, 5), the usual one first. SHA-1 and MD5 prove too little today."""
_digest = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*").fullmatch


def bundle_of(session: SessionDescription, media: MediaDescription) -> tuple[str, ...]:
    """The mids that share the m-line's transport, its own included; empty without a bundle (RFC 9143)."""
    mid = media.attribute("mid")
    for value in session.attributes("group"):
        semantics, *mids = value.split()
        if semantics == "BUNDLE" and mid in mids:
            return tuple(mids)
    return ()


def told(session: SessionDescription, media: MediaDescription, name: str) -> str | None:
    """By the m-line, by the one whose transport it shares, or by the session for all."""
    for described in (media, _tagged(session, media)):
        if described is not None and (value := described.attribute(name)) is not None:
            return value
    return session.attribute(name)


def has_passing(session: SessionDescription) -> bool:
    """Whether there are lines of one call only, as a fingerprint is: most phones write none, and this is told fast."""
    return bool(session.passing) or any(one.passing for one in session.media)


def fingerprint_of(session: SessionDescription, media: MediaDescription) -> str | None:
    """Of the other side's certificate, as `a=fingerprint` writes it; None: it has none that we can check."""
    for described in (media, _tagged(session, media)):
        if described is not None and (values := described.attributes("fingerprint")):
            return _best(values)
    return _best(session.attributes("fingerprint"))


def _best(values: Iterable[str]) -> str | None:
    """RFC 8122, 5: of several, one whose function we know. Almost everybody writes SHA-256."""
    found: dict[str, str] = {}
    for value in values:
        match value.split():
            case [function, octets] if _digest(octets):
                name = function.lower()
                if len(octets) == 3 * _OCTETS.get(name, 0) - 1:
                    found.setdefault(name, f"{name} {octets.upper()}")
            case _:
                pass
    return next((found[name] for name in _OCTETS if name in found), None)


def _tagged(session: SessionDescription, media: MediaDescription) -> MediaDescription | None:
    """The first m-line of the bundle tells the transport for all (RFC 9143, 7.1.3)."""
    mids = bundle_of(session, media)
    return next((one for one in session.media if mids and one.attribute("mid") == mids[0]), None)
