"""The media of a new leg, and the offer/answer machine that describes it: for a phone or for a browser."""

from __future__ import annotations

import os

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.agreed import local_agent
from voicecore.calls.media_session import MediaSession
from voicecore.errors import UsageError
from voicecore.ids import LegId
from voicecore.sdp.browser_transport import BrowserTransport
from voicecore.sdp.line import of_family
from voicecore.sdp.negotiation import AudioCapabilities
from voicecore.sdp.offer_answer import OfferAnswer
from voicecore.sdp.rtp_transport import RtpTransport
from voicecore.sip.hop import Address


def open_media(
    call: ActiveCall,
    leg: LegId,
    able: AudioCapabilities,
    peer: Address,
    *,
    near: LegId | None = None,
    is_browser: bool = False,
    in_other_family: bool = False,
) -> tuple[MediaSession, OfferAnswer]:
    """At our address of the family by which SIP reaches `peer`, or of the other one, where there is one.

    Raises PortsExhausted or Unavailable where the engine has no room.
    """
    services = call.services
    ours = services.engine.addresses
    address = of_family(ours, peer.host) or ours[0]
    if in_other_family:
        address = next((one for one in ours if one != address), address)
    media = MediaSession(
        services.engine,
        leg,
        near=near,
        observer=call,
        rtp_timeout_ms=services.rtp_timeout_ms,
        one_way_ms=services.one_way_ms,
        automatic_gain=services.automatic_gain,
        is_browser=is_browser,
        address=address,
    )
    if is_browser:
        return media, describe_browser(media, able)
    others = tuple([one for one in ours if one != address])
    transport = RtpTransport(
        address, media.port, able, services.engine.fingerprint, others=others, move=media.move
    )
    return media, OfferAnswer(address, media.port, able, session_id=new_session_id(), transport=transport)


def new_session_id() -> int:
    """Of o= (RFC 8866, 5.2)."""
    return int.from_bytes(os.urandom(4)) >> 1


def describe_browser(media: MediaSession, able: AudioCapabilities) -> OfferAnswer:
    """A browser leg as its next peer, the first or another, is told of it."""
    if media.access is None:
        raise UsageError("only a browser leg has an ICE agent")
    agent = local_agent(media.access)
    transport = BrowserTransport(agent, lambda: local_agent(media.restart_ice()))
    return OfferAnswer(agent.addresses[0], agent.port, able, session_id=new_session_id(), transport=transport)
