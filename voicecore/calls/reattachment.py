"""A browser that lost its page or its network takes its own leg over again: INVITE with Replaces (RFC 3891).

The leg stays the same one, with all that is played, recorded and bridged; only its far end is new.
"""

from __future__ import annotations

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.inbound import RETRY_AFTER_S, Refusal, is_from_browser, refusal_of
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import ELSEWHERE, Leg
from voicecore.calls.leg_facts import Signalling
from voicecore.calls.leg_media import describe_browser
from voicecore.errors import PeerError, Unavailable
from voicecore.sip.output import InviteReceived


def can_reattach(leg: Leg, received: InviteReceived) -> bool:
    """Whether it is one browser after the other; all else is a transfer."""
    request = received.request
    is_browser = leg.media.access is not None and is_from_browser(request, received.hop)
    return is_browser and bool(request.body) and leg.is_answered and leg.signalling.dialog is not None


def reattach(call: ActiveCall, leg: Leg, received: InviteReceived) -> Refusal | None:
    """Answers the new INVITE with the leg, and ends the old dialog. A refused one changes nothing."""
    services, invite, old = call.services, received.invite, leg.signalling.dialog
    sip = services.sip
    able = services.able(leg.identity.party, received.hop.transport, services.codecs.browsers)
    try:
        leg.media.restart_ice()
        sdp = describe_browser(leg.media, able)
        # Who talks to it goes on with the codec that there was.
        before = None if leg.negotiated is None else leg.negotiated.codec
        answer, agreed = sdp.receive_offer(received.request.body, hold=leg.changes.is_holding, prefer=before)
    except Unavailable as error:
        return Refusal(503, str(error)[:80], (("Retry-After", str(RETRY_AFTER_S)),))
    except PeerError as error:
        return refusal_of(error, services.engine.addresses[0])
    services.registry.forget(leg, call.journal)
    leg.take_over(Signalling(sip, invite, sip.dialog_of(invite)), str(received.hop.remote), sdp, agreed)
    services.registry.register(leg, call.journal)
    sip.respond(invite, 200, sdp=answer, options=leg.options)
    services.browsers.replaced(leg)
    call.journal.note(EventKind.CONNECTION, f"leg {leg.id}: taken over from {received.hop.remote.host}")
    if old is not None:
        sip.bye(old, headers=[("Reason", str(ELSEWHERE))])
    return None
