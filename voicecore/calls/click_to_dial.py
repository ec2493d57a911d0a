"""REFER outside of calls (RFC 3515, 7647): an account has its own phones rung and connected, or a call of its
transferred (Target-Dialog, RFC 4538).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from voicecore.calls import outbound, transfer
from voicecore.calls.active_call import ActiveCall
from voicecore.calls.destination import Denied, PickUp, ToFlow, ToParty
from voicecore.calls.dial_outcome import Answered, status_of
from voicecore.calls.party import Party
from voicecore.calls.reception import Reception
from voicecore.calls.referral import Notifier
from voicecore.calls.transfer import Refused
from voicecore.errors import PeerError
from voicecore.sip.output import DialogId, RequestReceived
from voicecore.sip.values.refer import ReferTo
from voicecore.sip.values.target_dialog import TargetDialog
from voicecore.transport.sip_runner import SipRunner


class Exchange(transfer.Exchange, Protocol):
    """What it needs of the switchboard."""

    reception: Reception


def refer(
    exchange: Exchange,
    received: RequestReceived,
    party: Party,
    sip: SipRunner,
    now: float,
    sip_answer: Callable[[int], object],
) -> None:
    """Carries a REFER out that belongs to no call of ours, or answers why not."""
    headers = received.request.headers
    try:
        target = TargetDialog.of(headers)
        if target is not None:
            _in_the_dialog(exchange, received, target, party, sip_answer)
            return
        wish = ReferTo.of(headers)
        phone, destination = _plan(exchange, received, wish, party, now)
        notifier = Notifier(sip, received)
    except (PeerError, Refused) as refusal:
        sip_answer(refusal.status)
    else:
        _connect(exchange, wish, phone, destination, party, notifier)


def _in_the_dialog(
    exchange: Exchange,
    received: RequestReceived,
    target: TargetDialog,
    party: Party,
    sip_answer: Callable[[int], object],
) -> None:
    """As if it had come within the call, for the account whose call it is: to know the tags is not enough."""
    leg = exchange.leg_of(DialogId(target.call_id, target.remote_tag, target.local_tag))
    if leg is None or not party.name or leg.identity.party != party:
        raise Refused(481, "the dialog is not there, or somebody else's")
    transfer.refer(exchange, leg, received, sip_answer)


def _plan(
    exchange: Exchange, received: RequestReceived, wish: ReferTo, party: Party, now: float
) -> tuple[str, ToFlow | ToParty]:
    """Whose phones ring, and where they are connected then."""
    phone = exchange.reception.click_to_dial(received.request, party)
    if phone is None:
        raise Refused(403, "nobody calls for others without a rule")
    if wish.method != "INVITE" or wish.replaces is not None:
        raise Refused(603, "only a new call is made")
    match exchange.directory.find(wish.target, party, now):
        case Denied(status, why):
            raise Refused(status, why)
        case PickUp():
            raise Refused(403, "nobody is sent to pick up a call")
        case destination:
            return phone, destination


def _connect(
    exchange: Exchange,
    wish: ReferTo,
    phone: str,
    destination: ToFlow | ToParty,
    party: Party,
    notifier: Notifier,
) -> None:
    number = wish.target.number
    match destination:
        case ToFlow(entry):
            pass
        case ToParty(target):
            entry = exchange.reception.connecting(number, target)

    async def script(call: ActiveCall) -> None:
        try:
            outcome = await outbound.dial(call, phone)
            if not isinstance(outcome, Answered):
                call.record = replace(call.record, status=status_of(outcome))
                notifier.finish(status_of(outcome))
                return
            call.is_dialling_out, call.first = False, outcome.leg
            call.record = replace(call.record, caller=outcome.leg.identity.remote_uri)
            if isinstance(destination, ToFlow):
                notifier.finish(200)
            # The REFER asked for this call, so what becomes of it is the answer (RFC 3515, 2.4.5).
            call.on_dialled = notifier.finish
            await exchange.script_of(entry)(call)
        finally:
            notifier.finish(487)

    # The phone that rings first is shown who will be called.
    call = exchange.new_call(number=number, caller=str(wish.target), flow=entry.flow)
    call.is_dialling_out = True
    exchange.start(call, script)
