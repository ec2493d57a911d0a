"""What offer and answer agreed, and what the engine measured, in the words of the other side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from voicecore.calls.party import Party
from voicecore.media.events import LegStatistics
from voicecore.media.leg_spec import (
    BrowserAccess,
    BrowserPeer,
    DigitWay,
    DtlsPeer,
    LegSpec,
    OpusSpec,
    SrtpKeys,
)
from voicecore.sdp.agent import LocalAgent, RemoteAgent
from voicecore.sdp.codecs import BROWSER_CODECS, CODECS, Codec
from voicecore.sdp.crypto import SUITES, KeyWay, Srtp
from voicecore.sdp.extended_reports import RtcpXr
from voicecore.sdp.negotiation import RtcpMux
from voicecore.sdp.offer_answer import AudioCapabilities, Direction, Negotiated
from voicecore.sdp.opus import USUAL, OpusPolicy
from voicecore.sip.hop import Transport
from voicecore.store.records import Quality

_quality_of = attrgetter(*Quality._fields)


@dataclass(frozen=True, slots=True)
class MediaSecurity:
    """What the configuration wants of SRTP, its ports and reports, for one party or for all."""

    srtp: Srtp = Srtp.ACCEPT
    needs_tls: bool = False
    """Keys are neither taken from SDP nor written there where SIP itself goes in the clear. DTLS writes none."""
    keys: tuple[KeyWay, ...] = (KeyWay.SDES, KeyWay.DTLS)
    """Where they may come from, best first."""
    rtcp_mux: RtcpMux = RtcpMux.ACCEPT
    rtcp_xr: RtcpXr = RtcpXr.ACCEPT
    silence_suppression: bool = False
    """Silence is described instead of sent where the peer knows comfort noise."""


@dataclass(frozen=True, slots=True)
class MediaPolicy:
    """What holds for whom: for all, but for those that have settings of their own."""

    site: MediaSecurity = field(default_factory=MediaSecurity)
    parties: Mapping[Party, MediaSecurity] = field(default_factory=dict)

    def of(self, party: Party) -> MediaSecurity:
        return self.parties.get(party, self.site) if self.parties else self.site


@dataclass(frozen=True, slots=True)
class CodecChoice:
    """What the configuration wants of codecs, best first."""

    phones: tuple[Codec, ...] = CODECS
    browsers: tuple[Codec, ...] = BROWSER_CODECS
    opus: OpusPolicy = USUAL
    one_for_both: bool = True
    """Who talks to each other is led to one codec, so that packets pass as they come."""

    def of(self, *, is_browser: bool) -> tuple[Codec, ...]:
        return self.browsers if is_browser else self.phones


def capabilities(
    codecs: tuple[Codec, ...],
    security: MediaSecurity,
    transport: Transport,
    opus: OpusPolicy = USUAL,
    *,
    comfort_noise: bool = False,
) -> AudioCapabilities:
    """What a leg may agree to whose SIP goes over `transport`."""
    hidden = transport in ("TLS", "WSS") or not security.needs_tls
    return AudioCapabilities(
        codecs,
        srtp=security.srtp,
        suites=SUITES if hidden else (),
        key_ways=security.keys,
        rtcp_mux=security.rtcp_mux,
        rtcp_xr=security.rtcp_xr,
        opus=opus,
        comfort_noise=comfort_noise,
        silence_suppression=security.silence_suppression,
    )


def leg_spec(negotiated: Negotiated, *, cname: str) -> LegSpec:
    """What offer and answer agreed, in the engine's words."""
    keys, dtls = negotiated.srtp, negotiated.dtls
    return LegSpec(
        remote_address=negotiated.remote_address,
        remote_port=negotiated.remote_port,
        remote_rtcp_port=negotiated.remote_rtcp_port,
        codec=negotiated.codec.label,
        payload_type=negotiated.payload_type,
        packet_time_ms=negotiated.packet_time_ms,
        receive_codecs=tuple((number, codec.label) for number, codec in negotiated.receive_codecs),
        telephone_event=negotiated.telephone_event,
        sending=negotiated.direction in (Direction.SENDRECV, Direction.SENDONLY),
        receiving=negotiated.direction in (Direction.SENDRECV, Direction.RECVONLY),
        cname=cname,
        srtp=None if keys is None else SrtpKeys(keys.suite, keys.local, keys.remote, keys.remote_identifier),
        dtls=None if dtls is None else DtlsPeer(dtls.fingerprint, dtls.tls_id, dtls.dtls_client),
        rtcp_mux=negotiated.rtcp_mux,
        extended_reports=negotiated.extended_reports,
        comfort_noise=negotiated.sends_comfort_noise,
        browser=None if negotiated.browser is None else _browser_peer(negotiated.browser),
        # Who sends no telephone-events can only press keys that sound.
        digit_way=DigitWay.EVENT if negotiated.telephone_event is not None else DigitWay.BOTH,
        event_clocks=negotiated.event_clocks,
        opus=None if negotiated.opus is None else OpusSpec(*negotiated.opus),
    )


def _browser_peer(agent: RemoteAgent) -> BrowserPeer:
    return BrowserPeer(agent.ufrag, agent.password, agent.fingerprint, agent.dtls_client)


def local_agent(access: BrowserAccess) -> LocalAgent:
    """Our side of a browser leg, in the words of SDP."""
    return LocalAgent(access.addresses, access.port, access.ufrag, access.password, access.fingerprint)


def quality(statistics: LegStatistics) -> Quality:
    return Quality(*_quality_of(statistics))
