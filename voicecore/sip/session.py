"""Agreeing on a session timer, on both sides (RFC 4028, 7 to 9). Its times are the work of `session_timer.py`."""

from __future__ import annotations

from voicecore.errors import PeerError
from voicecore.sip.arrival import Arrival
from voicecore.sip.call_options import TIMER, CallOptions, Use
from voicecore.sip.core import Core
from voicecore.sip.dialog import Dialog
from voicecore.sip.headers import Field
from voicecore.sip.message import Message, Request, Response
from voicecore.sip.session_timer import Input, SessionTimer
from voicecore.sip.values.session_timer import SHORTEST, Refresher, SessionExpires, min_se_of

LONGEST_DEMAND = 86_400
"""Seconds; a Min-SE above a day is not followed: nobody would notice the end of such a call."""


def is_acceptable(core: Core, arrival: Arrival) -> bool:
    """Check the interval that the peer proposes; what is too short or unreadable is answered here."""
    request = arrival.request
    if "Session-Expires" not in request.headers.lines() or core.settings.call.timer is Use.OFF:
        return True
    try:
        asked = SessionExpires.of(request.headers)
        min_se_of(request.headers)
    except PeerError as fault:
        core.answer_once(arrival, 400, fault.reason)
        return False
    least = core.settings.min_session_expires
    # RFC 4028, 9: only who knows the extension can try again with more.
    if asked is None or asked.seconds >= least or not _knows(request):
        return True
    core.answer_once(arrival, 422, fields=[("Min-SE", str(least))])
    return False


def accept(core: Core, dialog: Dialog, request: Request, now: float) -> list[Field]:
    """What our 2xx to the peer's INVITE or UPDATE says of the timer, which starts anew (RFC 4028, 9)."""
    use, is_asked = dialog.options.timer, "Session-Expires" in request.headers.lines()
    if use is Use.OFF or not (is_asked or use is Use.REQUIRED):
        stop(core, dialog, now)
        return []
    asked = SessionExpires.of(request.headers)
    least = max(core.settings.min_session_expires, min_se_of(request.headers))
    if asked is not None and asked.seconds < core.settings.min_session_expires:
        stop(core, dialog, now)
        return []
    seconds = max(dialog.options.session_expires, least)
    if asked is not None:
        seconds = min(seconds, asked.seconds) if use is Use.REQUIRED else asked.seconds
    knows = _knows(request)
    refresher = Refresher.UAS
    if knows:
        refresher = asked.refresher or Refresher.UAC if asked is not None else Refresher.UAC
    start(core, dialog, request, seconds, now, is_ours=refresher is Refresher.UAS)
    fields = [("Session-Expires", str(SessionExpires(seconds, refresher)))]
    return [*fields, ("Require", TIMER)] if knows else fields


def propose(dialog: Dialog | None, options: CallOptions) -> list[Field]:
    """What an INVITE or UPDATE of ours says of the timer (RFC 4028, 7.1 and 7.4)."""
    if options.timer is Use.OFF:
        return []
    timer = None if dialog is None else dialog.session
    if timer is not None and timer.interval:
        refresher = Refresher.UAC if timer.is_ours else Refresher.UAS
        fields = [("Session-Expires", str(SessionExpires(timer.interval, refresher)))]
        return [*fields, ("Min-SE", str(timer.min_se))] if timer.min_se else fields
    if options.timer is Use.REQUIRED:
        return [("Session-Expires", str(SessionExpires(max(options.session_expires, SHORTEST))))]
    return []


def agreed(core: Core, dialog: Dialog, request: Request, response: Response, now: float) -> None:
    """The peer's 2xx to our INVITE or UPDATE decides (RFC 4028, 7.2)."""
    if "Session-Expires" not in response.headers.lines() or dialog.options.timer is Use.OFF:
        stop(core, dialog, now)
        return
    try:
        said = SessionExpires.of(response.headers)
    except PeerError:
        return  # what was agreed before stays in force
    if said is None:
        return
    is_ours = said.refresher is not Refresher.UAS
    start(core, dialog, response, max(said.seconds, SHORTEST), now, is_ours=is_ours)
    if dialog.session is not None and "Min-SE" in request.headers.lines():
        dialog.session.min_se = min_se_of(request.headers)


def larger_interval(request: Request, response: Response) -> Request | None:
    """The request as a 422 wants it (RFC 4028, 7.3); None where the 422 asks for nothing new."""
    try:
        least = min_se_of(response.headers)
        before = SessionExpires.of(request.headers)
    except PeerError:
        return None
    if least > LONGEST_DEMAND or (before is not None and before.seconds >= least):
        return None
    value = str(SessionExpires(least, None if before is None else before.refresher))
    headers = request.headers.with_("Session-Expires", value).with_("Min-SE", str(least))
    return Request(request.method, request.uri, headers, request.body)


def start(core: Core, dialog: Dialog, said: Message, seconds: int, now: float, *, is_ours: bool) -> None:
    timer = dialog.session
    if timer is None:
        timer = dialog.session = SessionTimer()
    if "Allow" in said.headers.lines():
        timer.peer_updates = "UPDATE" in said.headers.all("Allow")
    timer.start(seconds, now, is_ours=is_ours)
    core.agenda.arm(dialog.id, timer.next_timer())


def stop(core: Core, dialog: Dialog, now: float) -> None:
    if dialog.session is not None:
        dialog.session.receive(Input.STOP, now)
        dialog.session.interval = 0
        core.agenda.arm(dialog.id, None)


def refused(core: Core, dialog: Dialog, now: float) -> None:
    """A re-INVITE or UPDATE failed: if it was the refresh, there will be another."""
    if dialog.session is not None and dialog.session.receive(Input.REFUSED, now):
        core.agenda.arm(dialog.id, dialog.session.next_timer())


def _knows(request: Request) -> bool:
    return TIMER in request.headers.all("Supported") or TIMER in request.headers.all("Require")
