"""The other side of a browser leg, read from its description: credentials, certificate, role (RFC 8839, 8842, 8122)."""

from __future__ import annotations

import re

from voicecore.sdp.agent import RemoteAgent, Setup
from voicecore.sdp.certificate import fingerprint_of, told
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

_SETUPS = {setup.value: setup for setup in Setup}


def read_agent(session: SessionDescription, media: MediaDescription) -> tuple[RemoteAgent, Setup]:
    """The other side's agent, and the role that it takes. Unacceptable says what is missing.

    `dtls_client` is as the role demands, and True where it leaves us the choice: RFC 8842, 5.3 wants the answerer
    active, and no handshake then begins before ICE proved who asks.
    """
    if told(session, media, "rtcp-mux") is None:
        raise Unacceptable(302, MUX_MISSING)
    if session.attribute("ice-lite") is not None:
        raise Unacceptable(399, NO_LITE)
    ufrag, password = (told(session, media, name) or "" for name in ("ice-ufrag", "ice-pwd"))
    if not (_ufrag(ufrag) and _password(password)):
        raise Unacceptable(399, ICE_MISSING)
    setup = _SETUPS.get((told(session, media, "setup") or "").lower())
    if setup is None:
        raise Unacceptable(399, SETUP_WRONG)
    fingerprint = fingerprint_of(session, media)
    if fingerprint is None:
        raise Unacceptable(399, FINGERPRINT_MISSING)
    return RemoteAgent(ufrag, password, fingerprint, setup is not Setup.ACTIVE), setup
