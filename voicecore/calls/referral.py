"""REFER from both sides: what comes of it, told by NOTIFY (RFC 3515)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from voicecore.errors import PeerError
from voicecore.sip.message import Request
from voicecore.sip.output import DialogId, RequestReceived
from voicecore.sip.reason import reason_phrase
from voicecore.sip.values.event import Subscription, SubscriptionState
from voicecore.sip.values.refer import refer_sub_of
from voicecore.transport.sip_runner import SipRunner

SIPFRAG = "message/sipfrag"
EXPIRES_S = 120
"""How long a transfer may take, as the peer is told."""

_status_line = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]*))?").match


class Notifier:
    """Tells who sent a REFER how it goes. Says nothing where the peer wants to hear nothing (RFC 4488)."""

    def __init__(self, sip: SipRunner, received: RequestReceived) -> None:
        """Accepts the REFER. Raises PeerError where Refer-Sub is malformed."""
        self._sip = sip
        self._event = f"refer;id={received.request.cseq.number}"
        self._dialog: DialogId | None = None
        if refer_sub_of(received.request.headers):
            self._dialog = sip.accept_subscription(received.id)
            self._send(100, SubscriptionState(Subscription.ACTIVE, expires=EXPIRES_S))
        else:
            sip.answer(received.id, 202, headers=[("Refer-Sub", "false")])

    def finish(self, status: int) -> None:
        """The last word, once: the final status of what the REFER asked for."""
        if self._dialog is not None:
            self._send(status, SubscriptionState(Subscription.TERMINATED, reason="noresource"))
            self._sip.end_subscription(self._dialog)
            self._dialog = None

    def _send(self, status: int, state: SubscriptionState) -> None:
        if self._dialog is not None:
            self._sip.request_within(
                self._dialog,
                "NOTIFY",
                headers=[
                    ("Event", self._event),
                    ("Subscription-State", str(state)),
                    ("Content-Type", f"{SIPFRAG};version=2.0"),
                ],
                body=f"SIP/2.0 {status} {reason_phrase(status)}\r\n".encode(),
            )


@dataclass(frozen=True, slots=True)
class Progress:
    """What a NOTIFY says of a REFER of ours. `is_last`: nothing more will come."""

    status: int
    reason: str
    is_last: bool


def read_progress(request: Request) -> Progress:
    """Reads the NOTIFY of a REFER (RFC 3515, 2.4.5; RFC 3420). PeerError where it is none."""
    if request.content_type != SIPFRAG:
        raise PeerError("Not a sipfrag")
    match = _status_line(request.body.lstrip(b"\r\n")[:256])
    if match is None:
        raise PeerError("Malformed sipfrag")
    state = SubscriptionState.of(request.headers)
    status = int(match[1])
    is_last = status >= 200 or (state is not None and state.state is Subscription.TERMINATED)
    return Progress(status, (match[2] or b"").decode("utf-8", "replace").strip(), is_last)


class Referral:
    """A REFER of ours that the peer accepted: waits for what it says of it."""

    def __init__(self) -> None:
        self._done = asyncio.Event()
        self._last = Progress(408, reason_phrase(408), True)

    def take(self, progress: Progress) -> None:
        if progress.is_last and not self._done.is_set():
            self._last = progress
            self._done.set()

    async def outcome(self, patience: float) -> Progress:
        """The peer's last word; 408 where none came in `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                await self._done.wait()
        except TimeoutError:
            pass
        return self._last
