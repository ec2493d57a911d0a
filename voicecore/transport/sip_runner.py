"""Drives the SIP stack: gives it what came in, drains its outputs, arms one timer. Owns no protocol state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from voicecore.sip.call_options import CallOptions
from voicecore.sip.challenge import Answerer
from voicecore.sip.hop import Hop
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.non_invite import Draft
from voicecore.sip.output import DialogId, InviteId, Output, RequestId, Transmit
from voicecore.sip.stack import Stack
from voicecore.sip.uri import Uri

_log = structlog.get_logger(__name__)

Headers = Sequence[tuple[str, str]]
Send = Callable[[bytes, Hop], None]
"""Puts a datagram on the wire. Must not raise; a failure comes back through `transport_failed`."""


class SipRunner:
    """One a process. `on_output` sees every output in order, `Transmit` included (for the ladder)."""

    def __init__(self, stack: Stack, send: Send, on_output: Callable[[Output], None]) -> None:
        self._stack = stack
        self._send = send
        self._on_output = on_output
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle | None = None
        self._due = 0.0
        self._draining = False

    # -- what comes in --------------------------------------------------------------------------
    def receive(self, datagram: bytes, hop: Hop) -> None:
        self._stack.receive(datagram, hop, self._loop.time())
        self._drain()

    def transport_failed(self, hop: Hop) -> None:
        self._stack.transport_failed(hop, self._loop.time())
        self._drain()

    # -- what we want ---------------------------------------------------------------------------
    def respond(
        self,
        invite: InviteId,
        status: int,
        *,
        reason: str | None = None,
        sdp: bytes = b"",
        headers: Headers = (),
        reliable: bool = False,
        options: CallOptions | None = None,
    ) -> bool:
        """False when the INVITE is over already, as by a CANCEL that crossed; see `Stack.respond`."""
        taken = self._stack.respond(
            invite,
            status,
            self._loop.time(),
            reason=reason,
            sdp=sdp,
            headers=headers,
            reliable=reliable,
            options=options,
        )
        self._drain()
        return taken

    def invite(
        self,
        target: Uri,
        hop: Hop,
        *,
        from_: NameAddr,
        sdp: bytes,
        to: NameAddr | None = None,
        headers: Headers = (),
        is_symmetric: bool = False,
        answerer: Answerer | None = None,
        options: CallOptions | None = None,
    ) -> InviteId:
        """Calls `target` by way of `hop`; see `Stack.invite`."""
        invite = self._stack.invite(
            target,
            hop,
            self._loop.time(),
            from_=from_,
            to=to,
            sdp=sdp,
            headers=headers,
            is_symmetric=is_symmetric,
            answerer=answerer,
            options=options,
        )
        # The caller must know the new name before the first output about it comes.
        self._loop.call_soon(self._drain)
        return invite

    def cancel(self, invite: InviteId, *, reason: str | None = None) -> None:
        """`reason` is the value of a Reason header field (RFC 3326)."""
        self._stack.cancel(invite, self._loop.time(), reason=reason)
        self._drain()

    def reinvite(self, dialog: DialogId, *, sdp: bytes) -> InviteId:
        """Offers a change of an answered call; the outcome comes as `Answered` or `Failed`."""
        invite = self._stack.reinvite(dialog, self._loop.time(), sdp=sdp)
        self._loop.call_soon(self._drain)
        return invite

    def bye(self, dialog: DialogId, *, headers: Headers = ()) -> None:
        self._stack.bye(dialog, self._loop.time(), headers=headers)
        self._drain()

    def update(self, dialog: DialogId, *, sdp: bytes = b"", headers: Headers = ()) -> RequestId:
        """Changes a call, answered or not, by UPDATE; the outcome comes as `RequestAnswered`."""
        request = self._stack.update(dialog, self._loop.time(), sdp=sdp, headers=headers)
        self._loop.call_soon(self._drain)
        return request

    def acknowledge(self, invite: InviteId, dialog: DialogId, *, sdp: bytes) -> bool:
        """Answers the offer in a 2xx; False: no ACK waits for it."""
        taken = self._stack.acknowledge(invite, dialog, sdp=sdp)
        self._drain()
        return taken

    def prack(self, invite: InviteId, dialog: DialogId, *, sdp: bytes) -> bool:
        """Answers the offer in a reliable provisional; False: nothing waits for it."""
        taken = self._stack.prack(invite, dialog, self._loop.time(), sdp=sdp)
        self._drain()
        return taken

    def answer(
        self,
        request: RequestId,
        status: int,
        *,
        reason: str | None = None,
        headers: Headers = (),
        body: bytes = b"",
        keep: bool = True,
    ) -> bool:
        """The final response to a request beside the call; see `Stack.answer`."""
        now = self._loop.time()
        taken = self._stack.answer(request, status, now, reason=reason, headers=headers, body=body, keep=keep)
        self._drain()
        return taken

    def accept_subscription(
        self, request: RequestId, *, status: int = 202, headers: Headers = ()
    ) -> DialogId:
        dialog = self._stack.accept_subscription(request, self._loop.time(), status=status, headers=headers)
        self._drain()
        return dialog

    def end_subscription(self, dialog: DialogId) -> None:
        self._stack.end_subscription(dialog)

    def request(self, draft: Draft, hop: Hop) -> RequestId:
        """Sends a request outside of any dialog; the outcome comes as `RequestAnswered`."""
        request = self._stack.request(draft, hop, self._loop.time())
        self._loop.call_soon(self._drain)
        return request

    def request_within(
        self, dialog: DialogId, method: str, *, headers: Headers = (), body: bytes = b""
    ) -> RequestId:
        """Sends a request within a dialog; the outcome comes as `RequestAnswered`."""
        now = self._loop.time()
        request = self._stack.request_within(dialog, method, now, headers=headers, body=body)
        self._loop.call_soon(self._drain)
        return request

    def contact(self, user: str | None, hop: Hop) -> str:
        return self._stack.contact(user, hop)

    def dialog_of(self, invite: InviteId) -> DialogId | None:
        return self._stack.dialog_of(invite)

    def call_id(self, of: InviteId | DialogId) -> str:
        return self._stack.call_id(of)

    def follow(self, dialog: DialogId, contact: Uri, hop: Hop) -> bool:
        return self._stack.follow(dialog, contact, hop)

    def close(self) -> None:
        """Stops the timer; what is under way is forgotten."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- the dull part --------------------------------------------------------------------------
    def _drain(self) -> None:
        # An output's handler may ask for more; the outer loop drains that too, in order.
        if self._draining:
            return
        self._draining = True
        try:
            while outputs := self._stack.poll():
                for output in outputs:
                    if isinstance(output, Transmit):
                        self._send(output.data, output.hop)
                    try:
                        self._on_output(output)
                    except Exception:
                        # A bug in the handling of one call; others' outputs stand behind it in the list.
                        _log.exception("output not handled", output=type(output).__name__)
        finally:
            self._draining = False
        self._arm()

    def _arm(self) -> None:
        due = self._stack.next_timer()
        if self._timer is None and due is None:
            return
        if self._timer is not None:
            if due is not None and self._due <= due:
                return  # wakes too early at worst, and then arms again
            self._timer.cancel()
            self._timer = None
        if due is not None:
            # The due time is kept here: uvloop's handle of a time that has passed does not know it.
            self._timer, self._due = self._loop.call_at(due, self._wake), due

    def _wake(self) -> None:
        self._timer = None
        self._stack.handle_timer(self._loop.time())
        self._drain()
