"""What [media] says of SRTP, RTCP and silence for all, and a [[trunk]] or an [[account]] for itself."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.config.fields import Fields, described
from voicecore.sdp.crypto import KeyWay, Srtp
from voicecore.sdp.extended_reports import RtcpXr
from voicecore.sdp.negotiation import RtcpMux

KEY_WAYS = (KeyWay.SDES, KeyWay.DTLS)


@dataclass(frozen=True, slots=True)
class MediaWishes:
    """What one trunk or phone has in its own way; None: as [media] has it."""

    srtp: Srtp | None = None
    srtp_keys: tuple[KeyWay, ...] | None = None
    rtcp_mux: RtcpMux | None = None
    rtcp_xr: RtcpXr | None = None
    silence_suppression: bool | None = None


def wishes_of(table: Fields) -> MediaWishes:
    return MediaWishes(
        srtp_of(table) if table.has("srtp") else None,
        keys_of(table) if table.has("srtp_keys") else None,
        mux_of(table) if table.has("rtcp_mux") else None,
        xr_of(table) if table.has("rtcp_xr") else None,
        table.flag("silence_suppression", False) if table.has("silence_suppression") else None,
    )


def srtp_of(table: Fields) -> Srtp:
    return Srtp(table.choice("srtp", Srtp.ACCEPT.value, tuple(one.value for one in Srtp)))


def mux_of(table: Fields) -> RtcpMux:
    return RtcpMux(table.choice("rtcp_mux", RtcpMux.ACCEPT.value, tuple(one.value for one in RtcpMux)))


def xr_of(table: Fields) -> RtcpXr:
    return RtcpXr(table.choice("rtcp_xr", RtcpXr.ACCEPT.value, tuple(one.value for one in RtcpXr)))


def keys_of(table: Fields) -> tuple[KeyWay, ...]:
    """Best first."""
    known = {way.value: way for way in KeyWay}
    ways: list[KeyWay] = []
    for value in table.values("srtp_keys", [way.value for way in KEY_WAYS]):
        way = known.get(value) if isinstance(value, str) else None
        if way is None:
            table.fault(
                "srtp_keys",
                f"{described(value)} is no way to keys",
                f"Name some of {', '.join(known)}, best first",
            )
        elif way not in ways:
            ways.append(way)
    if not ways:
        table.fault("srtp_keys", "names none", 'Write srtp = "off" for no SRTP at all')
    return tuple(ways)
