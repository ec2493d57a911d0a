"""What the stack remembers of calls: dialogs, and INVITEs that are not settled (usages of RFC 5057)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from voicecore.sip.arrival import Arrival
from voicecore.sip.call_options import DEFAULT, CallOptions
from voicecore.sip.challenge import Answerer
from voicecore.sip.dialog import Dialog
from voicecore.sip.headers import Field
from voicecore.sip.hop import Hop
from voicecore.sip.incoming_invite import IncomingInvite
from voicecore.sip.message import Request
from voicecore.sip.outgoing_invite import OutgoingInvite
from voicecore.sip.output import DialogId, InviteId, RequestId, Transmit
from voicecore.sip.reliable_provisional import ProvisionalOrder, ReliableProvisionals
from voicecore.sip.transaction.key import ClientKey, ServerKey


@dataclass(frozen=True, slots=True)
class HeldAnswer:
    """A 2xx that waits for the PRACK of what was sent before it."""

    status: int
    reason: str | None
    sdp: bytes
    headers: tuple[Field, ...]


@dataclass(init=False, slots=True)
class Incoming:
    """An INVITE of the peer. `last` is its last provisional, or its 2xx, to send again."""

    id: InviteId
    arrival: Arrival
    machine: IncomingInvite
    dialog: Dialog
    last: Transmit | None
    bye_fields: tuple[Field, ...]
    """Header fields of the BYE that waits for the ACK."""
    reliable: ReliableProvisionals | None
    """Made when the first reliable provisional goes out."""
    held: HeldAnswer | None
    has_sent_sdp: bool
    """Our answer, or our offer, went out in a reliable response; there is no second one (RFC 3261, 13.2.1)."""
    cancel: Request | None
    """The peer's CANCEL."""

    def __init__(
        self,
        id: InviteId,
        arrival: Arrival,
        machine: IncomingInvite,
        dialog: Dialog,
        last: Transmit | None = None,
        bye_fields: tuple[Field, ...] = (),
        reliable: ReliableProvisionals | None = None,
        held: HeldAnswer | None = None,
        has_sent_sdp: bool = False,
        cancel: Request | None = None,
    ) -> None:
        self.id = id
        self.arrival = arrival
        self.machine = machine
        self.dialog = dialog
        self.last = last
        self.bye_fields = bye_fields
        self.reliable = reliable
        self.held = held
        self.has_sent_sdp = has_sent_sdp
        self.cancel = cancel

    @property
    def is_initial(self) -> bool:
        return self.arrival.request.to_tag is None


@dataclass(slots=True)
class Fork:
    """One far end that answered our INVITE, known by its To tag."""

    dialog: Dialog
    ack: Transmit | None = None
    order: ProvisionalOrder | None = None
    """Made when the first reliable provisional comes."""
    sdp: bytes = b""
    """The peer's answer or offer, once it came in a reliable response."""
    rack: str | None = None
    """The RAck of the PRACK that waits for our SDP answer."""
    owes_answer: bool = False
    """The 2xx brought the peer's offer: the ACK waits for our answer."""


@dataclass(slots=True)
class Asked:
    """A request of the peer beside the call, not yet answered."""

    arrival: Arrival
    dialog: Dialog | None


@dataclass(frozen=True, slots=True)
class Asking:
    """A request of ours beside the call, not yet answered."""

    id: RequestId
    request: Request
    hop: Hop
    dialog: Dialog | None
    answerer: Answerer | None = None
    answers: int = 0
    is_refresh: bool = False
    """Sent by the stack itself for the session timer: nobody is told."""


@dataclass(init=False, slots=True)
class Goodbye:
    """A BYE of ours, not yet answered."""

    request: Final[Request]
    hop: Final[Hop]
    dialog: Final[Dialog]
    answers: Final[int]

    def __init__(self, request: Request, hop: Hop, dialog: Dialog, answers: int = 0) -> None:
        self.request = request
        self.hop = hop
        self.dialog = dialog
        self.answers = answers


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A request that was too large for a datagram, as it goes out should nobody take connections."""

    request: Request
    branch: str
    hop: Hop


@dataclass(slots=True)
class Outgoing:
    """An INVITE of ours. `base` is the dialog of a re-INVITE."""

    id: InviteId
    key: ClientKey
    request: Request
    hop: Hop
    machine: OutgoingInvite
    base: Dialog | None
    forks: dict[str, Fork] = field(default_factory=dict)
    cancel_fields: tuple[Field, ...] = ()
    answerer: Answerer | None = None
    answers: int = 0
    """How often a challenge was answered."""
    options: CallOptions = DEFAULT
    retries: int = 0
    """How often it was sent again after a glare."""
    exchanges: int = 0
    """How many offers had been answered in the dialog when it began to back off."""
    is_symmetric: bool = False
    """The callee sits behind a NAT; its dialog stays on the way that the INVITE took."""


class Usages:
    def __init__(self) -> None:
        self.dialogs: dict[DialogId, Dialog] = {}
        self.incoming: dict[InviteId, Incoming] = {}
        self.outgoing: dict[InviteId, Outgoing] = {}
        self.incoming_of: dict[ServerKey, Incoming] = {}
        self.outgoing_of: dict[ClientKey, Outgoing] = {}
        self.byes: dict[ClientKey, Goodbye] = {}
        """Dialogs whose end waits for the answer to our BYE."""
        self.upgraded: dict[ClientKey, Upgraded] = {}
        self.asked: dict[RequestId, Asked] = {}
        self.asking: dict[ClientKey, Asking] = {}
        self._last_invite = 0
        self._last_request = 0

    def new_invite_id(self) -> InviteId:
        self._last_invite += 1
        return InviteId(self._last_invite)

    def has_issued(self, invite: InviteId) -> bool:
        return 0 < invite <= self._last_invite

    def new_request_id(self) -> RequestId:
        self._last_request += 1
        return RequestId(self._last_request)

    def has_issued_request(self, request: RequestId) -> bool:
        return 0 < request <= self._last_request

    def add_incoming(self, incoming: Incoming) -> None:
        self.incoming[incoming.id] = incoming
        self.incoming_of[incoming.arrival.key] = incoming

    def drop_incoming(self, incoming: Incoming) -> None:
        del self.incoming[incoming.id]
        del self.incoming_of[incoming.arrival.key]

    def add_outgoing(self, outgoing: Outgoing) -> None:
        self.outgoing[outgoing.id] = outgoing
        self.outgoing_of[outgoing.key] = outgoing

    def drop_outgoing(self, outgoing: Outgoing) -> None:
        del self.outgoing[outgoing.id]
        self.outgoing_of.pop(outgoing.key, None)

    def add_dialog(self, dialog: Dialog) -> None:
        self.dialogs[dialog.id] = dialog

    def drop_dialog(self, dialog: Dialog) -> None:
        """The call of a dialog is over; subscriptions keep the dialog itself (RFC 5057)."""
        if not dialog.subscriptions:
            self.dialogs.pop(dialog.id, None)
