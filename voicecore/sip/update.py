"""UPDATE within a call, ours and our answers to the peer's (RFC 3311), which refreshes the session too (RFC 4028)."""

from __future__ import annotations

from collections.abc import Sequence

from voicecore.sip import dialog as dialogs
from voicecore.sip import session
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.headers import Field, canonical
from voicecore.sip.message import Response
from voicecore.sip.offer_turn import Carrier, Input, State
from voicecore.sip.output import DialogEnd, DialogEnded, DialogId, RequestAnswered, RequestId
from voicecore.sip.reason import reason_phrase
from voicecore.sip.uac_request import send_bye
from voicecore.sip.usages import Asked, Asking

_ALIVE = (dialogs.State.EARLY, dialogs.State.CONFIRMED)
_GONE = (408, 481)
"""RFC 4028, 10: the call of a refresh without answer is over; RFC 3261, 12.2.1.2, of any request."""
CARRIERS = {"UPDATE": Carrier.UPDATE, "PRACK": Carrier.PRACK}
SDP_TYPE = ("Content-Type", "application/sdp")


# -- ours -------------------------------------------------------------------------------------------


def send(core: Core, id: DialogId, now: float, *, sdp: bytes, fields: Sequence[Field]) -> RequestId:
    """Change a call, answered or not. 491 at once where an offer or another UPDATE of ours is open."""
    request_id = core.usages.new_request_id()
    dialog = core.usages.dialogs.get(id)
    status = 0
    if dialog is None or dialog.state not in _ALIVE:
        status = 481
    elif dialog.update is not None or (sdp and not dialog.offer.take(Input.SEND_OFFER, Carrier.UPDATE)):
        status = 491
    else:
        _send(core, dialog, request_id, now, sdp, fields, is_refresh=False)
    if status:
        core.outbox.append(RequestAnswered(request_id, status, reason_phrase(status), None))
    return request_id


def refresh(core: Core, dialog: Dialog, now: float) -> None:
    """A sign of life for the session timer. An UPDATE that is under way already is one."""
    if dialog.update is None:
        _send(core, dialog, core.usages.new_request_id(), now, b"", (), is_refresh=True)


def _send(
    core: Core,
    dialog: Dialog,
    id: RequestId,
    now: float,
    sdp: bytes,
    fields: Sequence[Field],
    *,
    is_refresh: bool,
) -> None:
    branch, hop = core.new_branch(), core.way(dialog.path)
    lines = [
        ("Contact", dialog.parties.contact),
        core.abilities.allow,
        core.supported_in(dialog.options),
        *(session.propose(dialog, dialog.options) if dialog.state is dialogs.State.CONFIRMED else ()),
        ("User-Agent", core.settings.user_agent),
        *[(canonical(name), value) for name, value in fields],
        *([SDP_TYPE] if sdp else ()),
    ]
    request = dialog.request("UPDATE", dialog.next_cseq(), core.via(hop, branch), lines, sdp)
    asking = Asking(id, request, hop, dialog, dialog.answerer, is_refresh=is_refresh)
    core.usages.asking[core.open_client(request, branch, hop, now)] = asking
    dialog.update = id


def answered(
    core: Core, asking: Asking, dialog: Dialog, status: int, response: Response | None, now: float
) -> None:
    """The final response to an UPDATE of ours, or our own 408 or 503 in its place."""
    dialog.update = None
    accepted = response is not None and 200 <= status < 300
    what = Input.RECEIVE_ANSWER if response is not None and accepted and response.body else Input.DROP
    dialog.offer.advance(what, Carrier.UPDATE)
    if not asking.is_refresh:
        reason = (response.reason if response is not None else "") or reason_phrase(status)
        core.outbox.append(RequestAnswered(asking.id, status, reason, response))
    if response is not None and accepted:
        dialog.refresh_target(response)
        if dialog.state is dialogs.State.CONFIRMED:
            session.agreed(core, dialog, asking.request, response, now)
    elif status in _GONE and dialog.state is dialogs.State.CONFIRMED:
        core.outbox.append(DialogEnded(dialog.id, DialogEnd.GONE, None))
        send_bye(core, dialog, (), now)
    else:
        session.refused(core, dialog, now)


# -- the peer's -------------------------------------------------------------------------------------


def answer_fields(
    core: Core, id: RequestId, asked: Asked, dialog: Dialog, status: int, body: bytes, now: float
) -> list[Field]:
    """What our answer to an UPDATE or PRACK carries, whose offer is thereby answered or dropped."""
    request = asked.arrival.request
    dialog.asked = tuple([other for other in dialog.asked if other != id])
    accepted = 200 <= status < 300
    dialog.offer.advance(Input.SEND_ANSWER if accepted and body else Input.DROP, CARRIERS[request.method])
    fields: list[Field] = []
    if accepted and request.method == "UPDATE":
        dialog.refresh_target(request)
        fields = [
            ("Contact", dialog.parties.contact),
            core.abilities.allow,
            core.supported_in(dialog.options),
        ]
        if dialog.state is dialogs.State.CONFIRMED:
            fields += session.accept(core, dialog, request, now)
    return [*fields, SDP_TYPE] if accepted and body else fields


def glare(dialog: Dialog) -> int | None:
    """The status for a new offer of the peer while another one is open; None: there is none (RFC 3311, 5.2)."""
    match dialog.offer.state:
        case State.OURS:
            return 491
        case State.THEIRS:
            return 500
        case _:
            return None
