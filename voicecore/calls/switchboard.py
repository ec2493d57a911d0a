"""Between the SIP stack and the calls: every output of the stack finds its leg; new INVITEs become calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from itertools import count
from typing import Any, assert_never

import structlog

from voicecore.calls import click_to_dial, outbound, transfer
from voicecore.calls.active_call import ActiveCall, Script, Services
from voicecore.calls.destination import Denied, Directory, PickUp, ToFlow, ToParty
from voicecore.calls.dial_outcome import DialOutcome
from voicecore.calls.inbound import (
    RETRY_AFTER_S,
    Refusal,
    offered_leg,
    refused_extension,
    wants_privacy,
)
from voicecore.calls.journal import Journal
from voicecore.calls.leg import Leg
from voicecore.calls.leg_table import LegTable
from voicecore.calls.message_keeper import MessageKeeper
from voicecore.calls.numbers import NumberEntry
from voicecore.calls.party import STRANGER, Party, PartyKind
from voicecore.calls.pickup import pick_up
from voicecore.calls.reception import NOT_OF_A_CALL, Reception
from voicecore.calls.requests import Reply, reply_to
from voicecore.errors import PeerError, Unavailable
from voicecore.ids import CallId, LegId, new_call_id
from voicecore.sip import output as stack
from voicecore.sip.call_options import DEFAULT
from voicecore.sip.hop import Hop
from voicecore.sip.non_invite import Draft
from voicecore.sip.values.replaces import Replaces
from voicecore.store.records import CallRecord, Side

_log = structlog.get_logger(__name__)

ScriptOf = Callable[[NumberEntry], Script]
"""What answers a number. Given by `ivr`, which this room does not know."""


class Switchboard:
    """One a process. Runs inside a task group that owns every call."""

    def __init__(
        self,
        reception: Reception,
        script_of: ScriptOf,
        group: asyncio.TaskGroup,
    ) -> None:
        self.reception = reception
        self._script_of = script_of
        self._group = group
        self._services: Services | None = None
        self._leg_ids = count(1)
        self._messages = MessageKeeper()
        self._legs = LegTable(self._messages)
        self._asked: dict[stack.RequestId, asyncio.Future[stack.RequestAnswered]] = {}
        self._calls: dict[CallId, ActiveCall] = {}
        self._closing = False
        self._idle = asyncio.Event()
        self._idle.set()

    def connect(self, services: Services) -> None:
        """Joins the runner and the rest of the machine; called once, before the first datagram."""
        self._services = services

    @property
    def directory(self) -> Directory:
        return self.reception.directory

    @property
    def services(self) -> Services:
        if self._services is None:
            raise RuntimeError("the switchboard is not connected")
        return self._services

    @property
    def calls(self) -> tuple[ActiveCall, ...]:
        return tuple(self._calls.values())

    @property
    def running(self) -> int:
        """How many calls there are."""
        return len(self._calls)

    def call(self, id: CallId) -> ActiveCall | None:
        """The running call of this id."""
        return self._calls.get(id)

    def call_named(self, sip_call_id: str) -> CallId | None:
        """The running call that a SIP message belongs to."""
        return self._messages.call_named(sip_call_id)

    # -- a registry for the legs ------------------------------------------------------------------
    def new_leg_id(self) -> LegId:
        return LegId(next(self._leg_ids))

    def register(self, leg: Leg, journal: Journal) -> None:
        self._legs.register(leg, journal)
        self.services.browsers.joined(leg, journal)
        self.reception.joined(leg)

    def forget(self, leg: Leg, journal: Journal) -> None:
        self._legs.forget(leg)
        self.services.browsers.left(leg)
        self.reception.left(leg)

    def message_light(self, account: str, new: int, old: int) -> bool:
        return self.reception.message_light(account, new, old)

    def talking(self, account: str) -> Leg | None:
        """A phone of that account that talks to somebody."""
        party = Party(PartyKind.ACCOUNT, account)
        legs = (leg for call in self.calls for leg in call.legs)
        return next((leg for leg in legs if leg.bridge is not None and leg.identity.party == party), None)

    async def ask(
        self,
        dialog: stack.DialogId,
        method: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> stack.RequestAnswered:
        """Sends a request within a dialog and returns its final response, ours (408, 481, 503) included."""
        return await self._answer_to(
            self.services.sip.request_within(dialog, method, headers=headers, body=body)
        )

    async def ask_outside(self, draft: Draft, hop: Hop) -> stack.RequestAnswered:
        """Sends a request outside of any dialog and returns its final response, ours (408, 503) included."""
        return await self._answer_to(self.services.sip.request(draft, hop))

    async def _answer_to(self, id: stack.RequestId) -> stack.RequestAnswered:
        answered: asyncio.Future[stack.RequestAnswered] = asyncio.get_running_loop().create_future()
        self._asked[id] = answered
        try:
            return await answered
        finally:
            self._asked.pop(id, None)

    # -- an exchange for transfers ------------------------------------------------------------------
    def may_transfer(self, leg: Leg) -> bool:
        """Whom a flow of ours called may; a caller only as far as it is known."""
        return leg.identity.side is Side.OUTBOUND or self.reception.may_transfer(leg.identity.party)

    def leg_of(self, dialog: stack.DialogId) -> Leg | None:
        return self._legs.leg_of(dialog)

    def call_of(self, leg: Leg) -> ActiveCall | None:
        return self._calls.get(leg.identity.call)

    def new_call(self, *, number: str, caller: str, flow: str | None) -> ActiveCall:
        wall = self.services.clock.wall()
        id = new_call_id(wall.timestamp())
        return ActiveCall(
            CallRecord(id, number, caller, flow, wall), self.services, Journal(id, self.services.clock)
        )

    async def dial(self, call: ActiveCall, target: str, *, on_behalf_of: Leg) -> DialOutcome:
        return await outbound.dial(call, target, on_behalf_of=on_behalf_of.identity.party)

    def script_of(self, entry: NumberEntry) -> Script:
        return self._script_of(entry)

    # -- the stack's outputs ----------------------------------------------------------------------
    def receive(self, output: stack.Output) -> None:
        legs = self._legs
        match output:
            case stack.Heard() | stack.Transmit():
                self._messages.keep(output)
            case stack.InviteReceived(invite):
                try:
                    self._incoming(output)
                except Exception:
                    # Unanswered, the INVITE would stay for ever, and so would what we keep of it.
                    self.services.sip.respond(invite, 500)
                    raise
            case stack.ReinviteReceived():
                legs.reinvited(output, self.services.sip)
            case stack.Acknowledged(_, dialog, request):
                legs.acknowledged(dialog, request)
            case stack.Cancelled(invite, cancel):
                legs.cancelled(invite, cancel)
            case stack.PrackMissing(invite):
                legs.prack_missing(invite)
            case stack.Trying(invite):
                legs.trying(invite)
            case stack.Progressed():
                legs.progressed(output)
            case stack.Answered():
                legs.answered(output, self.services.sip)
            case stack.Failed():
                legs.failed(output)
            case stack.RequestReceived():
                self._requested(output)
            case stack.PrackReceived(request_id, _, dialog, request) | stack.UpdateReceived(
                request_id, dialog, request
            ):
                legs.updated(request_id, dialog, request, self.services.sip)
            case stack.RefreshDue(dialog):
                legs.refresh_due(dialog)
            case stack.RequestAnswered(request_id):
                if (asked := self._asked.get(request_id)) is not None and not asked.done():
                    asked.set_result(output)
            case stack.DialogEnded(dialog, end, bye):
                legs.dialog_ended(dialog, end, bye)
            case stack.ByeAnswered(dialog):
                legs.bye_answered(dialog)
            case stack.PeerFault(problem, hop):
                self._messages.log_once(problem, hop)
            case _:
                assert_never(output)

    # -- calls ------------------------------------------------------------------------------------
    def _incoming(self, received: stack.InviteReceived) -> None:
        invite, request, hop = received.invite, received.request, received.hop
        if self._closing:
            self._refuse(invite, Refusal(503, headers=(("Retry-After", str(RETRY_AFTER_S)),)))
            return
        party = received.who if isinstance(received.who, Party) else STRANGER
        try:
            replaces = Replaces.of(request.headers)
        except PeerError as error:
            self._refuse(invite, Refusal(400, error.reason))
            return
        if replaces is not None:
            ringing = self.reception.ringing_as(replaces, party)
            if ringing is not None:
                refusal = pick_up(self, received, ringing, party)
            else:
                refusal = transfer.replace(self, received, replaces, party)
            if refusal is not None:
                self._refuse(invite, refusal)
            return
        called = self.reception.called(request, party)
        match self.directory.find(called, party, self.services.clock.now()):
            case ToFlow(entry):
                self._answer_by_flow(received, entry, party, called.number)
            case ToParty(target):
                entry = self.reception.connecting(called.number, target)
                self._answer_by_flow(received, entry, party, called.number)
            case PickUp(account):
                ringing = self.reception.ringing_at(account, party)
                refusal = Refusal(404) if ringing is None else pick_up(self, received, ringing, party)
                if refusal is not None:
                    self._refuse(invite, refusal)
            case Denied(status, why):
                self._refuse(invite, Refusal(status))
                self._messages.log_once(why, hop)

    def _answer_by_flow(
        self, received: stack.InviteReceived, entry: NumberEntry, party: Party, number: str
    ) -> None:
        invite, request = received.invite, received.request
        caller = self.reception.caller(request, party)
        call = self.new_call(number=number, caller=caller, flow=entry.flow)
        call.caller_name = self.reception.caller_name(request, party)
        call.hides_caller = wants_privacy(request)
        leg = self._offered(call, received, party)
        if isinstance(leg, Refusal):
            self._refuse(invite, leg)
            _log.warning("call refused", call=call.id, status=leg.status, headers=leg.headers)
            self._messages.write_early(request.call_id, call.journal)
            self._own(call, call.refused(leg.status))
            return
        call.add(leg)
        leg.signalling.dialog = self.services.sip.dialog_of(invite)
        self.start(call, self.reception.screen(request, party, self._script_of(entry)))

    def _offered(self, call: ActiveCall, received: stack.InviteReceived, party: Party) -> Leg | Refusal:
        options = self.reception.options(party)
        if options is not DEFAULT and (refused := refused_extension(received.request, options)) is not None:
            return refused
        try:
            permit = self.reception.admit(party)
        except Unavailable as error:
            return Refusal(503, str(error)[:80], (("Retry-After", str(RETRY_AFTER_S)),))
        leg = offered_leg(call, received.invite, received.request, received.hop, party)
        if isinstance(leg, Refusal):
            permit.over(leg.status)
            return leg
        leg.options = options
        leg.on_over = lambda: permit.over(leg.progress.status or 503)
        return leg

    def _refuse(self, invite: stack.InviteId, refusal: Refusal) -> None:
        self.services.sip.respond(invite, refusal.status, reason=refusal.reason, headers=refusal.headers)

    def start(self, call: ActiveCall, script: Script) -> asyncio.Task[None]:
        """Runs a call in the switchboard's task group."""
        return self._own(call, call.run(script))

    def _own(self, call: ActiveCall, life: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self._calls[call.id] = call
        self._idle.clear()
        return self._group.create_task(self._live(call, life), name=f"call {call.id}")

    async def _live(self, call: ActiveCall, life: Coroutine[Any, Any, None]) -> None:
        try:
            await life
        except Exception:
            # One call's failure must never end the others: its task shares their group.
            _log.exception("call failed", call=call.id)
        finally:
            del self._calls[call.id]
            if not self._calls:
                self._idle.set()

    def close(self) -> None:
        """Refuses new calls and hangs up those that run; their tasks end by themselves."""
        self._closing = True
        for call in self.calls:
            call.cancel()

    async def idle(self) -> None:
        """Returns when no call runs."""
        await self._idle.wait()

    # -- requests beside the call -------------------------------------------------------------------
    def _requested(self, received: stack.RequestReceived) -> None:
        def answer(reply: Reply) -> None:
            keep = reply.status < 300
            self.services.sip.answer(
                received.id, reply.status, reason=reply.reason, headers=reply.headers, keep=keep
            )

        if received.request.method == "REFER" and received.dialog is None:
            party = received.who if isinstance(received.who, Party) else STRANGER
            sip, now = self.services.sip, self.services.clock.now()
            click_to_dial.refer(self, received, party, sip, now, lambda status: answer(Reply(status)))
            return
        leg = None if received.dialog is None else self.leg_of(received.dialog)
        if leg is None or received.request.method in NOT_OF_A_CALL:
            if (reply := self.reception.request(received)) is not None:
                answer(reply)
        elif received.request.method == "REFER":
            transfer.refer(self, leg, received, lambda status: answer(Reply(status)))
        else:
            answer(reply_to(leg, received.request))
