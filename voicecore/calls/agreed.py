"""What offer and answer agreed, and what the engine measured, in the words of the other side."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from voicecore.media.engine import BrowserAccess, BrowserPeer, DigitWay, LegSpec, SrtpKeys
from voicecore.media.events import LegStatistics
from voicecore.sdp.agent import LocalAgent, RemoteAgent
from voicecore.sdp.codecs import Codec
from voicecore.sdp.crypto import SUITES, Srtp
from voicecore.sdp.offer_answer import AudioCapabilities, Direction, Negotiated
from voicecore.sip.hop import Transport
from voicecore.store.records import Quality

_quality_of = attrgetter(*Quality.__slots__)


@dataclass(frozen=True, slots=True)
class MediaSecurity:
    """What the configuration wants of SRTP."""

    srtp: Srtp = Srtp.ACCEPT
    needs_tls: bool = False
    """Keys are neither taken nor offered where SIP itself goes in the clear."""


def capabilities(
    codecs: tuple[Codec, ...],
    security: MediaSecurity,
    transport: Transport,
    *,
    comfort_noise: bool = False,
) -> AudioCapabilities:
    """What a leg may agree to whose SIP goes over `transport`."""
    hidden = transport in ("TLS", "WSS") or not security.needs_tls
    suites = SUITES if hidden else ()
    return AudioCapabilities(codecs, srtp=security.srtp, suites=suites, comfort_noise=comfort_noise)


def leg_spec(negotiated: Negotiated, *, cname: str) -> LegSpec:
    """What offer and answer agreed, in the engine's words."""
    keys = negotiated.srtp
    return LegSpec(
        remote_address=negotiated.remote_address,
        remote_port=negotiated.remote_port,
        remote_rtcp_port=negotiated.remote_rtcp_port,
        codec=negotiated.codec.name,
        payload_type=negotiated.payload_type,
        packet_time_ms=negotiated.packet_time_ms,
        receive_codecs=tuple((number, codec.name) for number, codec in negotiated.receive_codecs),
        telephone_event=negotiated.telephone_event,
        sending=negotiated.direction in (Direction.SENDRECV, Direction.SENDONLY),
        receiving=negotiated.direction in (Direction.SENDRECV, Direction.RECVONLY),
        cname=cname,
        srtp=None if keys is None else SrtpKeys(keys.suite, keys.local, keys.remote, keys.remote_identifier),
        browser=None if negotiated.browser is None else _browser_peer(negotiated.browser),
        # Who sends no telephone-events can only press keys that sound.
        digit_way=DigitWay.EVENT if negotiated.telephone_event is not None else DigitWay.BOTH,
    )


def _browser_peer(agent: RemoteAgent) -> BrowserPeer:
    return BrowserPeer(agent.ufrag, agent.password, agent.fingerprint, agent.dtls_client)


def local_agent(access: BrowserAccess) -> LocalAgent:
    """Our side of a browser leg, in the words of SDP."""
    return LocalAgent(access.addresses, access.port, access.ufrag, access.password, access.fingerprint)


def quality(statistics: LegStatistics) -> Quality:
    return Quality(*_quality_of(statistics))
