"""The whole SIP user agent as one machine: it sequences transactions, dialogs and the two cores. No I/O.

It owns no protocol state: every input goes to the small machine that it concerns, by way of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, assert_never

from voicecore.errors import UsageError
from voicecore.sip import non_invite, progress, session_keeping, uac, uac_request, uas, update
from voicecore.sip.arrival import Arrival
from voicecore.sip.call_options import CallOptions
from voicecore.sip.challenge import Answerer
from voicecore.sip.core import Core
from voicecore.sip.gate import Gate, Ignore, LetIn, OpenGate, TurnAway
from voicecore.sip.hang_up import hang_up
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request, Response
from voicecore.sip.methods import ack, bye, cancel, invite, options, prack
from voicecore.sip.methods import update as peer_update
from voicecore.sip.multipart import with_plain_sdp
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.non_invite import Draft
from voicecore.sip.output import DialogId, Heard, InviteId, Output, PeerFault, RequestId
from voicecore.sip.parser import MalformedMessage, parse_datagram
from voicecore.sip.settings import StackSettings
from voicecore.sip.transaction.key import ClientKey, ServerKey, server_key
from voicecore.sip.uri import Uri
from voicecore.sip.whereabouts import Find, nowhere

METHODS: dict[str, Callable[[Core, Arrival, float], None]] = {
    "INVITE": invite.receive,
    "ACK": ack.receive,
    "BYE": bye.receive,
    "CANCEL": cancel.receive,
    "OPTIONS": options.receive,
    "PRACK": prack.receive,
    "UPDATE": peer_update.receive,
    "REGISTER": non_invite.receive,
    "SUBSCRIBE": non_invite.receive,
    "NOTIFY": non_invite.receive,
    "REFER": non_invite.receive,
    "INFO": non_invite.receive,
    "MESSAGE": non_invite.receive,
}
"""Every method that we answer; all others get 405."""


class Census(NamedTuple):
    """How much a stack remembers. All zero once its calls and their last repeats are over."""

    server_transactions: int
    client_transactions: int
    dialogs: int
    invites: int
    timers: int


class Stack:
    def __init__(
        self,
        settings: StackSettings,
        *,
        token: Callable[[int], str],
        gate: Gate | None = None,
        find: Find = nowhere,
    ) -> None:
        """`token(n)` makes `n` random URL-safe characters, for tags, branches and Call-IDs.

        `find` knows where a GRUU leads that a peer gave as its Contact.
        """
        self._gate = gate or OpenGate()
        self._core = Core(settings, token, METHODS, find)

    def receive(self, datagram: bytes, hop: Hop, now: float) -> None:
        """A datagram that came to `hop.local` from `hop.remote`. Nothing in it can make this raise."""
        try:
            message = parse_datagram(datagram)
        except MalformedMessage as fault:
            self._refuse_malformed(fault, hop, now)
            return
        self._core.outbox.append(Heard(datagram, hop, message.call_id))
        if message.body:
            message = with_plain_sdp(message)
        match message:
            case Request():
                self._receive_request(message, hop, now)
            case Response():
                uac.receive(self._core, message, now)
            case _:
                assert_never(message)

    def _receive_request(self, request: Request, hop: Hop, now: float) -> None:
        core, key = self._core, server_key(request)
        if core.transactions.servers.receive(key, request, now):
            return
        arrival = Arrival(request, hop, key)
        if request.method == "ACK":
            ack.receive(core, arrival, now)
            return
        if not self._is_let_in(arrival, now):
            return
        method = METHODS.get(request.method)
        if method is None:
            core.answer_once(arrival, 405, fields=[core.abilities.allow])
        elif uas.is_admitted(core, arrival):
            method(core, arrival, now)

    def _is_let_in(self, arrival: Arrival, now: float) -> bool:
        core = self._core
        if core.is_known(arrival):
            return True
        match self._gate.judge(arrival.request, arrival.hop, now):
            case LetIn(who):
                arrival.who = who
                return True
            case TurnAway(status, reason, fields):
                core.answer_once(arrival, status, reason, fields)
            case Ignore():
                pass
        return False

    def _refuse_malformed(self, fault: MalformedMessage, hop: Hop, now: float) -> None:
        request = fault.request
        may_answer = request is not None and request.method != "ACK"
        if request is not None and may_answer and self._gate.answers_malformed(hop, now):
            arrival = Arrival(request, hop, server_key(request))
            self._core.answer_once(arrival, fault.status, fault.reason)
        self._core.outbox.append(PeerFault(fault.reason, hop))

    def transport_failed(self, hop: Hop, now: float) -> None:
        """The transport says that nothing reaches `hop.remote`: requests waiting for it fail with 503."""
        for ended in self._core.transactions.clients.transport_failed(hop, now):
            uac.transaction_ended(self._core, ended, now)

    def handle_timer(self, now: float) -> None:
        core = self._core
        while (wake := core.agenda.pop_due(now)) is not None:
            match wake:
                case ServerKey():
                    core.transactions.servers.handle_timer(wake, now)
                case ClientKey():
                    if (ended := core.transactions.clients.handle_timer(wake, now)) is not None:
                        uac.transaction_ended(core, ended, now)
                case DialogId():
                    session_keeping.handle_timer(core, wake, now)
                case int():
                    uas.handle_timer(core, wake, now)
                    uac.handle_timer(core, wake, now)
                case _:
                    assert_never(wake)

    def next_timer(self) -> float | None:
        return self._core.agenda.next_timer()

    def poll(self) -> list[Output]:
        """What happened since the last poll, in order."""
        output = self._core.outbox.copy()
        self._core.outbox.clear()
        return output

    def respond(
        self,
        invite: InviteId,
        status: int,
        now: float,
        *,
        reason: str | None = None,
        sdp: bytes = b"",
        headers: Sequence[tuple[str, str]] = (),
        reliable: bool = False,
        options: CallOptions | None = None,
    ) -> bool:
        """Answer a peer's INVITE. A 2xx is repeated until its ACK, a reliable provisional until its PRACK.

        `reliable`: where the peer knows 100rel; where it demands that, every provisional goes that way. The SDP
        of a reliable provisional is the answer (or offer) for good: that of a later response is left out. A 2xx
        waits for the PRACK of it. `options`: what this call may use, from now on, in place of the site's.
        False when the INVITE is settled already (cancelled, answered, gone): a race, not an error.
        UsageError for an unknown INVITE, one of ours, or a status outside 101-699.
        """
        return uas.respond(
            self._core,
            invite,
            status,
            now,
            reason=reason,
            sdp=sdp,
            headers=headers,
            reliable=reliable,
            options=options,
        )

    def invite(
        self,
        target: Uri,
        hop: Hop,
        now: float,
        *,
        from_: NameAddr,
        sdp: bytes,
        to: NameAddr | None = None,
        headers: Sequence[tuple[str, str]] = (),
        is_symmetric: bool = False,
        answerer: Answerer | None = None,
        options: CallOptions | None = None,
    ) -> InviteId:
        """Call `target` by way of `hop`. Without `sdp` the peer makes the offer, for `acknowledge`.

        `is_symmetric`: the callee sits behind a NAT and is only reached on this way, whatever its Contact says.
        `answerer` answers challenges, of this INVITE and of all that follows in its dialog.
        `options`: what this call may use, in place of the site's.
        """
        return uac_request.invite(
            self._core,
            target,
            hop,
            now,
            from_=from_,
            to=to,
            sdp=sdp,
            headers=headers,
            is_symmetric=is_symmetric,
            answerer=answerer,
            options=options or self._core.settings.call,
        )

    def prack(self, invite: InviteId, dialog: DialogId, now: float, *, sdp: bytes) -> bool:
        """Answer the SDP offer in a reliable provisional, where our INVITE had none; False: nothing waits for it.

        All other PRACKs go by themselves.
        """
        found = self._core.usages.dialogs.get(dialog)
        return found is not None and progress.acknowledge(self._core, invite, found, sdp, now)

    def cancel(self, invite: InviteId, now: float, *, reason: str | None = None) -> None:
        """Take an INVITE of ours back; `Failed` will tell. `reason` is the value of a Reason header field.

        The CANCEL waits for a provisional response. Nothing happens where the INVITE is settled already.
        """
        if (outgoing := self._core.usages.outgoing.get(invite)) is not None:
            uac.cancel(self._core, outgoing, now, reason=reason)

    def bye(self, dialog: DialogId, now: float, *, headers: Sequence[tuple[str, str]] = ()) -> None:
        """End an answered call. Nothing happens where the dialog is over already.

        UsageError before the answer: that is for `cancel` and `respond`.
        """
        if (found := self._core.usages.dialogs.get(dialog)) is not None:
            hang_up(self._core, found, headers, now)

    def reinvite(
        self, dialog: DialogId, now: float, *, sdp: bytes, headers: Sequence[tuple[str, str]] = ()
    ) -> InviteId:
        """Change an answered call; `Answered` or `Failed` tell (481 at once where the dialog is over).

        One that meets the peer's own is sent again after a while, unless that changed the call.
        """
        return uac_request.reinvite(self._core, dialog, now, sdp=sdp, headers=headers)

    def acknowledge(self, invite: InviteId, dialog: DialogId, *, sdp: bytes) -> bool:
        """Answer the offer in a 2xx to an INVITE of ours that had none; False: no ACK waits for it.

        All other ACKs go by themselves.
        """
        found = self._core.usages.dialogs.get(dialog)
        return found is not None and progress.answer_in_ack(self._core, invite, found, sdp)

    def update(
        self, dialog: DialogId, now: float, *, sdp: bytes = b"", headers: Sequence[tuple[str, str]] = ()
    ) -> RequestId:
        """Change a call, answered or not, without INVITE (RFC 3311); `RequestAnswered` tells.

        491 at once where an offer, or another UPDATE of ours, is open.
        """
        return update.send(self._core, dialog, now, sdp=sdp, fields=headers)

    def answer(
        self,
        request: RequestId,
        status: int,
        now: float,
        *,
        reason: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        keep: bool = True,
    ) -> bool:
        """The final response to a `RequestReceived`. False when it has one already.

        Without `keep` nothing is remembered, and a repeat is a new request: for challenges and refusals,
        so that a flood of strangers costs no memory. UsageError for an unknown request or a status below 200.
        """
        return non_invite.answer(
            self._core, request, status, now, reason=reason, fields=headers, body=body, keep=keep
        )

    def accept_subscription(
        self, request: RequestId, now: float, *, status: int = 202, headers: Sequence[tuple[str, str]] = ()
    ) -> DialogId:
        """Answer a SUBSCRIBE or REFER with 2xx and keep the dialog for NOTIFYs until `end_subscription`."""
        return non_invite.accept_subscription(self._core, request, status, now, fields=headers)

    def end_subscription(self, dialog: DialogId) -> None:
        """The last NOTIFY was sent. One call for each `accept_subscription`."""
        non_invite.end_subscription(self._core, dialog)

    def request(self, draft: Draft, hop: Hop, now: float) -> RequestId:
        """Send a request outside of any dialog; `RequestAnswered` tells what came of it."""
        return non_invite.send(self._core, draft, hop, now)

    def request_within(
        self,
        dialog: DialogId,
        method: str,
        now: float,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> RequestId:
        """Send a request within a dialog (not INVITE, BYE, UPDATE or PRACK); `RequestAnswered` tells."""
        return non_invite.send_within(self._core, dialog, method, now, fields=headers, body=body)

    def contact(self, user: str | None, hop: Hop) -> str:
        """The Contact value by which `user` of ours is reached from the peer of `hop`."""
        return self._core.contact(user, hop)

    def call_id(self, of: InviteId | DialogId) -> str:
        """The SIP Call-ID of a dialog, or of an INVITE that is not settled. UsageError for any other."""
        if isinstance(of, DialogId):
            return of.call_id
        usages = self._core.usages
        if (incoming := usages.incoming.get(of)) is not None:
            return incoming.arrival.request.call_id
        if (outgoing := usages.outgoing.get(of)) is not None:
            return outgoing.request.call_id
        raise UsageError(f"INVITE {of} is settled or unknown")

    def dialog_of(self, invite: InviteId) -> DialogId:
        """The dialog that a peer's INVITE belongs to, or makes. UsageError where it is settled or unknown."""
        if (incoming := self._core.usages.incoming.get(invite)) is not None:
            return incoming.dialog.id
        raise UsageError(f"INVITE {invite} is settled or unknown")

    def follow(self, dialog: DialogId, contact: Uri, hop: Hop) -> bool:
        """Who proved to be the peer, and has this contact, is reached over `hop` from now on.

        False where the dialog is over, or its remote target is somebody else.
        """
        found = self._core.usages.dialogs.get(dialog)
        return found is not None and found.follow(contact, hop)

    def census(self) -> Census:
        core = self._core
        return Census(
            len(core.transactions.servers),
            len(core.transactions.clients),
            len(core.usages.dialogs),
            len(core.usages.incoming) + len(core.usages.outgoing),
            len(core.agenda),
        )
