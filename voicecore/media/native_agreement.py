"""What offer and answer agreed for a leg, in the words of the native engine."""

from __future__ import annotations

from voicecore.ids import LegId
from voicecore.media import _native
from voicecore.media.leg_spec import LegSpec


def configure(engine: _native.Engine, leg: LegId, spec: LegSpec) -> None:
    """Raises `_native.QueueFull` when the engine takes no command."""
    keys, dtls, peer = spec.srtp, spec.dtls, spec.browser
    engine.configure_leg(
        leg,
        remote_address=spec.remote_address,
        remote_port=spec.remote_port,
        remote_rtcp_port=spec.remote_rtcp_port,
        codec=spec.codec,
        payload_type=spec.payload_type,
        packet_time_ms=spec.packet_time_ms,
        receive_codecs=spec.receive_codecs,
        telephone_event=spec.telephone_event,
        sending=spec.sending,
        receiving=spec.receiving,
        cname=spec.cname,
        rtp_timeout_ms=spec.rtp_timeout_ms,
        one_way_ms=spec.one_way_ms,
        digit_way=spec.digit_way.value,
        srtp=None if keys is None else (keys.suite, keys.local, keys.remote, keys.remote_identifier),
        dtls=None if dtls is None else (dtls.fingerprint, dtls.tls_id, dtls.dtls_client),
        rtcp_mux=spec.rtcp_mux,
        browser=None if peer is None else (peer.ufrag, peer.fingerprint, peer.dtls_client),
        event_clocks=spec.event_clocks,
        opus=None if spec.opus is None else spec.opus[:5],
        opus_rate=16_000 if spec.opus is None else spec.opus.sample_rate,
        opus_limit=None if spec.opus is None else spec.opus.limit,
        extended_reports=spec.extended_reports,
        comfort_noise=spec.comfort_noise,
    )
