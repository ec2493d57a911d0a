"""What offer and answer agreed, and what the engine measured, in the words of the other side."""

from __future__ import annotations

from operator import attrgetter

from voicecore.media.engine import DigitWay, LegSpec
from voicecore.media.events import LegStatistics
from voicecore.sdp.offer_answer import Direction, Negotiated
from voicecore.store.records import Quality

_quality_of = attrgetter(*Quality.__slots__)


def leg_spec(negotiated: Negotiated, *, cname: str) -> LegSpec:
    """What offer and answer agreed, in the engine's words."""
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
        # Who sends no telephone-events can only press keys that sound.
        digit_way=DigitWay.EVENT if negotiated.telephone_event is not None else DigitWay.BOTH,
    )


def quality(statistics: LegStatistics) -> Quality:
    return Quality(*_quality_of(statistics))
