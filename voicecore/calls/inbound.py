"""An INVITE from outside: who answers it, with what SDP, or which refusal."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.leg import Leg
from voicecore.calls.leg_facts import LegIdentity, Signalling
from voicecore.calls.leg_media import open_media
from voicecore.calls.party import Party
from voicecore.errors import PeerError, Unavailable
from voicecore.sdp.browser_transport import offers_browser
from voicecore.sdp.offer_answer import Unacceptable
from voicecore.sip.call_options import RELIABLE, TIMER, CallOptions, Use
from voicecore.sip.hop import WEB_SOCKET, Hop
from voicecore.sip.message import Request
from voicecore.sip.output import InviteId
from voicecore.sip.uas import knows_reliable
from voicecore.sip.uri import Uri
from voicecore.sip.values.diversion import Diversion, HistoryEntry, diverters_of
from voicecore.sip.values.identity import hides_caller, privacy_of
from voicecore.store.records import Side

RETRY_AFTER_S = 10
"""What a caller is told to wait when we are full; calls end all the time."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A final response instead of a call."""

    status: int
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def wants_privacy(request: Request) -> bool:
    """Whether the caller asks not to be shown (RFC 3323, RFC 3325); a wish that cannot be read is taken for one."""
    try:
        return hides_caller(privacy_of(request.headers))
    except PeerError:
        return True


def refused_extension(request: Request, options: CallOptions) -> Refusal | None:
    """What of 100rel and session timers the caller demands and shall not have, or shall have and cannot."""
    required = {tag.lower() for tag in request.headers.all("Require")}
    off = [tag for tag, use in ((RELIABLE, options.reliable), (TIMER, options.timer)) if use is Use.OFF]
    unsupported = [("Unsupported", tag) for tag in off if tag in required]
    if unsupported:
        return Refusal(420, None, tuple(unsupported))
    if options.reliable is Use.REQUIRED and not knows_reliable(request):
        return Refusal(421, None, (("Require", RELIABLE),))
    return None


def offered_leg(
    call: ActiveCall, invite: InviteId, request: Request, hop: Hop, party: Party
) -> Leg | Refusal:
    """The leg of an INVITE, with its port reserved and its answer agreed, not yet answered."""
    services = call.services
    id = services.registry.new_leg_id()
    is_browser = is_from_browser(request, hop)
    able = services.able(party, hop.transport, services.codecs.of(is_browser=is_browser))
    try:
        media, sdp = open_media(call, id, able, hop.remote, is_browser=is_browser)
    except Unavailable as full:
        return _full(full)
    identity = LegIdentity(
        id=id,
        call=call.id,
        side=Side.INBOUND,
        local_uri=str(request.uri),
        remote_uri=str(request.from_.uri),
        sip_call_id=request.call_id,
        remote_address=str(hop.remote),
        started=services.clock.wall(),
        party=party,
        max_forwards=70 if request.max_forwards is None else request.max_forwards,
        diverted_by=diverted_by(request),
    )
    leg = Leg(identity, Signalling(services.sip, invite), media, sdp, services.clock, call.leg_ended)
    try:
        leg.offered(request.body)
    except PeerError as error:
        media.close()
        return refusal_of(error, services.engine.addresses[0])
    except Unavailable as full:
        media.close()
        return _full(full)
    return leg


def _full(why: Unavailable) -> Refusal:
    return Refusal(503, str(why)[:80], (("Retry-After", str(RETRY_AFTER_S)),))


def refusal_of(error: PeerError, host: str) -> Refusal:
    """What a peer is told whose offer we cannot take; `host` says who warns."""
    if isinstance(error, Unacceptable):
        return Refusal(error.status, None, (("Warning", error.warning_header(host)),))
    return Refusal(error.status, error.reason)


def is_from_browser(request: Request, hop: Hop) -> bool:
    """Its offer says so; where we are to make the offer, the way it came."""
    return offers_browser(request.body) if request.body else hop.transport in WEB_SOCKET


def diverted_by(request: Request) -> tuple[str, ...]:
    """Who sent an INVITE on, the latest first: by Diversion, or else by History-Info; none where unreadable."""
    try:
        diversions = Diversion.all_of(request.headers)
        if diversions:
            return tuple([str(one.address.uri) for one in diversions if not one.is_private])
        history = HistoryEntry.all_of(request.headers)
    except PeerError:
        return ()
    return tuple([_plain(one.address.uri) for one in diverters_of(history) if not one.is_private])


def _plain(uri: Uri) -> str:
    """Without what History-Info adds to it: fields that say why it was left, and the cause."""
    parameters = tuple([one for one in uri.parameters if one[0] != "cause"])
    return str(uri._replace(headers="", parameters=parameters))
