"""A request of ours that was refused, and is sent again with what it lacked.

Credentials (RFC 3261, 22.2 and 22.3), or a longer session interval (RFC 4028, 7.3).
"""

from __future__ import annotations

from dataclasses import replace

from voicecore.sip import dialog as dialogs
from voicecore.sip import session
from voicecore.sip.challenge import CHALLENGES, MAX_ANSWERS, Answerer, again
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.headers import Field
from voicecore.sip.message import Request, Response
from voicecore.sip.outgoing_invite import Input
from voicecore.sip.usages import Asking, Goodbye, Outgoing


def invite(core: Core, outgoing: Outgoing, response: Response, now: float) -> bool:
    """Answer the challenge of an INVITE, or its 422. False: the refusal stands."""
    remedy = _remedy(outgoing.answerer, outgoing.answers, outgoing.request, response, now)
    if remedy is None or not outgoing.machine.receive(Input.SEND_AGAIN, now):
        return False
    drop_early_dialogs(core, outgoing, now)
    outgoing.machine.poll()
    core.agenda.arm(outgoing.id, outgoing.machine.next_timer())
    outgoing.answers += 1
    request, changed = remedy
    send_invite(core, outgoing, request, changed, now)
    return True


def send_invite(
    core: Core, outgoing: Outgoing, request: Request, changed: tuple[Field, ...], now: float
) -> None:
    """An INVITE once more, with the next number and in a transaction of its own."""
    core.usages.outgoing_of.pop(outgoing.key, None)
    branch = core.new_branch()
    cseq = _next_number(request, outgoing.base)
    outgoing.request = again(request, cseq, core.via(outgoing.hop, branch), *changed)
    outgoing.key = core.open_client(outgoing.request, branch, outgoing.hop, now)
    core.usages.outgoing_of[outgoing.key] = outgoing


def ask(core: Core, asking: Asking, response: Response, now: float) -> bool:
    """Answer the challenge of a request beside the call, or its 422. False: the refusal stands."""
    remedy = _remedy(asking.answerer, asking.answers, asking.request, response, now)
    if remedy is None:
        return False
    before, changed = remedy
    branch = core.new_branch()
    cseq = _next_number(before, asking.dialog)
    request = again(before, cseq, core.via(asking.hop, branch), *changed)
    key = core.open_client(request, branch, asking.hop, now)
    core.usages.asking[key] = replace(asking, request=request, answers=asking.answers + 1)
    return True


def say_goodbye(core: Core, goodbye: Goodbye, response: Response, now: float) -> bool:
    """Answer the challenge of a BYE. False: the call is over all the same."""
    dialog = goodbye.dialog
    field = _credentials(dialog.answerer, goodbye.answers, goodbye.request, response, now)
    if field is None or dialog.state is not dialogs.State.ENDING:
        return False
    branch = core.new_branch()
    request = again(goodbye.request, dialog.next_cseq(), core.via(goodbye.hop, branch), field)
    key = core.open_client(request, branch, goodbye.hop, now)
    core.usages.byes[key] = replace(goodbye, request=request, answers=goodbye.answers + 1)
    return True


def drop_early_dialogs(core: Core, outgoing: Outgoing, now: float) -> None:
    """The forks that did not answer; a late 2xx of one makes its dialog anew."""
    for tag, fork in list(outgoing.forks.items()):
        if fork.dialog.advance(dialogs.Input.FAILURE):
            core.drop_dialog(fork.dialog, now)
            del outgoing.forks[tag]


def _remedy(
    answerer: Answerer | None, answers: int, request: Request, response: Response, now: float
) -> tuple[Request, tuple[Field, ...]] | None:
    """The request to send, and the fields to change in it; None: there is nothing to be done."""
    if response.status == 422:
        larger = session.larger_interval(request, response) if answers <= MAX_ANSWERS else None
        return None if larger is None else (larger, ())
    field = _credentials(answerer, answers, request, response, now)
    return None if field is None else (request, (field,))


def _credentials(
    answerer: Answerer | None, answers: int, request: Request, response: Response, now: float
) -> Field | None:
    if answerer is None or response.status not in CHALLENGES or answers >= MAX_ANSWERS:
        return None
    return answerer.answer(response, request.method, str(request.uri), request.body, now)


def _next_number(request: Request, dialog: Dialog | None) -> int:
    return request.cseq.number + 1 if dialog is None else dialog.next_cseq()
