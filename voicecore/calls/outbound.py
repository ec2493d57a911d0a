"""Calling somebody: from a target to an answered leg, or the reason why not."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

from voicecore.calls.active_call import ActiveCall
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.leg_facts import LegIdentity, Signalling
from voicecore.calls.media_session import MediaSession
from voicecore.calls.race import race
from voicecore.errors import PeerError, PortsExhausted, Unavailable
from voicecore.sdp.codecs import CODECS
from voicecore.sdp.offer_answer import AudioCapabilities, OfferAnswer
from voicecore.sip.hop import Address, Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri
from voicecore.store.records import Side


@dataclass(frozen=True, slots=True)
class Answered:
    leg: Leg


@dataclass(frozen=True, slots=True)
class Busy:
    """486 or 600."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """It rang, and nobody came within the ring time, or the phone said so (408, 480)."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Another failure response: its status and reason phrase."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class NotReachable:
    """No response, no address, no port, or 503: the network's fault, not the party's."""

    reason: str


DialOutcome = Answered | Busy | NoAnswer | Rejected | NotReachable


OnEarlyMedia = Callable[[Leg], None]
"""Told once when the party is heard before it answers: ringing, or an announcement of the network."""


async def dial(
    call: ActiveCall,
    target: str,
    *,
    local: tuple[Address, ...],
    ring_time: float = 30.0,
    on_early_media: OnEarlyMedia | None = None,
) -> DialOutcome:
    """Calls a SIP URI as a new leg of `call`, beside its first leg in the engine.

    `local`: our listening addresses. Cancelling it cancels the INVITE. Raises PeerError if `target` is no SIP URI.
    """
    uri = Uri.parse(target)
    call.journal.note(EventKind.DIALLED, target)
    try:
        leg = _start(call, uri, await _hop(uri, local))
    except PortsExhausted:
        outcome: DialOutcome = NotReachable("no RTP port is free")
    except Unavailable as error:
        outcome = NotReachable(str(error))
    else:
        outcome = await _wait(leg, ring_time, on_early_media)
    call.journal.note(EventKind.DIAL_OUTCOME, _describe(outcome))
    return outcome


def _start(call: ActiveCall, uri: Uri, hop: Hop) -> Leg:
    services = call.services
    first = call.first
    local_uri = services.identity or f"sip:voicecore@{hop.local}"
    id = services.registry.new_leg_id()
    media = MediaSession(
        services.engine,
        id,
        near=None if first is None or first.is_over else first.id,
        observer=call,
        rtp_timeout_ms=services.rtp_timeout_ms,
    )
    sdp = OfferAnswer(
        services.engine.address, media.port, AudioCapabilities(CODECS), session_id=secrets.randbits(31)
    )
    try:
        invite = services.sip.invite(uri, hop, from_=NameAddr.parse(f"<{local_uri}>"), sdp=sdp.make_offer())
    except BaseException:
        media.close()
        raise
    identity = LegIdentity(
        id=id,
        call=call.id,
        side=Side.OUTBOUND,
        local_uri=local_uri,
        remote_uri=str(uri),
        sip_call_id=services.sip.call_id(invite),
        remote_address=str(hop.remote),
        started=services.clock.wall(),
    )
    leg = Leg(identity, Signalling(services.sip, invite), media, sdp, services.clock, call.leg_ended)
    call.add(leg)
    return leg


async def _wait(leg: Leg, ring_time: float, on_early_media: OnEarlyMedia | None) -> DialOutcome:
    try:
        async with asyncio.timeout(ring_time):
            if on_early_media is not None:
                await race(leg.settled(), leg.media_flows())
                if leg.has_media and not leg.is_answered:
                    on_early_media(leg)
            await leg.settled()
    except TimeoutError:
        if leg.is_answered:
            return Answered(leg)
        leg.hang_up()
        return NoAnswer()
    except asyncio.CancelledError:
        leg.hang_up()
        raise
    return Answered(leg) if leg.is_answered else _why_not(leg)


def _why_not(leg: Leg) -> DialOutcome:
    status, reason = leg.progress.status, leg.progress.reason
    if status in (486, 600):
        return Busy()
    if status in (408, 480):
        # A 408 of our own means that nothing came at all (timer B).
        return NoAnswer() if leg.was_heard else NotReachable("no response")
    if status is None or status == 503:
        return NotReachable(reason or "no response")
    return Rejected(status, reason or "")


def _describe(outcome: DialOutcome) -> str:
    match outcome:
        case Answered(leg):
            return f"answered: leg {leg.id}"
        case Rejected(status, reason):
            return f"rejected: {status} {reason}"
        case NotReachable(reason):
            return f"not reachable: {reason}"
        case Busy():
            return "busy"
        case NoAnswer():
            return "no answer"


async def _hop(uri: Uri, local: tuple[Address, ...]) -> Hop:
    """From which of our sockets to which address. Names are looked up with the system's resolver."""
    host = uri.host.strip("[]")
    if not host:
        raise PeerError(f"{uri} names no host to call", status=416)
    port = uri.port or 5060
    try:
        ipaddress.ip_address(host)
    except ValueError:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise Unavailable(f"{host} has no address: {error.strerror}") from error
        host = str(found[0][4][0])
    for address in local:
        if (":" in address.host) == (":" in host):
            return Hop("UDP", address, Address(host, port))
    raise Unavailable(f"no socket of ours can reach {host}: add one to [sip] listen")
