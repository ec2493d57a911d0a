"""What the stack tells its runner and the calls above it. Facts, in their order of happening.

Those of every call have an `__init__` of their own, and are no less fixed for it: compiled, it is a few stores, where
making a NamedTuple or a frozen dataclass runs Python, at four and ten times the price.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NamedTuple, NewType

from voicecore.sip.hop import Hop
from voicecore.sip.message import Request, Response

InviteId = NewType("InviteId", int)
"""One INVITE, ours or the peer's, initial or within a dialog."""


RequestId = NewType("RequestId", int)
"""One request beside the call itself, ours or the peer's."""


class DialogId(NamedTuple):
    """RFC 3261, section 12, from our side."""

    call_id: str
    local_tag: str
    remote_tag: str


class DialogEnd(Enum):
    """Why a dialog ended that we did not end ourselves."""

    BYE_RECEIVED = auto()
    """The peer hung up; 200 was sent."""
    NO_ACK = auto()
    """64*T1 passed after our 2xx without an ACK; BYE was sent (RFC 3261, 13.3.1.4)."""
    GONE = auto()
    """The peer answered a request of ours with 481 or 408, or not at all; BYE was sent."""
    SESSION_EXPIRED = auto()
    """Nobody refreshed the session in time; BYE was sent (RFC 4028, 10)."""


@dataclass(init=False, slots=True)
class Transmit:
    """Send `data` from `hop.local` to `hop.remote`."""

    data: Final[bytes]
    hop: Final[Hop]
    call_id: Final[str]

    def __init__(self, data: bytes, hop: Hop, call_id: str) -> None:
        self.data = data
        self.hop = hop
        self.call_id = call_id


@dataclass(init=False, slots=True)
class Heard:
    """A datagram that parsed, for the call's ladder. Comes before what it leads to."""

    data: Final[bytes]
    hop: Final[Hop]
    call_id: Final[str]

    def __init__(self, data: bytes, hop: Hop, call_id: str) -> None:
        self.data = data
        self.hop = hop
        self.call_id = call_id


@dataclass(init=False, slots=True)
class InviteReceived:
    """A new call asks to be answered. 100 was sent; repeats are absorbed."""

    invite: Final[InviteId]
    request: Final[Request]
    hop: Final[Hop]
    who: Final[object | None]
    """What the gate found out of the sender (`voicecore/sip/gate.py`)."""

    def __init__(self, invite: InviteId, request: Request, hop: Hop, who: object | None = None) -> None:
        self.invite = invite
        self.request = request
        self.hop = hop
        self.who = who


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The peer took back an INVITE that had no final response: CANCEL, or BYE, or its Expires. 487 was sent."""

    invite: InviteId
    request: Request | None = None
    """The CANCEL, where it was one."""


@dataclass(frozen=True, slots=True)
class PrackMissing:
    """The peer never acknowledged a reliable provisional response; its INVITE was refused with 504 (RFC 3262, 3)."""

    invite: InviteId


@dataclass(init=False, slots=True)
class Acknowledged:
    """The ACK of our 2xx came. Its body may be the SDP answer, where our 2xx held the offer."""

    invite: Final[InviteId]
    dialog: Final[DialogId]
    request: Final[Request]

    def __init__(self, invite: InviteId, dialog: DialogId, request: Request) -> None:
        self.invite = invite
        self.dialog = dialog
        self.request = request


@dataclass(frozen=True, slots=True)
class ReinviteReceived:
    """The peer wants to change an answered call. 100 was sent; answer with `respond`."""

    invite: InviteId
    dialog: DialogId
    request: Request


@dataclass(frozen=True, slots=True)
class Trying:
    """A 100 to an INVITE of ours: somebody works on it."""

    invite: InviteId


@dataclass(frozen=True, slots=True)
class Progressed:
    """A provisional response above 100. `dialog` is the early dialog, where the response made one."""

    invite: InviteId
    dialog: DialogId | None
    response: Response


@dataclass(frozen=True, slots=True)
class Answered:
    """A 2xx to an INVITE of ours. ACK was sent, and will be again for repeats.

    Where the 2xx brought the peer's offer, the ACK waits for our answer: `acknowledge`.
    """

    invite: InviteId
    dialog: DialogId
    response: Response
    sdp: bytes = b""
    """The peer's answer, or its offer where the INVITE had none. It came in this response or in a reliable
    provisional before it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An INVITE of ours is over without an answer.

    `response` is missing where the status is our own: 408 when nothing came (timer B), 503 when the
    transport failed, 487 when a cancelled INVITE got no final response or one that crossed the
    CANCEL, 491 when the peer's own re-INVITE was in progress or changed the call while ours backed off.
    """

    invite: InviteId
    status: int
    reason: str
    response: Response | None
    dialog: DialogId | None = None
    """The dialog that a re-INVITE wanted to change."""


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A request of the peer that is none of INVITE, ACK, CANCEL, BYE and OPTIONS; answer it with `answer`.

    `dialog` is the one that it belongs to, where it has one.
    """

    id: RequestId
    request: Request
    hop: Hop
    dialog: DialogId | None
    who: object | None = None
    """What the gate found out of the sender of a request outside of dialogs."""


@dataclass(frozen=True, slots=True)
class UpdateReceived:
    """An UPDATE of the peer, before or after the call was answered (RFC 3311).

    One with a body is an SDP offer, to be answered with `answer`. One without was answered 200 already.
    """

    id: RequestId
    dialog: DialogId
    request: Request


@dataclass(frozen=True, slots=True)
class PrackReceived:
    """A PRACK with SDP: the answer to the offer in our reliable provisional, or else a new offer.

    Answer it with `answer`. One without a body is answered by the stack and not told.
    """

    id: RequestId
    invite: InviteId
    dialog: DialogId
    request: Request


@dataclass(frozen=True, slots=True)
class RefreshDue:
    """The session timer asks us for a sign of life, and the peer has no UPDATE: `reinvite` with the current SDP."""

    dialog: DialogId


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """The final response to a request of ours; without one the status is our own: 408, 481 or 503."""

    id: RequestId
    status: int
    reason: str
    response: Response | None


@dataclass(init=False, slots=True)
class DialogEnded:
    """A dialog ended, and not by our own `bye`. `request` is the peer's BYE, if there was one."""

    dialog: Final[DialogId]
    end: Final[DialogEnd]
    request: Final[Request | None]

    def __init__(self, dialog: DialogId, end: DialogEnd, request: Request | None) -> None:
        self.dialog = dialog
        self.end = end
        self.request = request


@dataclass(init=False, slots=True)
class ByeAnswered:
    """A BYE that was sent, by our own wish or by the stack's, got its answer, or timer F gave up on it."""

    dialog: Final[DialogId]

    def __init__(self, dialog: DialogId) -> None:
        self.dialog = dialog


@dataclass(frozen=True, slots=True)
class PeerFault:
    """Input that breaks the rules, for one log line. The answer, if one is due, was sent."""

    problem: str
    hop: Hop


Output = (
    Transmit
    | Heard
    | InviteReceived
    | Cancelled
    | PrackMissing
    | Acknowledged
    | ReinviteReceived
    | Trying
    | Progressed
    | Answered
    | Failed
    | RequestReceived
    | UpdateReceived
    | PrackReceived
    | RefreshDue
    | RequestAnswered
    | DialogEnded
    | ByeAnswered
    | PeerFault
)
