"""Requests beside the call itself, ours and the peer's: REGISTER, OPTIONS, SUBSCRIBE, NOTIFY, REFER, INFO, MESSAGE.

What they mean is their owner's business; here they get their transaction, their place in a dialog and their answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicecore.errors import UsageError
from voicecore.sip import dialog as dialogs
from voicecore.sip import uas, update
from voicecore.sip.arrival import Arrival
from voicecore.sip.challenge import Answerer
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog, Parties, dialog_id_of
from voicecore.sip.headers import Field, Headers, canonical
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request, Response
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import (
    DialogEnd,
    DialogEnded,
    DialogId,
    RequestAnswered,
    RequestId,
    RequestReceived,
)
from voicecore.sip.reason import reason_phrase
from voicecore.sip.uac_request import send_bye
from voicecore.sip.uas import find_dialog, is_behind_nat
from voicecore.sip.uri import Uri
from voicecore.sip.usages import Asked, Asking

_OF_THE_CALL = frozenset({"INFO", "MESSAGE"})
"""Methods that share the usage of the INVITE (RFC 5057, 3): without the call they have no place in its dialog."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A request outside of any dialog, yet to be numbered and routed.

    `call_id` and `cseq` go on where an earlier request of the same series ended, as for REGISTER
    (RFC 3261, 10.2.4); without them a new series begins.
    """

    method: str
    target: Uri
    from_: NameAddr
    to: NameAddr | None = None
    call_id: str | None = None
    cseq: int = 1
    contact: str | None = None
    """The whole Contact value; None: none is sent."""
    fields: tuple[Field, ...] = ()
    body: bytes = b""
    answerer: Answerer | None = None
    """Answers a challenge; None: 401 and 407 are told as they come."""


def receive(core: Core, arrival: Arrival, now: float) -> None:
    """A request of the peer that its owner has to answer. Its repeats end here."""
    request = arrival.request
    if core.transactions.is_full:
        core.answer_once(arrival, 503, fields=[("Retry-After", str(core.settings.retry_after))])
        return
    dialog: Dialog | None = None
    if request.to_tag is not None and request.method != "REGISTER":
        dialog = find_dialog(core, arrival)
        if dialog is None:
            return
        if request.method in _OF_THE_CALL and dialog.state is dialogs.State.TERMINATED:
            core.answer_once(arrival, 481)
            return
    core.transactions.servers.open(arrival.key, request, arrival.reply_hop)
    id = core.usages.new_request_id()
    core.usages.asked[id] = Asked(arrival, dialog)
    name = None if dialog is None else dialog.id
    core.outbox.append(RequestReceived(id, request, arrival.hop, name, arrival.who))


def answer(
    core: Core,
    id: RequestId,
    status: int,
    now: float,
    *,
    reason: str | None,
    fields: Sequence[Field],
    body: bytes,
    keep: bool,
) -> bool:
    """A final response to a request of the peer. False where it has one already."""
    if not 200 <= status <= 699 or not core.usages.has_issued_request(id):
        raise UsageError(f"status {status} to request {id}")
    asked = core.usages.asked.pop(id, None)
    if asked is None:
        return False
    lines = [(canonical(name), value) for name, value in fields]
    if asked.dialog is not None and asked.arrival.request.method in update.CARRIERS:
        lines += update.answer_fields(core, id, asked, asked.dialog, status, body, now)
    tag = None if asked.dialog is None else asked.dialog.id.local_tag
    data = core.responder.write(asked.arrival, status, reason, tag=tag, fields=lines, body=body)
    core.transactions.servers.respond(asked.arrival.key, status, data, now)
    if asked.dialog is not None and asked.arrival.request.method == "PRACK":
        uas.resume(core, asked.dialog, now)
    if not keep:
        core.transactions.servers.drop(asked.arrival.key)
    return True


def accept_subscription(
    core: Core, id: RequestId, status: int, now: float, *, fields: Sequence[Field]
) -> DialogId:
    """Answer a SUBSCRIBE or REFER with 2xx, and keep its dialog for the NOTIFYs (RFC 6665, 4.2.1.3).

    UsageError where the request is settled.
    """
    asked = core.usages.asked.get(id)
    if asked is None:
        raise UsageError(f"request {id} is settled or unknown")
    arrival = asked.arrival
    dialog = asked.dialog or _new_dialog(core, arrival)
    asked.dialog = dialog
    is_new = dialog.id not in core.usages.dialogs
    if is_new:
        core.usages.add_dialog(dialog)
    dialog.subscriptions += 1
    dialog.refresh_target(arrival.request)
    routes = [("Record-Route", value) for value in arrival.request.headers.all("Record-Route")]
    own = [*(routes if is_new else ()), ("Contact", dialog.parties.contact)]
    answer(core, id, status, now, reason=None, fields=[*own, *fields], body=b"", keep=True)
    return dialog.id


def end_subscription(core: Core, id: DialogId) -> None:
    """No further NOTIFY will go out; the dialog ends with its last use (RFC 5057)."""
    dialog = core.usages.dialogs.get(id)
    if dialog is not None and dialog.subscriptions:
        dialog.subscriptions -= 1
        if dialog.state is dialogs.State.TERMINATED:
            core.usages.drop_dialog(dialog)


def _new_dialog(core: Core, arrival: Arrival) -> Dialog:
    request, hop = arrival.request, arrival.hop
    tag, lines = core.responder.tag_of(arrival), request.headers.lines()
    contact = request.contact
    target = contact.uri if contact is not None and contact.uri.is_sip else request.from_.uri
    dialog = Dialog(
        dialog_id_of(request, tag),
        Parties(f"{lines['To'][0]};tag={tag}", lines["From"][0], core.contact(request.uri.user, hop)),
        core.path(request.routes("Record-Route"), target, hop, is_symmetric=is_behind_nat(request, hop)),
        remote_cseq=request.cseq.number,
    )
    dialog.state = dialogs.State.TERMINATED
    return dialog


# -- ours -------------------------------------------------------------------------------------------


def send(core: Core, draft: Draft, hop: Hop, now: float) -> RequestId:
    """A request outside of any dialog (RFC 3261, 8.1.1)."""
    branch = core.new_branch()
    contact = [] if draft.contact is None else [("Contact", draft.contact)]
    request = Request(
        draft.method,
        draft.target,
        Headers(
            [
                ("Via", core.via(hop, branch)),
                ("Max-Forwards", "70"),
                ("From", str(draft.from_.with_tag(core.new_tag()))),
                ("To", str(draft.to or NameAddr("", draft.target))),
                ("Call-ID", draft.call_id or core.token(22)),
                ("CSeq", f"{draft.cseq} {draft.method}"),
                *contact,
                ("User-Agent", core.settings.user_agent),
                *[(canonical(name), value) for name, value in draft.fields],
            ]
        ),
        draft.body,
    )
    return _open(core, Asking(core.usages.new_request_id(), request, hop, None, draft.answerer), branch, now)


def send_within(
    core: Core, id: DialogId, method: str, now: float, *, fields: Sequence[Field], body: bytes
) -> RequestId:
    """A request within a dialog; `RequestAnswered` with 481 where the dialog is over."""
    dialog = core.usages.dialogs.get(id)
    if dialog is None:
        request_id = core.usages.new_request_id()
        core.outbox.append(RequestAnswered(request_id, 481, reason_phrase(481), None))
        return request_id
    branch, hop = core.new_branch(), core.way(dialog.path)
    lines = [
        ("Contact", dialog.parties.contact),
        ("User-Agent", core.settings.user_agent),
        *[(canonical(name), value) for name, value in fields],
    ]
    request = dialog.request(method, dialog.next_cseq(), core.via(hop, branch), lines, body)
    asking = Asking(core.usages.new_request_id(), request, hop, dialog, dialog.answerer)
    return _open(core, asking, branch, now)


def _open(core: Core, asking: Asking, branch: str, now: float) -> RequestId:
    core.usages.asking[core.open_client(asking.request, branch, asking.hop, now)] = asking
    return asking.id


def answered(core: Core, asking: Asking, status: int, response: Response | None, now: float) -> None:
    """The final response to a request of ours, or our own 408 or 503 in its place."""
    if asking.dialog is not None and asking.request.method == "UPDATE":
        update.answered(core, asking, asking.dialog, status, response, now)
        return
    reason = (response.reason if response is not None else "") or reason_phrase(status)
    core.outbox.append(RequestAnswered(asking.id, status, reason, response))
    dialog = asking.dialog
    if dialog is None or status != 481 or asking.request.method not in _OF_THE_CALL:
        return
    if dialog.state is dialogs.State.CONFIRMED:
        core.outbox.append(DialogEnded(dialog.id, DialogEnd.GONE, None))
        send_bye(core, dialog, (), now)
