"""MESSAGEs: who may send what to whom, and what the sender is told."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.subscriptions.texts import ALICE, BOB, HOP, request_of
from voicecore.sip.output import RequestAnswered, RequestId, RequestReceived
from voicecore.sip.uri import Uri
from voicecore.subscriptions.message_desk import Answer, Deliver, MessageDesk
from voicecore.subscriptions.resource import Resource
from voicecore.subscriptions.settings import MessageRules
from voicecore.subscriptions.text_message import Reach, TextMessage, status_of_all

DESKTOP = Reach(Uri.parse("sip:bob@192.0.2.8"), HOP)
MOBILE = Reach(Uri.parse("sip:bob@192.0.2.9"), HOP, ("<sip:edge.example.org;lr>",))
TEXT = "Content-Type: text/plain;charset=UTF-8"


class Counter:
    """A desk that messages are laid on; `delivered` are the requests that it wanted sent."""

    def __init__(self, rules: MessageRules | None = None) -> None:
        self.seen: list[TextMessage] = []
        self.takes = False
        self.desk = MessageDesk(rules or MessageRules(max_relays=2), self._on_message)
        self.answers: list[Answer] = []
        self.delivered: dict[RequestId, Deliver] = {}
        self._serial = itertools.count(1)

    def _on_message(self, message: TextMessage) -> bool:
        self.seen.append(message)
        return self.takes

    def send(
        self,
        *fields: str,
        body: bytes = b"good morning",
        sender: Resource | None = ALICE,
        recipient: Resource | None = BOB,
        reaches: Sequence[Reach] = (DESKTOP, MOBILE),
    ) -> int | None:
        """The status that the sender is told at once."""
        request = request_of("MESSAGE", BOB.aor, *(fields or (TEXT,)), body=body)
        received = RequestReceived(RequestId(next(self._serial)), request, HOP, None)
        self.desk.receive(received, sender, recipient, reaches, 0.0)
        return self.collect()

    def answer(self, status: int) -> int | None:
        """The phone that has waited longest answers. What the sender is told by that."""
        id = next(iter(self.delivered))
        del self.delivered[id]
        assert self.desk.answered(RequestAnswered(id, status, "", None))
        return self.collect()

    def collect(self) -> int | None:
        before = len(self.answers)
        for one in self.desk.poll():
            match one:
                case Answer():
                    self.answers.append(one)
                case Deliver(request):
                    id = RequestId(next(self._serial))
                    self.delivered[id] = one
                    self.desk.sent(request, id)
        return self.answers[-1].status if len(self.answers) > before else None


def test_every_phone_gets_a_new_message_from_the_proven_sender() -> None:
    counter = Counter()
    assert counter.send(TEXT, "Subject: secret", "X-Internal: secret") is None
    drafts = [one.draft for one in counter.delivered.values()]
    assert [draft.target for draft in drafts] == [DESKTOP.target, MOBILE.target]
    assert [draft.fields for draft in drafts] == [
        (("Content-Type", "text/plain;charset=UTF-8"),),
        (("Route", "<sip:edge.example.org;lr>"), ("Content-Type", "text/plain;charset=UTF-8")),
    ]
    assert {(str(draft.from_), str(draft.to), draft.body) for draft in drafts} == {
        ("<sip:alice@example.org>", "<sip:bob@example.org>", b"good morning")
    }


def test_the_first_phone_that_takes_it_decides() -> None:
    counter = Counter()
    counter.send()
    assert counter.answer(486) is None
    assert counter.answer(200) == 200
    assert (len(counter.desk), counter.desk.next_timer()) == (0, None)


def test_a_second_phone_that_takes_it_changes_nothing() -> None:
    counter = Counter()
    counter.send()
    assert counter.answer(202) == 202
    assert counter.answer(200) is None


@pytest.mark.parametrize(
    ("statuses", "told"),
    [((486, 603), 603), ((488, 486), 486), ((408, 408), 480), ((401, 503), 480), ((302, 486), 480)],
)
def test_when_no_phone_takes_it_the_sender_is_told_the_best_reason(
    statuses: tuple[int, int], told: int
) -> None:
    counter = Counter()
    counter.send()
    assert [counter.answer(status) for status in statuses] == [None, told]
    assert counter.answers[-1].keep, "a repeat must not be relayed again"


@given(st.lists(st.integers(300, 699), min_size=1))
def test_a_failure_of_ours_never_reaches_the_sender(statuses: list[int]) -> None:
    told = status_of_all(statuses)
    assert 400 <= told <= 699
    assert told not in (401, 407, 408, 481, 503)


def test_a_sender_does_not_wait_for_slow_phones() -> None:
    counter = Counter()
    counter.send()
    assert counter.desk.next_timer() == 10.0
    counter.desk.handle_timer(10.0)
    assert counter.collect() == 202
    assert counter.answer(200) is None
    assert counter.desk.next_timer() is None


def test_strangers_write_to_nobody() -> None:
    counter = Counter()
    for recipient in (BOB, None):
        assert counter.send(sender=None, recipient=recipient, body=b"x" * 9999) == 403
    assert counter.seen == []


@pytest.mark.parametrize(
    ("fields", "size", "status"),
    [
        ([TEXT], 1301, 413),
        (["Content-Type: application/sdp"], 5, 415),
        (["Subject: no type"], 5, 415),
        ([TEXT, "Content-Encoding: gzip"], 5, 415),
    ],
)
def test_what_cannot_be_relayed_is_refused(fields: list[str], size: int, status: int) -> None:
    counter = Counter()
    assert counter.send(*fields, body=b"x" * size) == status
    assert not counter.answers[-1].keep


def test_the_largest_message_goes_through() -> None:
    assert Counter().send(body=b"x" * 1300) is None


def test_nobody_and_a_phone_that_is_off() -> None:
    counter = Counter()
    assert counter.send(recipient=None) == 404
    assert counter.send(reaches=()) == 480


def test_the_hook_sees_all_and_may_take_it() -> None:
    counter = Counter()
    counter.takes = True
    assert counter.send(recipient=None) == 202
    (message,) = counter.seen
    assert (message.sender, message.recipient, str(message.to), message.content_type, message.body) == (
        ALICE,
        None,
        BOB.aor,
        "text/plain;charset=UTF-8",
        b"good morning",
    )


def test_there_is_an_end_to_messages_that_wait() -> None:
    counter = Counter()
    assert [counter.send() for _ in range(3)] == [None, None, 503]
    assert counter.answers[-1].headers == (("Retry-After", "10"),)


def test_answers_to_others_are_not_ours() -> None:
    assert not Counter().desk.answered(RequestAnswered(RequestId(5), 200, "", None))
