"""The other side of a browser leg, read from its description: credentials, certificate, role (RFC 8839, 8842, 8122)."""

from __future__ import annotations

import re

from voicecore.sdp.agent import RemoteAgent, Setup
from voicecore.sdp.media import MediaDescription
from voicecore.sdp.negotiation import Unacceptable
from voicecore.sdp.session import SessionDescription

MUX_MISSING = "a=rtcp-mux is missing: browser media has one port for RTP and RTCP"
ICE_MISSING = "a=ice-ufrag and a=ice-pwd are missing or malformed"
NO_LITE = "a=ice-lite on both sides: nobody would check the path"
FINGERPRINT_MISSING = "a=fingerprint with sha-256 is missing or malformed"
SETUP_WRONG = "a=setup must be actpass, active or passive in an offer, and active or passive in an answer"

_ufrag = re.compile(r"[A-Za-z0-9+/]{4,256}").fullmatch
_password = re.compile(r"[A-Za-z0-9+/]{22,256}").fullmatch
_sha_256 = re.compile(r"(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}").fullmatch

_SETUPS = {setup.value: setup for setup in Setup}


def read_agent(session: SessionDescription, media: MediaDescription) -> tuple[RemoteAgent, Setup]:
    """The other side's agent, and the role that it takes. Unacceptable says what is missing.

    `dtls_client` is as the role demands, and True where it leaves us the choice: RFC 8842, 5.3 wants the answerer
    active, and no handshake then begins before ICE proved who asks.
    """
    if _told(session, media, "rtcp-mux") is None:
        raise Unacceptable(302, MUX_MISSING)
    if session.attribute("ice-lite") is not None:
        raise Unacceptable(399, NO_LITE)
    ufrag, password = (_told(session, media, name) or "" for name in ("ice-ufrag", "ice-pwd"))
    if not (_ufrag(ufrag) and _password(password)):
        raise Unacceptable(399, ICE_MISSING)
    setup = _SETUPS.get((_told(session, media, "setup") or "").lower())
    if setup is None:
        raise Unacceptable(399, SETUP_WRONG)
    fingerprint = _read_fingerprint(_fingerprints(session, media))
    return RemoteAgent(ufrag, password, fingerprint, setup is not Setup.ACTIVE), setup


def bundle_of(session: SessionDescription, media: MediaDescription) -> tuple[str, ...]:
    """The mids that share the m-line's transport, its own included; empty without a bundle (RFC 9143)."""
    mid = media.attribute("mid")
    for value in session.attributes("group"):
        semantics, *mids = value.split()
        if semantics == "BUNDLE" and mid in mids:
            return tuple(mids)
    return ()


def _told(session: SessionDescription, media: MediaDescription, name: str) -> str | None:
    """By the m-line, by the one whose transport it shares, or by the session for all."""
    for described in (media, _tagged(session, media)):
        if described is not None and (value := described.attribute(name)) is not None:
            return value
    return session.attribute(name)


def _fingerprints(session: SessionDescription, media: MediaDescription) -> list[str]:
    for described in (media, _tagged(session, media)):
        if described is not None and (values := described.attributes("fingerprint")):
            return values
    return session.attributes("fingerprint")


def _tagged(session: SessionDescription, media: MediaDescription) -> MediaDescription | None:
    """The first m-line of the bundle tells the transport for all (RFC 9143, 7.1.3)."""
    mids = bundle_of(session, media)
    return next((one for one in session.media if mids and one.attribute("mid") == mids[0]), None)


def _read_fingerprint(values: list[str]) -> str:
    """RFC 8122, 5: of several, one whose function we know. All browsers write SHA-256."""
    for value in values:
        match value.split():
            case [function, octets] if function.lower() == "sha-256" and _sha_256(octets):
                return f"sha-256 {octets.upper()}"
    raise Unacceptable(399, FINGERPRINT_MISSING)
