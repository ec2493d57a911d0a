"""What is known of a leg: who talks, how far it came, why it ended, and its names in the SIP stack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from voicecore.calls.leg_state import LegState
from voicecore.calls.party import STRANGER, Party
from voicecore.ids import CallId, LegId
from voicecore.sip.output import DialogId, InviteId
from voicecore.store.records import Side
from voicecore.transport.sip_runner import SipRunner


class LegEnd(Enum):
    """Why a leg ended, seen from us."""

    PEER = "the peer hung up"
    OURS = "we hung up"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NO_ACK = "no ACK"
    GONE = "the peer is gone"
    MEDIA_TIMED_OUT = "no media"
    CONNECTION_LOST = "the connection broke and nobody came back"
    MEDIA_FAILED = "no way for media"
    """ICE or DTLS failed."""


LOST = frozenset({LegEnd.GONE, LegEnd.MEDIA_TIMED_OUT, LegEnd.CONNECTION_LOST, LegEnd.MEDIA_FAILED})
"""Ends that nobody wanted."""


class LegIdentity(NamedTuple):
    """Who talks with whom on this leg. `remote_address` is "address:port" of the SIP messages."""

    id: LegId
    call: CallId
    side: Side
    local_uri: str
    remote_uri: str
    sip_call_id: str
    remote_address: str
    started: datetime
    party: Party = STRANGER
    """Who the peer is, as far as it was proved."""

    max_forwards: int = 70
    """How many hops the peer's INVITE still had (RFC 3261, 20.22); a leg dialled for it has one less."""
    diverted_by: tuple[str, ...] = ()
    """URIs of those who sent the call on to us, the latest first (RFC 5806, RFC 7044). Nothing proves them."""
    local_name: str = ""
    """Beside `local_uri` on a leg that we dialled: the name that the peer is shown."""
    country: str = ""
    """Whose call-progress tones are to be expected of it (ISO 3166 code); "": the site's."""

    def is_same_party(self, other: LegIdentity) -> bool:
        """Whether both legs lead to one party; who proved nothing is known by its address alone."""
        if self.party != other.party:
            return False
        host, other_host = (one.remote_address.rpartition(":")[0] for one in (self, other))
        return bool(self.party.name) or host == other_host


@dataclass(init=False, slots=True)
class Progress:
    """What became of the leg so far."""

    state: LegState
    answered: datetime | None
    ended: datetime | None
    end: LegEnd | None
    status: int | None
    reason: str | None
    wants_other_family: bool
    """The peer refused our audio for the address family that we offered (RFC 3261, 20.43)."""

    def __init__(
        self,
        state: LegState,
        answered: datetime | None = None,
        ended: datetime | None = None,
        end: LegEnd | None = None,
        status: int | None = None,
        reason: str | None = None,
    ) -> None:
        self.state = state
        self.answered = answered
        self.ended = ended
        self.end = end
        self.status = status
        self.reason = reason
        self.wants_other_family = False


@dataclass(init=False, slots=True)
class Signalling:
    """The leg's names in the SIP stack."""

    sip: SipRunner
    invite: InviteId
    dialog: DialogId | None

    def __init__(self, sip: SipRunner, invite: InviteId, dialog: DialogId | None = None) -> None:
        self.sip = sip
        self.invite = invite
        self.dialog = dialog
