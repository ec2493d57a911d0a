"""The UAC core: what comes of an INVITE of ours, its forks and its CANCEL (RFC 3261, 8.1.3, 9.1, 13.2.2)."""

from __future__ import annotations

from typing import assert_never

from voicecore.sip import again, glare, invite_turn, non_invite, offer_turn, progress, session
from voicecore.sip import dialog as dialogs
from voicecore.sip.again import drop_early_dialogs
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog, Parties
from voicecore.sip.message import Response
from voicecore.sip.offer_turn import Carrier
from voicecore.sip.outgoing_invite import Effect, Input
from voicecore.sip.output import (
    Answered,
    ByeAnswered,
    DialogEnd,
    DialogEnded,
    DialogId,
    Failed,
    InviteId,
    Progressed,
    Trying,
)
from voicecore.sip.reason import reason_phrase
from voicecore.sip.transaction.client_side import TransactionEnded
from voicecore.sip.transaction.output import Signal
from voicecore.sip.uac_request import offer_input, send_ack, send_bye, send_cancel
from voicecore.sip.usages import Fork, Outgoing

_GONE = (408, 481)
"""RFC 3261, 12.2.1.2: these end the dialog that the request was sent in."""


def cancel(core: Core, outgoing: Outgoing, now: float, *, reason: str | None) -> None:
    """Take an INVITE back. One that is settled already stays as it is."""
    outgoing.cancel_fields = (("Reason", reason),) if reason else ()
    if outgoing.machine.receive(Input.CANCEL, now):
        _settle(core, outgoing, None, now)


def give_way(core: Core, dialog: Dialog, now: float) -> None:
    """The peer changes the call while our re-INVITE backs off: ours no longer fits what it was made for."""
    waiting, dialog.waiting = dialog.waiting, None
    outgoing = None if waiting is None else core.usages.outgoing.get(waiting)
    if outgoing is not None and outgoing.machine.receive(Input.FAIL, now):
        _settle(core, outgoing, None, now, 491)


def receive(core: Core, response: Response, now: float) -> None:
    key = core.transactions.clients.receive(response, now)
    if key is None:
        return
    if (outgoing := core.usages.outgoing_of.get(key)) is not None:
        _receive_invite_response(core, outgoing, response, now)
    elif response.status >= 200 and (asking := core.usages.asking.pop(key, None)) is not None:
        if not again.ask(core, asking, response, now):
            non_invite.answered(core, asking, response.status, response, now)
    elif (
        response.status >= 200
        and (goodbye := core.usages.byes.pop(key, None)) is not None
        and not again.say_goodbye(core, goodbye, response, now)
    ):
        _end(core, goodbye.dialog, now)


def _receive_invite_response(core: Core, outgoing: Outgoing, response: Response, now: float) -> None:
    status = response.status
    fork = outgoing.forks.get(response.to_tag or "")
    if 200 <= status < 300 and fork is not None and (fork.ack is not None or fork.owes_answer):
        if fork.ack is not None:
            core.outbox.append(fork.ack)
        return
    if status >= 300 and (
        again.invite(core, outgoing, response, now) or glare.back_off(core, outgoing, response, now)
    ):
        return
    what = Input.RECEIVE_1XX if status < 200 else Input.RECEIVE_2XX if status < 300 else Input.FAIL
    if outgoing.machine.receive(what, now):
        _settle(core, outgoing, response, now)


def transaction_ended(core: Core, ended: TransactionEnded, now: float) -> None:
    """A client transaction is over: nobody answered, or its last repeats were absorbed."""
    if ended.signal is Signal.UNREACHABLE and core.reopen_as_datagram(ended.key, now):
        return
    core.usages.upgraded.pop(ended.key, None)
    if (goodbye := core.usages.byes.pop(ended.key, None)) is not None:
        _end(core, goodbye.dialog, now)
    # RFC 3261, 8.1.3.1: a timeout counts as 408, a transport error as 503.
    status = 503 if ended.signal is Signal.UNREACHABLE else 408
    if (asking := core.usages.asking.pop(ended.key, None)) is not None:
        non_invite.answered(core, asking, status, None, now)
    outgoing = core.usages.outgoing_of.get(ended.key)
    if outgoing is None:
        return
    if ended.signal is not None and outgoing.machine.receive(Input.FAIL, now):
        _settle(core, outgoing, None, now, status)
    else:
        _forget(core, outgoing)


def handle_timer(core: Core, invite: InviteId, now: float) -> None:
    if (outgoing := core.usages.outgoing.get(invite)) is not None:
        outgoing.machine.handle_timer(now)
        _settle(core, outgoing, None, now)


def _settle(core: Core, outgoing: Outgoing, response: Response | None, now: float, status: int = 487) -> None:
    """Carry out what the INVITE's machine asks for, arm its timer, and forget it when it is over.

    `status` stands for a failure without a response.
    """
    effects = outgoing.machine.poll()
    core.agenda.arm(outgoing.id, outgoing.machine.next_timer())
    for effect in effects:
        match effect:
            case Effect.SEND_CANCEL:
                send_cancel(core, outgoing, now)
            case Effect.GIVE_UP:
                core.transactions.clients.abandon(outgoing.key, now)
                core.usages.upgraded.pop(outgoing.key, None)
                _fail(core, outgoing, None, status, now)
            case Effect.FAIL:
                _fail(core, outgoing, response, response.status if response else status, now)
            case Effect.RETRY if glare.retry(core, outgoing, now):
                pass
            case Effect.RETRY:
                outgoing.machine.receive(Input.FAIL, now)
                _settle(core, outgoing, None, now, 491)
                return
            case Effect.PROGRESS | Effect.ANSWER | Effect.DECLINE | Effect.CROSSED:
                if response is not None:
                    _take_response(core, outgoing, effect, response, now)
            case _:
                assert_never(effect)
    if outgoing.machine.is_over:
        _forget(core, outgoing)


def _take_response(core: Core, outgoing: Outgoing, effect: Effect, response: Response, now: float) -> None:
    if effect is Effect.PROGRESS:
        _progress(core, outgoing, response, now)
        return
    fork = _fork_of(core, outgoing, response)
    if outgoing.base is None:
        fork.dialog.confirm_path(response)
    else:
        fork.dialog.refresh_target(response)
    fork.dialog.advance(dialogs.Input.ANSWER)
    if response.body:
        progress.take_sdp(outgoing, fork, response)
    if fork.dialog.session is not None or "Session-Expires" in response.headers.lines():
        session.agreed(core, fork.dialog, outgoing.request, response, now)
    # A re-INVITE that was answered has changed the call, whether or not a CANCEL crossed it.
    is_taken = effect is Effect.ANSWER or outgoing.base is not None
    fork.owes_answer = is_taken and bool(fork.sdp) and fork.dialog.offer.is_theirs(Carrier.INVITE)
    if not fork.owes_answer:
        send_ack(core, outgoing, fork, b"")
        fork.dialog.offer.advance(offer_turn.Input.DROP, Carrier.INVITE)
    fork.dialog.turn.advance(invite_turn.Input.OUR_FINAL, outgoing.id)
    if is_taken:
        drop_early_dialogs(core, outgoing, now)
        core.outbox.append(Answered(outgoing.id, fork.dialog.id, response, fork.sdp))
        return
    if effect is Effect.CROSSED:
        drop_early_dialogs(core, outgoing, now)
        core.outbox.append(Failed(outgoing.id, 487, reason_phrase(487), None))
    send_bye(core, fork.dialog, (), now)


def _progress(core: Core, outgoing: Outgoing, response: Response, now: float) -> None:
    if response.status == 100:
        core.outbox.append(Trying(outgoing.id))
        return
    fork = _fork_of(core, outgoing, response) if response.to_tag else None
    if fork is None or progress.is_news(core, outgoing, fork, response, now):
        core.outbox.append(Progressed(outgoing.id, None if fork is None else fork.dialog.id, response))


def _fork_of(core: Core, outgoing: Outgoing, response: Response) -> Fork:
    """The fork that a response comes from, with its dialog (RFC 3261, 12.1.2)."""
    tag = response.to_tag or ""
    if (fork := outgoing.forks.get(tag)) is not None:
        return fork
    request = outgoing.request
    dialog = outgoing.base
    if dialog is None:
        headers = request.headers
        routes = tuple(reversed(response.routes("Record-Route")))
        contact = response.contact
        dialog = Dialog(
            DialogId(request.call_id, request.from_tag or "", tag),
            Parties(
                headers.get("From") or "", response.headers.get("To") or "", headers.get("Contact") or ""
            ),
            core.path(
                routes,
                contact.uri if contact and contact.uri.is_sip else request.uri,
                outgoing.hop,
                is_symmetric=outgoing.is_symmetric,
            ),
            local_cseq=request.cseq.number,
            is_caller=True,
            options=outgoing.options,
        )
        dialog.answerer = outgoing.answerer
        dialog.turn.take(invite_turn.Input.OUR_INVITE, outgoing.id)
        dialog.offer.take(offer_input(has_offer=bool(request.body)), Carrier.INVITE)
        core.usages.add_dialog(dialog)
    fork = outgoing.forks[tag] = Fork(dialog)
    return fork


def _fail(core: Core, outgoing: Outgoing, response: Response | None, status: int, now: float) -> None:
    reason = (response.reason if response is not None else "") or reason_phrase(status)
    base = None if outgoing.base is None else outgoing.base.id
    core.outbox.append(Failed(outgoing.id, status, reason, response, base))
    drop_early_dialogs(core, outgoing, now)
    dialog = outgoing.base
    if dialog is None:
        return
    dialog.turn.advance(invite_turn.Input.OUR_FINAL, outgoing.id)
    dialog.offer.advance(offer_turn.Input.DROP, Carrier.INVITE)
    session.refused(core, dialog, now)
    if status in _GONE and dialog.state is dialogs.State.CONFIRMED:
        core.outbox.append(DialogEnded(dialog.id, DialogEnd.GONE, None))
        send_bye(core, dialog, (), now)


def _end(core: Core, dialog: Dialog, now: float) -> None:
    core.outbox.append(ByeAnswered(dialog.id))
    dialog.advance(dialogs.Input.BYE_ANSWERED)
    core.drop_dialog(dialog, now)


def _forget(core: Core, outgoing: Outgoing) -> None:
    for fork in outgoing.forks.values():
        if fork.owes_answer:
            fork.dialog.offer.advance(offer_turn.Input.DROP, Carrier.INVITE)
    core.agenda.arm(outgoing.id, None)
    core.usages.drop_outgoing(outgoing)
