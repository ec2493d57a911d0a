"""The legs by their names in the SIP stack, and what the stack says of those that exist."""

from __future__ import annotations

from typing import assert_never

import structlog

from voicecore.calls.diversion import contacts_of
from voicecore.calls.journal import EventKind, Journal
from voicecore.calls.leg import Leg
from voicecore.calls.leg_facts import LegEnd
from voicecore.calls.message_keeper import MessageKeeper
from voicecore.calls.requests import is_completed_elsewhere, told_reason
from voicecore.errors import PeerError
from voicecore.sdp.offer_answer import Direction
from voicecore.sip import output as stack
from voicecore.sip.message import Request
from voicecore.sip.values.reason import cause_of
from voicecore.sip.values.retry_after import seconds_of
from voicecore.sip.values.warning import ADDRESS_FAMILY, warning_codes
from voicecore.transport.sip_runner import SipRunner

_log = structlog.get_logger(__name__)


class LegTable:
    """Finds the leg of each output and tells it what happened."""

    def __init__(self, messages: MessageKeeper) -> None:
        self._messages = messages
        self._by_invite: dict[stack.InviteId, Leg] = {}

    def register(self, leg: Leg, journal: Journal) -> None:
        self._by_invite[leg.signalling.invite] = leg
        self._messages.register(leg, journal)

    def forget(self, leg: Leg) -> None:
        self._by_invite.pop(leg.signalling.invite, None)
        self._messages.forget(leg)

    def leg_of(self, dialog: stack.DialogId) -> Leg | None:
        return self._messages.leg_of(dialog)

    # -- before the answer ------------------------------------------------------------------------
    def cancelled(self, invite: stack.InviteId, request: Request | None) -> None:
        if leg := self._by_invite.get(invite):
            leg.is_taken_elsewhere = request is not None and is_completed_elsewhere(request.headers)
            leg.told = None if request is None else cause_of(request.headers)
            leg.ended(LegEnd.CANCELLED, status=487)

    def prack_missing(self, invite: stack.InviteId) -> None:
        if leg := self._by_invite.get(invite):
            leg.ended(LegEnd.GONE, status=504)

    def trying(self, invite: stack.InviteId) -> None:
        if leg := self._by_invite.get(invite):
            leg.heard()

    def progressed(self, progressed: stack.Progressed) -> None:
        leg, response = self._by_invite.get(progressed.invite), progressed.response
        if leg is None:
            return
        try:
            leg.peer_progressed(progressed.dialog, response.status, response.body)
        except PeerError as error:
            _log.warning("no usable early answer", call=leg.identity.call, problem=error.reason)

    def answered(self, answered: stack.Answered, sip: SipRunner) -> None:
        invite, dialog, body = answered.invite, answered.dialog, answered.sdp
        changed = self.leg_of(dialog)
        if changed is not None and changed.changes.is_changed_by(invite):
            try:
                changed.changes.change_answered(body)
            except PeerError as error:
                _log.warning(
                    "no usable answer to our offer", call=changed.identity.call, problem=error.reason
                )
            return
        leg = self._by_invite.get(invite)
        if leg is None or (leg.signalling.dialog not in (None, dialog)):
            sip.bye(dialog)  # a second fork answered, or the call is over
            return
        try:
            leg.peer_answered(dialog, body)
        except PeerError as error:
            _log.warning("no usable answer to our offer", call=leg.identity.call, problem=error.reason)

    def failed(self, failed: stack.Failed) -> None:
        if failed.dialog is not None:
            changed = self.leg_of(failed.dialog)
            if changed is not None and changed.changes.is_changed_by(failed.invite):
                changed.changes.change_failed()
            return
        if leg := self._by_invite.get(failed.invite):
            status, reason = failed.status, failed.reason
            if failed.response is not None:
                leg.was_heard, leg.told = True, cause_of(failed.response.headers)
                leg.diverted_to = contacts_of(failed.response)
                leg.retry_after_s = seconds_of(failed.response.headers)
                refused = warning_codes(failed.response.headers) if status in (488, 606) else ()
                leg.progress.wants_other_family = not ADDRESS_FAMILY.isdisjoint(refused)
                if (told := told_reason(failed.response.headers)) is not None:
                    reason = f"{reason} ({told})"
            cancelled = status == 487
            leg.ended(LegEnd.CANCELLED if cancelled else LegEnd.REJECTED, status=status, reason=reason)

    # -- within a call ----------------------------------------------------------------------------
    def acknowledged(self, dialog: stack.DialogId, request: Request) -> None:
        leg = self.leg_of(dialog)
        if leg is None:
            return
        try:
            leg.changes.acknowledged(request.body)
        except PeerError as error:
            _log.warning("no usable answer in the ACK", call=leg.identity.call, problem=error.reason)
            leg.hang_up()

    def reinvited(self, reinvited: stack.ReinviteReceived, sip: SipRunner) -> None:
        leg = self.leg_of(reinvited.dialog)
        if leg is None:
            sip.respond(reinvited.invite, 481)
            return
        before = None if leg.negotiated is None else leg.negotiated.direction
        direction = leg.changes.reoffered(reinvited.invite, reinvited.request.body)
        self._note_hold(leg, before, direction)

    def updated(self, id: stack.RequestId, dialog: stack.DialogId, request: Request, sip: SipRunner) -> None:
        leg = self.leg_of(dialog)
        if leg is None and (dialling := self._messages.dialling(dialog)) is not None:
            leg = dialling if dialling.settle_early(dialog) else None
        if leg is None or not request.body:
            sip.answer(id, 488)  # without SDP it was answered already
            return
        before = None if leg.negotiated is None else leg.negotiated.direction
        self._note_hold(leg, before, leg.changes.updated(id, request.body))

    def refresh_due(self, dialog: stack.DialogId) -> None:
        if leg := self.leg_of(dialog):
            leg.changes.refresh()

    def bye_answered(self, dialog: stack.DialogId) -> None:
        if leg := self.leg_of(dialog):
            leg.ended(LegEnd.OURS)

    def dialog_ended(self, dialog: stack.DialogId, end: stack.DialogEnd, bye: Request | None) -> None:
        leg = self.leg_of(dialog)
        if leg is None:
            return
        match end:
            case stack.DialogEnd.BYE_RECEIVED:
                leg.told = None if bye is None else cause_of(bye.headers)
                leg.ended(LegEnd.PEER, reason=None if bye is None else told_reason(bye.headers))
            case stack.DialogEnd.NO_ACK:
                leg.ended(LegEnd.NO_ACK)
            case stack.DialogEnd.GONE | stack.DialogEnd.SESSION_EXPIRED:
                leg.ended(LegEnd.GONE)
            case _:
                assert_never(end)

    def _note_hold(self, leg: Leg, before: Direction | None, direction: Direction | None) -> None:
        if direction is not None and direction is not before:
            held = direction in (Direction.INACTIVE, Direction.RECVONLY)
            if (journal := self._messages.journal_of(leg)) is not None:
                journal.note(EventKind.HELD if held else EventKind.RESUMED, f"leg {leg.id}")
