"""Facts about calls as they are kept. No SQL here; all times are UTC.

Those that a call makes many of are NamedTuples: a frozen dataclass costs twice as much to make. Those with an
`__init__` of their own are as fixed; compiled, making one is a few stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from voicecore.ids import CallId, LegId
from voicecore.store.flow_journal import FlowJournal


class Side(Enum):
    """Who sent the INVITE of a leg, seen from us."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CallEnd(Enum):
    """Why a call ended."""

    CALLER_HUNG_UP = "caller hung up"
    PLATFORM_HUNG_UP = "platform hung up"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    TRANSFERRED = "transferred"
    """Who was left of it went on in another call, which the leg's reason names."""
    FAILED = "failed"
    """The flow raised; the record holds the traceback."""
    CONNECTION_LOST = "connection lost"
    """The caller's browser lost its connection and did not come back, or found no way for media."""
    NO_ACK = "no ack"
    """Our 2xx was never acknowledged (RFC 3261, section 13.3.1.4)."""
    INTERRUPTED = "interrupted"
    """The program died during the call; found when the store was opened again. When it ended is not known."""


@dataclass(init=False, slots=True)
class CallRecord:
    """One call as its caller knows it. `status` is the final SIP status that the caller got."""

    id: Final[CallId]
    number: Final[str]
    """What was dialled."""
    caller: Final[str]
    """The From URI, as text."""
    flow: Final[str | None]
    started: Final[datetime]
    answered: Final[datetime | None]
    ended: Final[datetime | None]
    end: Final[CallEnd | None]
    """None while the call runs."""
    status: Final[int | None]
    traceback: Final[str | None]

    def __init__(
        self,
        id: CallId,
        number: str,
        caller: str,
        flow: str | None,
        started: datetime,
        answered: datetime | None = None,
        ended: datetime | None = None,
        end: CallEnd | None = None,
        status: int | None = None,
        traceback: str | None = None,
    ) -> None:
        self.id = id
        self.number = number
        self.caller = caller
        self.flow = flow
        self.started = started
        self.answered = answered
        self.ended = ended
        self.end = end
        self.status = status
        self.traceback = traceback


class Quality(NamedTuple):
    """What went over a leg's media session. Counts are packets, times milliseconds.

    The fields are those of the media engine's leg statistics, which its native stub explains.
    """

    packets_sent: int = 0
    octets_sent: int = 0
    packets_received: int = 0
    octets_received: int = 0
    packets_lost: int = 0
    packets_discarded: int = 0
    concealed_ms: int = 0
    jitter_ms: float = 0.0
    max_gap_ms: float = 0.0
    max_send_gap_ms: float = 0.0
    round_trip_ms: float | None = None
    remote_loss: float | None = None
    remote_jitter_ms: float | None = None
    mos: float | None = None
    remote_mos: float | None = None
    remote_r_factor: float | None = None
    remote_burst_loss: float | None = None
    remote_gap_loss: float | None = None
    remote_delay_ms: float | None = None
    packets_relayed: int | None = None
    """Of those sent; None in records from before they were counted."""


@dataclass(init=False, slots=True)
class LegRecord:
    """One SIP dialog of a call and its media session. `id` is unique within the call."""

    id: Final[LegId]
    call: Final[CallId]
    side: Final[Side]
    sip_call_id: Final[str]
    local_uri: Final[str]
    remote_uri: Final[str]
    remote_address: Final[str]
    """Where its SIP messages come from: "192.0.2.7:5060"."""
    codec: Final[str | None]
    started: Final[datetime]
    answered: Final[datetime | None]
    ended: Final[datetime | None]
    status: Final[int | None]
    reason: Final[str | None]
    quality: Final[Quality | None]
    """None if the leg had no media."""
    is_relayed: Final[bool | None]
    """Whether its packets pass as they come now; None when it is over. Not kept."""

    def __init__(
        self,
        id: LegId,
        call: CallId,
        side: Side,
        sip_call_id: str,
        local_uri: str,
        remote_uri: str,
        remote_address: str,
        codec: str | None,
        started: datetime,
        answered: datetime | None = None,
        ended: datetime | None = None,
        status: int | None = None,
        reason: str | None = None,
        quality: Quality | None = None,
        is_relayed: bool | None = None,
    ) -> None:
        self.id = id
        self.call = call
        self.side = side
        self.sip_call_id = sip_call_id
        self.local_uri = local_uri
        self.remote_uri = remote_uri
        self.remote_address = remote_address
        self.codec = codec
        self.started = started
        self.answered = answered
        self.ended = ended
        self.status = status
        self.reason = reason
        self.quality = quality
        self.is_relayed = is_relayed


class EventRecord(NamedTuple):
    """One step of the call's journal, free of secrets. `kind`: a value of the teller's own enum."""

    call: CallId
    sequence: int
    at: datetime
    kind: str
    detail: str = ""


class LadderMessage(NamedTuple):
    """One SIP message as it went over the wire. `local` and `remote` are "address:port"."""

    call: CallId
    sequence: int
    at: datetime
    sip_call_id: str
    received: bool
    local: str
    remote: str
    text: bytes


MarkField = str | int | float | bool


class MarkKind(Enum):
    """What stands at a place of a recording."""

    NOTE = "note"
    """A flow's own."""
    PAUSED = "paused"
    RESUMED = "resumed"
    MASKED = "masked"
    """A secret begins: silence in place of what was pressed or said."""
    UNMASKED = "unmasked"
    LOST = "lost"
    """The disk was too slow: silence in place of sound."""


class RecordingMark(NamedTuple):
    """A place in a recording, in milliseconds from its beginning."""

    at_ms: int
    kind: MarkKind
    text: str = ""
    fields: Mapping[str, MarkField] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """One recording file. `id` is unique within the call; `lost_ms` is audio that could not be written."""

    id: int
    call: CallId
    leg: LegId
    path: str
    started: datetime
    duration_ms: int
    lost_ms: int
    channels: int
    marks: tuple[RecordingMark, ...] = ()


@dataclass(frozen=True, slots=True)
class CallGlance:
    """What a list of calls shows of one. `side` is that of its first leg; None: it had none."""

    call: CallRecord
    side: Side | None
    recordings: int


@dataclass(init=False, slots=True)
class CallFile:
    """Everything that is kept of one call."""

    call: Final[CallRecord]
    legs: Final[tuple[LegRecord, ...]]
    events: Final[tuple[EventRecord, ...]]
    ladder: Final[tuple[LadderMessage, ...]]
    recordings: Final[tuple[RecordingRecord, ...]]
    flow_journal: Final[FlowJournal | None]
    """None where no flow ran, as in a call that was refused."""

    def __init__(
        self,
        call: CallRecord,
        legs: tuple[LegRecord, ...] = (),
        events: tuple[EventRecord, ...] = (),
        ladder: tuple[LadderMessage, ...] = (),
        recordings: tuple[RecordingRecord, ...] = (),
        flow_journal: FlowJournal | None = None,
    ) -> None:
        self.call = call
        self.legs = legs
        self.events = events
        self.ladder = ladder
        self.recordings = recordings
        self.flow_journal = flow_journal
