"""Drives subscriptions and relayed messages over the SIP runner: does what the desks say, and arms their timers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol, assert_never

from voicecore.sip.output import Output, RequestAnswered, RequestReceived
from voicecore.subscriptions import message_desk, output
from voicecore.subscriptions.desk import SubscriptionDesk
from voicecore.subscriptions.message_desk import MessageDesk
from voicecore.subscriptions.resource import Aor, Resource
from voicecore.subscriptions.text_message import Reach
from voicecore.transport.sip_runner import SipRunner


class _Timed(Protocol):
    def handle_timer(self, now: float) -> None: ...

    def next_timer(self) -> float | None: ...


class SubscriptionRunner:
    """One a process. Answers each SUBSCRIBE and MESSAGE that it is given, sooner or later."""

    def __init__(self, sip: SipRunner, desk: SubscriptionDesk, messages: MessageDesk) -> None:
        self._sip = sip
        self._desk = desk
        self._messages = messages
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._is_busy = False

    # -- what comes in --------------------------------------------------------------------------
    def subscribe(self, received: RequestReceived, watcher: str | None) -> None:
        """A SUBSCRIBE; `watcher` is the account that proved to have sent it."""
        self._desk.receive(received, watcher, self._loop.time())
        self._carry_out()

    def message(
        self,
        received: RequestReceived,
        sender: Resource | None,
        recipient: Resource | None,
        reaches: Sequence[Reach] = (),
    ) -> None:
        """A MESSAGE, within a dialog or outside; see `MessageDesk.receive`."""
        self._messages.receive(received, sender, recipient, reaches, self._loop.time())
        self._carry_out()

    def receive(self, output: Output) -> None:
        """Every output of the SIP stack, after its owner had it: only answers to requests of ours matter."""
        if isinstance(output, RequestAnswered):
            now = self._loop.time()
            if self._desk.answered(output, now) or self._messages.answered(output):
                self._carry_out()

    def changed(self, aor: Aor) -> None:
        """The account's calls, registration or messages changed, or may have."""
        self._desk.changed(aor, self._loop.time())
        self._carry_out()

    async def end_all(self) -> None:
        """Before the sockets close: every watcher is told that its subscription is over. Waits for no answer."""
        self._desk.close(self._loop.time())
        self._carry_out()
        await asyncio.sleep(0)  # the runner puts them on the wire in the loop's next turn

    def close(self) -> None:
        """Stops the timer; what is under way is forgotten."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- the dull part --------------------------------------------------------------------------
    def _carry_out(self) -> None:
        # What is done may lead to more; the outer loop does that too, in order.
        if self._is_busy:
            return
        self._is_busy = True
        try:
            while wanted := [*self._desk.poll(), *self._messages.poll()]:
                for one in wanted:
                    self._do(one)
        finally:
            self._is_busy = False
        self._arm()

    def _do(self, wanted: output.Output | message_desk.Output) -> None:
        sip, desk = self._sip, self._desk
        match wanted:
            case output.Accept(request, status, headers):
                dialog = sip.accept_subscription(request, status=status, headers=headers)
                desk.accepted(request, dialog, self._loop.time())
            case output.NotifyDue(subscription, dialog, headers, body):
                desk.sent(subscription, sip.request_within(dialog, "NOTIFY", headers=headers, body=body))
            case output.Ended(dialog):
                sip.end_subscription(dialog)
            case output.Refuse(request, status, reason, headers):
                sip.answer(request, status, reason=reason, headers=headers, keep=False)
            case message_desk.Answer(request, status, reason, headers, keep):
                sip.answer(request, status, reason=reason, headers=headers, keep=keep)
            case message_desk.Deliver(request, draft, hop):
                self._messages.sent(request, sip.request(draft, hop))
            case _:
                assert_never(wanted)

    def _arm(self) -> None:
        desks: tuple[_Timed, ...] = (self._desk, self._messages)
        due = min((at for desk in desks if (at := desk.next_timer()) is not None), default=None)
        self.close()
        if due is not None:
            self._timer = self._loop.call_at(due, self._wake)

    def _wake(self) -> None:
        self._timer = None
        now = self._loop.time()
        self._desk.handle_timer(now)
        self._messages.handle_timer(now)
        self._carry_out()
