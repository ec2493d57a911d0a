"""Transfers that a peer asks for: REFER (RFC 3515, 5589) and INVITE with Replaces (RFC 3891).

Who transfers leaves, and the party it talked to goes on: in another flow, with somebody who is dialled, or with
the other party of whom it called before. The call that goes on is the one whose flow still has its caller; where
the caller itself leaves, a new call takes over who stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, assert_never

from voicecore.calls.active_call import ActiveCall, Script
from voicecore.calls.bridge import Bridge
from voicecore.calls.destination import Denied, Directory, PickUp, ToFlow, ToParty
from voicecore.calls.dial_outcome import Answered, DialOutcome, status_of
from voicecore.calls.inbound import Refusal, offered_leg
from voicecore.calls.journal import EventKind
from voicecore.calls.leg import Leg
from voicecore.calls.leg_state import LegState
from voicecore.calls.numbers import NumberEntry
from voicecore.calls.party import Party
from voicecore.calls.reattachment import can_reattach, reattach
from voicecore.calls.referral import Notifier
from voicecore.errors import PeerError
from voicecore.sip.hop import Hop
from voicecore.sip.output import DialogId, InviteReceived, RequestReceived
from voicecore.sip.uri import Uri
from voicecore.sip.values.refer import ReferTo
from voicecore.sip.values.replaces import Replaces


class Exchange(Protocol):
    """What a transfer needs of the switchboard."""

    @property
    def directory(self) -> Directory: ...
    def may_transfer(self, leg: Leg) -> bool: ...
    def leg_of(self, dialog: DialogId) -> Leg | None: ...
    def call_of(self, leg: Leg) -> ActiveCall | None: ...
    def new_call(self, *, number: str, caller: str, flow: str | None) -> ActiveCall: ...
    def start(self, call: ActiveCall, script: Script) -> object: ...
    def script_of(self, entry: NumberEntry) -> Script: ...
    async def dial(self, call: ActiveCall, target: str, *, on_behalf_of: Leg) -> DialOutcome: ...


class Refused(Exception):
    """The transfer cannot be; the peer gets the status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def refer(
    exchange: Exchange, leg: Leg, received: RequestReceived, sip_answer: Callable[[int], object]
) -> None:
    """A REFER within a call: carries it out, or answers why not."""
    try:
        refer_to = ReferTo.of(received.request.headers)
        plan = _plan(exchange, leg, refer_to)
        notifier = Notifier(leg.signalling.sip, received)
    except PeerError as error:
        sip_answer(error.status)
    except Refused as refusal:
        _note(exchange, leg, f"leg {leg.id}: refused, {refusal}")
        sip_answer(refusal.status)
    else:
        _note(exchange, leg, f"leg {leg.id} to {refer_to.target}")
        _carry_out(exchange, leg, plan, notifier)


@dataclass(frozen=True, slots=True)
class Ringing:
    """Whom the other line of the one who transfers rings; nobody has answered it yet (RFC 5589, 7.6)."""

    line: Leg
    target: ToFlow | ToParty


Plan = ToFlow | ToParty | Ringing | Leg
"""Who comes in the place of the one who transfers: a flow, somebody to be dialled, or the party of another call."""


def _plan(exchange: Exchange, leg: Leg, refer_to: ReferTo) -> Plan:
    if not exchange.may_transfer(leg):
        raise Refused(403, "who proved nothing transfers nobody")
    bridge, _ = _talking(exchange, leg)
    if bridge.is_transferring:
        raise Refused(491, "a transfer is under way")
    if refer_to.method != "INVITE":
        raise Refused(603, f"{refer_to.method} is not what we do for others")
    if refer_to.replaces is not None:
        return _party_behind(exchange, leg, refer_to.replaces)
    return _destination(exchange, leg, refer_to.target)


def _destination(exchange: Exchange, leg: Leg, uri: Uri) -> ToFlow | ToParty:
    """Where it leads for who transfers."""
    _, call = _talking(exchange, leg)
    destination = exchange.directory.find(uri, leg.identity.party, call.services.clock.now())
    match destination:
        case Denied(status, why):
            raise Refused(status, why)
        case PickUp():
            raise Refused(403, "nobody is sent to pick up a call")
        case _:
            return destination


def _party_behind(exchange: Exchange, leg: Leg, replaces: Replaces) -> Leg | Ringing:
    """Whom the transferring phone talks to on its other line, or rings."""
    dialog = DialogId(replaces.call_id, replaces.to_tag, replaces.from_tag)
    line = exchange.leg_of(dialog)
    if line is None or line is leg:
        raise Refused(481, "the other line does not exist")
    if not line.identity.is_same_party(leg.identity):
        raise Refused(403, "the other line is somebody else's")
    if line.progress.state is LegState.OFFERED:
        return Ringing(line, _destination(exchange, leg, Uri.parse(line.identity.local_uri)))
    if line.bridge is None or line.bridge.is_transferring:
        raise Refused(603, "the other line talks to nobody")
    return line.bridge.other(line)


def _carry_out(exchange: Exchange, leg: Leg, plan: Plan, notifier: Notifier) -> None:
    match plan:
        case ToFlow(entry):
            _move_to_flow(exchange, leg, entry)
            notifier.finish(200)
            leg.hang_up()
        case ToParty(target):
            _replace_by_dialling(exchange, leg, target, notifier)
        case Ringing(line, onward):
            # Whom the phone rang is rung for the other party now; both at once would find him busy.
            line.hang_up(487)
            _carry_out(exchange, leg, onward, notifier)
        case Leg():
            _join(exchange, leg, plan)
            notifier.finish(200)
            leg.hang_up()
        case _:
            assert_never(plan)


def _talking(exchange: Exchange, leg: Leg) -> tuple[Bridge, ActiveCall]:
    """The bridge and the call of a leg that talks to another."""
    bridge, call = leg.bridge, exchange.call_of(leg)
    if bridge is None or call is None:
        raise Refused(603, "it talks to nobody")
    return bridge, call


def _move_to_flow(exchange: Exchange, leg: Leg, entry: NumberEntry) -> None:
    bridge, origin = _talking(exchange, leg)
    stays = bridge.other(leg)
    bridge.dissolve()
    stays.media.hear([])
    call = exchange.new_call(number=entry.match, caller=stays.identity.remote_uri, flow=entry.flow)
    call.adopt(stays, origin)
    exchange.start(call, exchange.script_of(entry))


def _replace_by_dialling(exchange: Exchange, leg: Leg, target: str, notifier: Notifier) -> None:
    bridge, call = _talking(exchange, leg)
    if call.first is not leg:
        call.spawn(_dial(exchange, call, bridge, leg, target, notifier))
        return
    stays = bridge.other(leg)
    bridge.dissolve()
    host = _heir(exchange, call, stays)
    host.adopt(leg, call)
    moved = Bridge(stays, leg)

    async def script(active: ActiveCall) -> None:
        active.spawn(_dial(exchange, active, moved, leg, target, notifier))
        await moved.run()

    exchange.start(host, script)


async def _dial(
    exchange: Exchange, host: ActiveCall, bridge: Bridge, leg: Leg, target: str, notifier: Notifier
) -> None:
    """Dials who comes. Who transfers may stay on the line until then, or hang up at once."""
    with bridge.transfer_by(leg):
        try:
            outcome = await exchange.dial(host, target, on_behalf_of=leg)
        except asyncio.CancelledError:
            notifier.finish(487)
            raise
        if not isinstance(outcome, Answered):
            notifier.finish(status_of(outcome))
            return
        bridge.replace(leg, outcome.leg)
        notifier.finish(200)
    leg.hang_up()


def _join(exchange: Exchange, leg: Leg, comes: Leg) -> None:
    """Joins the two parties of a phone with two lines; both lines end."""
    bridge, call = _talking(exchange, leg)
    other_bridge, other_call = _talking(exchange, comes)
    stays, line = bridge.other(leg), other_bridge.other(comes)
    if call.first is not leg:
        other_bridge.dissolve()
        call.adopt(comes, other_call)
        bridge.replace(leg, comes)
    elif other_call.first is not line:
        bridge.dissolve()
        other_call.adopt(stays, call)
        other_bridge.replace(line, stays)
    else:
        bridge.dissolve()
        other_bridge.dissolve()
        heir = _heir(exchange, call, stays)
        heir.adopt(comes, other_call)
        _talk(exchange, heir, Bridge(stays, comes))
    line.hang_up()


def _heir(exchange: Exchange, call: ActiveCall, stays: Leg) -> ActiveCall:
    """A call that takes over who stays when the first leg of its own call leaves."""
    record = call.record
    heir = exchange.new_call(number=record.number, caller=stays.identity.remote_uri, flow=record.flow)
    heir.adopt(stays, call)
    return heir


def _talk(exchange: Exchange, call: ActiveCall, bridge: Bridge) -> None:
    async def script(active: ActiveCall) -> None:
        await bridge.run()

    exchange.start(call, script)


def replace(exchange: Exchange, received: InviteReceived, replaces: Replaces, party: Party) -> Refusal | None:
    """A new INVITE that takes the place of a leg (RFC 3891, 3). None: it does; else what to answer."""
    old = exchange.leg_of(DialogId(replaces.call_id, replaces.to_tag, replaces.from_tag))
    if old is None or not _may_replace(old, party, received.hop):
        return Refusal(481)  # who has no right to it learns no more than who guesses
    if replaces.early_only and old.is_answered:
        return Refusal(486)
    if old.progress.state is LegState.OFFERED:
        return Refusal(481)  # RFC 3891, 3: an early dialog that is not ours to cancel
    if can_reattach(old, received):
        call = exchange.call_of(old)
        return Refusal(481) if call is None else reattach(call, old, received)
    if old.bridge is None or not old.is_answered:
        return Refusal(603)
    bridge, call = _talking(exchange, old)
    new = offered_leg(call, received.invite, received.request, received.hop, party)
    if isinstance(new, Refusal):
        return new
    new.signalling.dialog = new.signalling.sip.dialog_of(received.invite)
    host, stays = call, bridge.other(old)
    call.lead_to_one_codec(new, stays)
    if call.first is old:
        bridge.dissolve()
        host = _heir(exchange, call, stays)
        new.change_call(host.id, host, host.leg_ended)
        _talk(exchange, host, Bridge(stays, new))
    else:
        bridge.replace(old, new)
    host.add(new)
    new.accept()
    host.journal.note(EventKind.TRANSFER, f"leg {new.id} replaces leg {old.id}")
    old.hang_up()
    return None


def _may_replace(old: Leg, party: Party, hop: Hop) -> bool:
    """A phone may take a call of its own account over; who proved nothing must come from the same address."""
    if party != old.identity.party:
        return False
    return bool(party.name) or hop.remote.host == old.identity.remote_address.rpartition(":")[0].strip("[]")


def _note(exchange: Exchange, leg: Leg, detail: str) -> None:
    if (call := exchange.call_of(leg)) is not None:
        call.journal.note(EventKind.TRANSFER, detail)
