"""From records to what the API tells of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypedDict

from voicecore.api.schema import (
    CallDetail,
    CallSummary,
    Ladder,
    LadderArrow,
    LadderParty,
    LegView,
    MarkView,
    Quality,
    RecordingView,
    Step,
)
from voicecore.calls.ladder import arrows, columns
from voicecore.store.records import (
    CallFile,
    CallGlance,
    CallRecord,
    LadderMessage,
    LegRecord,
    MarkField,
    RecordingMark,
    RecordingRecord,
    Side,
)
from voicecore.trace.printable import printable
from voicecore.trace.secrets import masked


class _CallFields(TypedDict):
    id: str
    direction: Literal["inbound", "outbound"]
    from_: str
    to: str
    flow: str | None
    state: Literal["active", "ended"]
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    outcome: str | None
    status: int | None


def summary(glance: CallGlance) -> CallSummary:
    return CallSummary(**_call_fields(glance.call, glance.side), recordings=glance.recordings)


def glance_of(file: CallFile) -> CallGlance:
    return CallGlance(file.call, file.legs[0].side if file.legs else None, len(file.recordings))


def detail(file: CallFile, size_of: Callable[[RecordingRecord], int | None]) -> CallDetail:
    """`size_of` a recording: its bytes, None where its file is gone."""
    glance = glance_of(file)
    return CallDetail(
        **_call_fields(glance.call, glance.side),
        legs=[_leg(leg) for leg in file.legs],
        journal=[Step(at=one.at, kind=one.kind, detail=printable(one.detail)) for one in file.events],
        recordings=[_recording(one, size_of(one)) for one in file.recordings],
    )


def masked_ladder(file: CallFile) -> list[LadderMessage]:
    """Without secrets: older versions kept the messages as they came."""
    return [replace(one, text=masked(one.text)) for one in file.ladder]


def ladder(file: CallFile) -> Ladder:
    messages = masked_ladder(file)
    return Ladder(
        parties=[LadderParty(role=column.role, address=column.address) for column in columns(messages)],
        messages=[
            LadderArrow(
                at=arrow.message.at,
                from_=arrow.source,
                to=arrow.target,
                line=arrow.label,
                repeat=arrow.again,
                raw=printable(arrow.message.text.decode("utf-8", "backslashreplace"), keep="\r\n\t"),
            )
            for arrow in arrows(messages)
        ],
    )


def qualities(legs: Iterable[LegRecord]) -> list[Quality]:
    """Of the legs that had audio."""
    return [
        Quality(
            leg=str(leg.id),
            codec=leg.codec,
            mos=leg.quality.mos,
            loss=_loss(leg),
            jitter_ms=leg.quality.jitter_ms,
            relayed=leg.is_relayed,
        )
        for leg in legs
        if leg.quality is not None
    ]


def _call_fields(call: CallRecord, side: Side | None) -> _CallFields:
    talked = call.ended - call.answered if call.ended is not None and call.answered is not None else None
    return {
        "id": call.id,
        "direction": _direction(side),
        "from_": printable(call.caller),
        "to": printable(call.number),
        "flow": call.flow,
        "state": "active" if call.end is None else "ended",
        "started_at": call.started,
        "answered_at": call.answered,
        "ended_at": call.ended,
        "duration_s": None if talked is None else talked.total_seconds(),
        "outcome": None if call.end is None else call.end.value,
        "status": call.status,
    }


def _direction(side: Side | None) -> Literal["inbound", "outbound"]:
    """A call that never had a leg was refused before, so it came in."""
    return "outbound" if side is Side.OUTBOUND else "inbound"


def _leg(leg: LegRecord) -> LegView:
    quality = leg.quality
    return LegView(
        id=str(leg.id),
        direction=_direction(leg.side),
        party=printable(leg.remote_uri),
        address=leg.remote_address,
        codec=leg.codec,
        started_at=leg.started,
        answered_at=leg.answered,
        ended_at=leg.ended,
        status=leg.status,
        reason=None if leg.reason is None else printable(leg.reason),
        mos=None if quality is None else quality.mos,
        loss=_loss(leg),
        jitter_ms=None if quality is None else quality.jitter_ms,
        round_trip_ms=None if quality is None else quality.round_trip_ms,
        remote_mos=None if quality is None else quality.remote_mos,
        remote_r_factor=None if quality is None else quality.remote_r_factor,
        packets_received=None if quality is None else quality.packets_received,
        packets_sent=None if quality is None else quality.packets_sent,
        packets_relayed=None if quality is None else quality.packets_relayed,
        relayed=leg.is_relayed,
    )


def _loss(leg: LegRecord) -> float | None:
    quality = leg.quality
    if quality is None:
        return None
    expected = quality.packets_received + quality.packets_lost
    return max(0.0, quality.packets_lost / expected) if expected > 0 else None


def _recording(one: RecordingRecord, size: int | None) -> RecordingView:
    return RecordingView(
        id=str(one.id),
        leg=str(one.leg),
        channels=one.channels,
        started_at=one.started,
        duration_s=one.duration_ms / 1000,
        lost_ms=one.lost_ms,
        size=size,
        marks=[_mark(mark) for mark in one.marks],
    )


def _mark(mark: RecordingMark) -> MarkView:
    fields = {printable(name): _field(value) for name, value in mark.fields.items()}
    return MarkView(at_s=mark.at_ms / 1000, kind=mark.kind.value, text=printable(mark.text), fields=fields)


def _field(value: MarkField) -> MarkField:
    return printable(value) if isinstance(value, str) else value
