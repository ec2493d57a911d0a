"""All MESSAGEs that wait for a phone's answer: takes requests and answers, and says what to send."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from voicecore.sip.agenda import Agenda
from voicecore.sip.headers import Field
from voicecore.sip.hop import Hop
from voicecore.sip.non_invite import Draft
from voicecore.sip.output import RequestAnswered, RequestId, RequestReceived
from voicecore.subscriptions.notifier import Refusal
from voicecore.subscriptions.resource import Resource
from voicecore.subscriptions.settings import MessageRules
from voicecore.subscriptions.text_message import Reach, TextMessage, read_message, relayed, status_of_all

OnMessage = Callable[[TextMessage], bool]
"""Sees every message that may be passed on. True: it took it, and nobody else gets it."""

_RETRY_AFTER: Field = ("Retry-After", "10")


@dataclass(frozen=True, slots=True)
class Answer:
    """The final response to a MESSAGE. `keep`: a repeat must not be relayed again, see `Stack.answer`."""

    request: RequestId
    status: int
    reason: str | None
    headers: tuple[Field, ...]
    keep: bool


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send a request to a phone, then tell the desk its id by `sent`. `request` is the MESSAGE that it is for."""

    request: RequestId
    draft: Draft
    hop: Hop


Output = Answer | Deliver


@dataclass(slots=True)
class _Relay:
    missing: int
    """Phones that were not heard of."""
    statuses: list[int] = field(default_factory=list)


class MessageDesk:
    """After each input: do what `poll` says, and arm a timer for `next_timer`.

    The first phone that takes a message decides; phones that are slow get the sender a 202.
    """

    def __init__(self, rules: MessageRules, on_message: OnMessage = lambda message: False) -> None:
        self._rules = rules
        self._on_message = on_message
        self._relays: dict[RequestId, _Relay] = {}
        self._delivering: dict[RequestId, RequestId] = {}
        self._agenda: Agenda[RequestId] = Agenda()
        self._outbox: list[Output] = []

    def __len__(self) -> int:
        return len(self._relays)

    def receive(
        self,
        received: RequestReceived,
        sender: Resource | None,
        recipient: Resource | None,
        reaches: Sequence[Reach],
        now: float,
    ) -> None:
        """A MESSAGE. `sender` proved to have sent it; `reaches`: the phones of `recipient`, whom it names."""
        message = read_message(received, sender, recipient, self._rules)
        if isinstance(message, Refusal):
            self._answer(received.id, message.status, message.reason, message.headers)
        elif self._on_message(message):
            self._answer(received.id, 202)
        elif recipient is None:
            self._answer(received.id, 404)
        elif not reaches:
            self._answer(received.id, 480)
        elif len(self._relays) >= self._rules.max_relays:
            self._answer(received.id, 503, None, (_RETRY_AFTER,))
        else:
            self._relays[received.id] = _Relay(len(reaches))
            self._agenda.arm(received.id, now + self._rules.patience_s)
            self._outbox += [
                Deliver(received.id, relayed(message, recipient, reach), reach.hop) for reach in reaches
            ]

    def sent(self, request: RequestId, delivery: RequestId) -> None:
        """A `Deliver` of this MESSAGE became the request `delivery`."""
        self._delivering[delivery] = request

    def answered(self, answer: RequestAnswered) -> bool:
        """The final response of a phone. False where it is the answer to something else."""
        request = self._delivering.pop(answer.id, None)
        if request is None:
            return False
        relay = self._relays.get(request)
        if relay is None:
            return True
        relay.missing -= 1
        relay.statuses.append(answer.status)
        if answer.status < 300:
            self._finish(request, answer.status)
        elif not relay.missing:
            self._finish(request, status_of_all(relay.statuses))
        return True

    def handle_timer(self, now: float) -> None:
        for request in self._agenda.due(now):
            self._finish(request, 202)

    def next_timer(self) -> float | None:
        return self._agenda.next_timer()

    def poll(self) -> list[Output]:
        """What is to be done since the last time, in order."""
        outputs, self._outbox = self._outbox, []
        return outputs

    def _finish(self, request: RequestId, status: int) -> None:
        del self._relays[request]
        self._agenda.arm(request, None)
        # 200 and 202 are all that a MESSAGE may succeed with (RFC 3428, 7).
        status = 202 if 200 < status < 300 else status
        self._outbox.append(Answer(request, status, None, (), keep=True))

    def _answer(
        self,
        request: RequestId,
        status: int,
        reason: str | None = None,
        headers: tuple[Field, ...] = (),
    ) -> None:
        self._outbox.append(Answer(request, status, reason, headers, keep=status < 300))
