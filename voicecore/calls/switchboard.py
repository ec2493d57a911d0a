"""Between the SIP stack and the calls: every output of the stack finds its leg; new INVITEs become calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, assert_never

import structlog

from voicecore.calls.active_call import ActiveCall, Script, Services
from voicecore.calls.inbound import RETRY_AFTER_S, Refusal, entry_for, offered_leg
from voicecore.calls.journal import EventKind, Journal
from voicecore.calls.leg import Leg
from voicecore.calls.leg_facts import LegEnd
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.calls.requests import REQUESTS, refuse
from voicecore.errors import PeerError
from voicecore.ids import CallId, LegId, new_call_id
from voicecore.sdp.offer_answer import Direction
from voicecore.sip import output as stack
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request
from voicecore.store.records import CallRecord

_log = structlog.get_logger(__name__)

ScriptOf = Callable[[NumberEntry], Script]
"""What answers a number. Given by `ivr`, which this room does not know."""

MAX_REMEMBERED_FAULTS = 1000
"""Peers' faults that are remembered so that each is logged once; when full, all are forgotten."""


class Switchboard:
    """One a process. Runs inside a task group that owns every call."""

    def __init__(self, numbers: NumberTable, script_of: ScriptOf, group: asyncio.TaskGroup) -> None:
        self._numbers = numbers
        self._script_of = script_of
        self._group = group
        self._services: Services | None = None
        self._leg_ids = count(1)
        self._by_invite: dict[stack.InviteId, Leg] = {}
        self._by_sip_call: dict[str, list[tuple[Leg, Journal]]] = {}
        self._early_messages: dict[str, list[stack.Heard | stack.Transmit]] = {}
        self._calls: dict[CallId, ActiveCall] = {}
        self._faults: set[tuple[str, str]] = set()
        self._closing = False
        self._idle = asyncio.Event()
        self._idle.set()

    def connect(self, services: Services) -> None:
        """Joins the runner and the rest of the machine; called once, before the first datagram."""
        self._services = services

    @property
    def services(self) -> Services:
        if self._services is None:
            raise RuntimeError("the switchboard is not connected")
        return self._services

    @property
    def calls(self) -> tuple[ActiveCall, ...]:
        return tuple(self._calls.values())

    # -- a registry for the legs ------------------------------------------------------------------
    def new_leg_id(self) -> LegId:
        return LegId(next(self._leg_ids))

    def register(self, leg: Leg, journal: Journal) -> None:
        self._by_invite[leg.signalling.invite] = leg
        self._by_sip_call.setdefault(leg.identity.sip_call_id, []).append((leg, journal))
        for message in self._early_messages.pop(leg.identity.sip_call_id, ()):
            _write(journal, message)

    def forget(self, leg: Leg, journal: Journal) -> None:
        self._by_invite.pop(leg.signalling.invite, None)
        entries = self._by_sip_call.get(leg.identity.sip_call_id, [])
        entries[:] = [entry for entry in entries if entry[0] is not leg]
        if not entries:
            self._by_sip_call.pop(leg.identity.sip_call_id, None)

    # -- the stack's outputs ----------------------------------------------------------------------
    def receive(self, output: stack.Output) -> None:
        match output:
            case stack.Heard() | stack.Transmit():
                self._keep(output)
            case stack.InviteReceived(invite, request, hop):
                try:
                    self._incoming(invite, request, hop)
                except Exception:
                    # Unanswered, the INVITE would stay for ever, and so would what we keep of it.
                    self.services.sip.respond(invite, 500)
                    raise
            case stack.ReinviteReceived(invite, dialog, request):
                self._reinvited(invite, dialog, request)
            case stack.Acknowledged(_, dialog, request):
                self._acknowledged(dialog, request)
            case stack.Cancelled(invite) | stack.PrackMissing(invite):
                if leg := self._by_invite.get(invite):
                    leg.ended(LegEnd.CANCELLED, status=487)
            case stack.Progressed(invite, dialog, response):
                self._progressed(invite, dialog, response.body)
            case stack.Answered(invite, dialog, _, sdp):
                self._answered(invite, dialog, sdp)
            case stack.Failed():
                self._failed(output)
            case stack.RequestReceived():
                self._requested(output)
            case stack.UpdateReceived(request_id, dialog, request):
                self._updated(request_id, dialog, request)
            case stack.PrackReceived(request_id):
                self.services.sip.answer(request_id, 488)  # our provisionals make no offer
            case stack.RefreshDue(dialog):
                if leg := self._leg_of(dialog):
                    leg.refresh()
            case stack.RequestAnswered():
                pass  # what we ask of a peer beside the call is told to it, and nothing hangs on its answer
            case stack.DialogEnded(dialog, end, _):
                self._dialog_ended(dialog, end)
            case stack.ByeAnswered(dialog):
                if leg := self._leg_of(dialog):
                    leg.ended(LegEnd.OURS)
            case stack.PeerFault(problem, hop):
                self._log_once(problem, hop)
            case _:
                assert_never(output)

    # -- calls ------------------------------------------------------------------------------------
    def _incoming(self, invite: stack.InviteId, request: Request, hop: Hop) -> None:
        sip = self.services.sip
        if self._closing:
            sip.respond(invite, 503, headers=(("Retry-After", str(RETRY_AFTER_S)),))
            return
        entry = entry_for(request, self._numbers)
        if isinstance(entry, Refusal):
            sip.respond(invite, entry.status, reason=entry.reason, headers=entry.headers)
            self._log_once("number not in the table", hop)
            return
        wall = self.services.clock.wall()
        call_id = new_call_id(wall.timestamp())
        journal = Journal(call_id, self.services.clock)
        caller = str(request.from_.uri)
        record = CallRecord(call_id, request.uri.user or "", caller, entry.flow, wall)
        call = ActiveCall(record, self.services, journal)
        leg = offered_leg(call, invite, request, hop)
        if isinstance(leg, Refusal):
            sip.respond(invite, leg.status, reason=leg.reason, headers=leg.headers)
            _log.warning("call refused", call=call_id, status=leg.status, headers=leg.headers)
            for message in self._early_messages.pop(request.call_id, ()):
                _write(journal, message)
            self._own(call, call.refused(leg.status))
            return
        call.add(leg)
        leg.signalling.dialog = sip.dialog_of(invite)
        self.start(call, self._script_of(entry))

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

    # -- legs -------------------------------------------------------------------------------------
    def _leg_of(self, dialog: stack.DialogId) -> Leg | None:
        for leg, _ in self._by_sip_call.get(dialog.call_id, ()):
            if leg.signalling.dialog == dialog:
                return leg
        return None

    def _acknowledged(self, dialog: stack.DialogId, request: Request) -> None:
        leg = self._leg_of(dialog)
        if leg is None:
            return
        try:
            leg.acknowledged(request.body)
        except PeerError as error:
            _log.warning("no usable answer in the ACK", call=leg.identity.call, problem=error.reason)
            leg.hang_up()

    def _reinvited(self, invite: stack.InviteId, dialog: stack.DialogId, request: Request) -> None:
        leg = self._leg_of(dialog)
        if leg is None:
            self.services.sip.respond(invite, 481)
            return
        before = None if leg.negotiated is None else leg.negotiated.direction
        direction = leg.reoffered(invite, request.body)
        self._note_hold(leg, before, direction)

    def _updated(self, id: stack.RequestId, dialog: stack.DialogId, request: Request) -> None:
        leg = self._leg_of(dialog)
        if leg is None or not request.body:
            # Without SDP it was answered already; before the answer of the call there is no leg to change.
            self.services.sip.answer(id, 488)
            return
        before = None if leg.negotiated is None else leg.negotiated.direction
        self._note_hold(leg, before, leg.updated(id, request.body))

    def _note_hold(self, leg: Leg, before: Direction | None, direction: Direction | None) -> None:
        if direction is not None and direction is not before:
            held = direction in (Direction.INACTIVE, Direction.RECVONLY)
            journal = next(j for one, j in self._by_sip_call[leg.identity.sip_call_id] if one is leg)
            journal.note(EventKind.HELD if held else EventKind.RESUMED, f"leg {leg.id}")

    def _progressed(self, invite: stack.InviteId, dialog: stack.DialogId | None, body: bytes) -> None:
        leg = self._by_invite.get(invite)
        if leg is None:
            return
        try:
            leg.peer_progressed(dialog, body)
        except PeerError as error:
            _log.warning("no usable early answer", call=leg.identity.call, problem=error.reason)

    def _requested(self, received: stack.RequestReceived) -> None:
        leg = None if received.dialog is None else self._leg_of(received.dialog)
        answer = REQUESTS.get(received.request.method, refuse)(leg, received.request)
        self.services.sip.answer(
            received.id, answer.status, reason=answer.reason, headers=answer.headers, keep=answer.status < 300
        )

    def _answered(self, invite: stack.InviteId, dialog: stack.DialogId, body: bytes) -> None:
        changed = self._leg_of(dialog)
        if changed is not None and changed.is_changed_by(invite):
            try:
                changed.change_answered(body)
            except PeerError as error:
                _log.warning(
                    "no usable answer to our offer", call=changed.identity.call, problem=error.reason
                )
            return
        leg = self._by_invite.get(invite)
        if leg is None or (leg.signalling.dialog not in (None, dialog)):
            self.services.sip.bye(dialog)  # a second fork answered, or the call is over
            return
        try:
            leg.peer_answered(dialog, body)
        except PeerError as error:
            _log.warning("no usable answer to our offer", call=leg.identity.call, problem=error.reason)

    def _failed(self, failed: stack.Failed) -> None:
        if failed.dialog is not None:
            changed = self._leg_of(failed.dialog)
            if changed is not None and changed.is_changed_by(failed.invite):
                changed.change_failed()
            return
        if leg := self._by_invite.get(failed.invite):
            status, reason = failed.status, failed.reason
            leg.was_heard = leg.was_heard or failed.response is not None
            cancelled = status == 487
            leg.ended(LegEnd.CANCELLED if cancelled else LegEnd.REJECTED, status=status, reason=reason)

    def _dialog_ended(self, dialog: stack.DialogId, end: stack.DialogEnd) -> None:
        leg = self._leg_of(dialog)
        if leg is None:
            return
        match end:
            case stack.DialogEnd.BYE_RECEIVED:
                leg.ended(LegEnd.PEER)
            case stack.DialogEnd.NO_ACK:
                leg.ended(LegEnd.NO_ACK)
            case stack.DialogEnd.GONE | stack.DialogEnd.SESSION_EXPIRED:
                leg.ended(LegEnd.GONE)
            case _:
                assert_never(end)

    # -- seeing -----------------------------------------------------------------------------------
    def _keep(self, message: stack.Heard | stack.Transmit) -> None:
        entries = self._by_sip_call.get(message.call_id)
        if entries is None:
            self._keep_early(message)
            return
        for journal in {id(journal): journal for _, journal in entries}.values():
            _write(journal, message)

    def _keep_early(self, message: stack.Heard | stack.Transmit) -> None:
        """The INVITE and its 100 come before the leg exists; kept for the next few calls' worth."""
        kept = self._early_messages.setdefault(message.call_id, [])
        if len(kept) < 4:
            kept.append(message)
        if len(self._early_messages) > 64:
            self._early_messages.pop(next(iter(self._early_messages)))

    def _log_once(self, problem: str, hop: Hop) -> None:
        """Each fault of each peer once: a scanner must not fill the disk."""
        fault = (hop.remote.host, problem)
        if fault in self._faults:
            return
        if len(self._faults) >= MAX_REMEMBERED_FAULTS:
            self._faults.clear()
        self._faults.add(fault)
        _log.warning("peer broke the rules", problem=problem, personal_peer=str(hop.remote))


def _write(journal: Journal, message: stack.Heard | stack.Transmit) -> None:
    received = isinstance(message, stack.Heard)
    journal.message(message.data, message.hop, message.call_id, received=received)
