"""One dialog: its state, its numbering of requests and its path (RFC 3261, section 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import auto
from typing import Final

from voicecore.sip.call_options import DEFAULT, CallOptions
from voicecore.sip.challenge import Answerer
from voicecore.sip.destination import request_hop
from voicecore.sip.headers import Field, Headers
from voicecore.sip.hop import Hop
from voicecore.sip.invite_turn import InviteTurn
from voicecore.sip.message import Message, Request, Response
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.offer_turn import OfferTurn
from voicecore.sip.output import DialogId, InviteId, RequestId
from voicecore.sip.session_timer import SessionTimer
from voicecore.sip.symbol import Symbol
from voicecore.sip.uri import Uri
from voicecore.sip.whereabouts import Find, Whereabouts, nowhere


class State(Symbol):
    EARLY = auto()
    CONFIRMED = auto()
    ENDING = auto()
    """Our BYE has no answer yet; a BYE of the peer that crosses it still finds the dialog."""
    TERMINATED = auto()
    """The call is over, or there never was one; subscriptions may go on."""


class Input(Symbol):
    ANSWER = auto()
    FAILURE = auto()
    """The INVITE failed, or another fork answered."""
    RECEIVE_BYE = auto()
    SEND_BYE = auto()
    BYE_ANSWERED = auto()


TRANSITIONS: dict[tuple[State, Input], State] = {
    (State.EARLY, Input.ANSWER): State.CONFIRMED,
    (State.EARLY, Input.FAILURE): State.TERMINATED,
    (State.EARLY, Input.RECEIVE_BYE): State.TERMINATED,
    (State.CONFIRMED, Input.RECEIVE_BYE): State.TERMINATED,
    (State.CONFIRMED, Input.SEND_BYE): State.ENDING,
    (State.ENDING, Input.RECEIVE_BYE): State.ENDING,
    (State.ENDING, Input.BYE_ANSWERED): State.TERMINATED,
}


@dataclass(init=False, slots=True)
class Parties:
    """Header values for requests of ours, tags included."""

    local: Final[str]
    remote: Final[str]
    contact: Final[str]

    def __init__(self, local: str, remote: str, contact: str) -> None:
        self.local = local
        self.remote = remote
        self.contact = contact


@dataclass(init=False, slots=True)
class Path:
    """The route set, the remote target, and a hop that is known to work."""

    routes: Final[tuple[NameAddr, ...]]
    target: Final[Uri]
    hop: Final[Hop]
    is_symmetric: Final[bool]
    """The peer sits behind a NAT: what its Contact names is reached where its messages come from."""
    find: Final[Find]
    led: Final[Whereabouts | None]
    """Where the target led when the peer named it; only of a GRUU of ours."""

    def __init__(
        self,
        routes: tuple[NameAddr, ...],
        target: Uri,
        hop: Hop,
        is_symmetric: bool = False,
        find: Find = nowhere,
        led: Whereabouts | None = None,
    ) -> None:
        self.routes = routes
        self.target = target
        self.hop = hop
        self.is_symmetric = is_symmetric
        self.find = find
        self.led = led

    def to(self, target: Uri) -> Path:
        """The same way to another target."""
        if target.parameter("gr") is None:
            return replace(self, target=target, led=None)
        led = self.find(target, self.hop)
        # Any other GRUU leads through its domain's proxy, and that sits where the messages come from.
        return replace(self, target=target, led=led, is_symmetric=self.is_symmetric or led is None)

    def current(self) -> Path:
        """With the contact that a GRUU leads to now, or led to last, in its place (RFC 5627, 6.1)."""
        if self.led is None:
            return self
        found = self.find(self.target, None) or self.led
        if self.routes:
            return Path(self.routes, found.target, self.hop, self.is_symmetric)
        return Path(found.routes, found.target, found.hop, is_symmetric=True)

    def next_hop(self) -> Hop:
        if self.led is not None:
            return self.current().next_hop()
        if self.is_symmetric and not self.routes:
            return self.hop
        return request_hop(self.routes[0].uri if self.routes else self.target, self.hop)

    def request_uri(self) -> Uri:
        return self.routes[0].uri if self._is_strict else self.target

    def route_fields(self) -> list[Field]:
        """RFC 3261, 12.2.1.1: a first router without `lr` wants the target at the end of the Route."""
        if self._is_strict:
            return [("Route", str(route)) for route in self.routes[1:]] + [("Route", f"<{self.target}>")]
        return [("Route", str(route)) for route in self.routes]

    @property
    def _is_strict(self) -> bool:
        return bool(self.routes) and self.routes[0].uri.parameter("lr") is None


def dialog_id_of(request: Request, local_tag: str) -> DialogId:
    """The dialog that our answer with this To tag makes (RFC 3261, 12.1.1)."""
    return DialogId(request.call_id, local_tag, request.from_tag or "")


class Dialog:
    __slots__ = (
        "answerer",
        "asked",
        "id",
        "is_caller",
        "local_cseq",
        "offer",
        "options",
        "parties",
        "path",
        "remote_cseq",
        "session",
        "state",
        "subscriptions",
        "turn",
        "update",
        "waiting",
    )

    def __init__(
        self,
        id: DialogId,
        parties: Parties,
        path: Path,
        *,
        local_cseq: int = 0,
        remote_cseq: int | None = None,
        is_caller: bool = False,
        options: CallOptions = DEFAULT,
    ) -> None:
        """`is_caller`: the Call-ID is ours."""
        self.id = id
        self.state = State.EARLY
        self.parties = parties
        self.path = path
        self.local_cseq = local_cseq
        self.remote_cseq = remote_cseq
        self.is_caller = is_caller
        self.options = options
        self.turn = InviteTurn()
        self.offer = OfferTurn()
        self.session: SessionTimer | None = None
        """Made when a session timer is first agreed."""
        self.update: RequestId | None = None
        """Our UPDATE that has no final response."""
        self.waiting: InviteId | None = None
        """Our re-INVITE that met the peer's, until it is sent again."""
        self.asked: tuple[RequestId, ...] = ()
        """The peer's UPDATE or PRACK that waits for our answer."""
        self.answerer: Answerer | None = None
        """Answers the challenges of who is called; only a dialog that we began has one."""
        self.subscriptions = 0
        """How many SUBSCRIBEs and REFERs of the peer are still notified within it."""

    def advance(self, what: Input) -> bool:
        """Step the table. False where this state has no use for the input."""
        after = TRANSITIONS.get((self.state, what))
        if after is None:
            return False
        self.state = after
        return True

    def accept(self, cseq: int) -> bool:
        """Whether a request of the peer comes in order (RFC 3261, 12.2.2); a later one may skip numbers."""
        if self.remote_cseq is not None and cseq < self.remote_cseq:
            return False
        self.remote_cseq = cseq
        return True

    def refresh_target(self, message: Message) -> None:
        """The Contact of a re-INVITE or of its 2xx is the new remote target (RFC 3261, 12.2.1.2, 12.2.2)."""
        if message.contact is not None and message.contact.uri.is_sip:
            self.path = self.path.to(message.contact.uri)

    def follow(self, contact: Uri, hop: Hop) -> bool:
        """The peer came back over another connection: requests take that one. False where it is not its contact.

        RFC 5626, 5.3: who proves it is who it was; the parameters of a Contact may differ from request to request.
        """
        target = self.path.current().target
        if (target.user, target.host, target.port) != (contact.user, contact.host, contact.port):
            return False
        led = self.path.led and self.path.led._replace(hop=hop)
        self.path = replace(self.path, hop=hop, led=led)
        return True

    def confirm_path(self, response: Response) -> None:
        """Take the route set and the target again from the 2xx (RFC 3261, 13.2.2.4)."""
        routes = tuple(reversed(response.routes("Record-Route")))
        self.path = replace(self.path, routes=routes)
        self.refresh_target(response)

    def next_cseq(self) -> int:
        self.local_cseq += 1
        return self.local_cseq

    def request(
        self, method: str, cseq: int, via: str, fields: Sequence[Field] = (), body: bytes = b""
    ) -> Request:
        """A request within the dialog (RFC 3261, 12.2.1.1)."""
        path = self.path.current()
        return Request(
            method,
            path.request_uri(),
            Headers(
                [
                    ("Via", via),
                    ("Max-Forwards", "70"),
                    *path.route_fields(),
                    ("From", self.parties.local),
                    ("To", self.parties.remote),
                    ("Call-ID", self.id.call_id),
                    ("CSeq", f"{cseq} {method}"),
                    *fields,
                ]
            ),
            body,
        )
