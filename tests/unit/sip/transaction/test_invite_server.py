"""INVITE server transaction: the walk of its table, and its times (RFC 3261, 17.2.1; RFC 6026, 7.1)."""

from __future__ import annotations

import pytest

from voicecore.errors import UsageError
from voicecore.sip.transaction.invite_server import TRANSITIONS, Input, InviteServerTransaction, State
from voicecore.sip.transaction.output import Send, Signal, TransactionOutput
from voicecore.sip.transaction.timing import Timing

STATUS = {Input.SEND_1XX: 180, Input.SEND_2XX: 200, Input.SEND_FAILURE: 486}
MESSAGES = (Input.INVITE, Input.ACK)


def transaction(*statuses: int) -> InviteServerTransaction:
    made = InviteServerTransaction(Timing())
    for status in statuses:
        made.respond(status, str(status).encode(), 0.0)
    made.poll()
    return made


def run_to_end(made: InviteServerTransaction) -> list[tuple[float, TransactionOutput]]:
    log: list[tuple[float, TransactionOutput]] = []
    while (due := made.next_timer()) is not None:
        made.handle_timer(due)
        log += [(due, output) for output in made.poll()]
    return log


def test_every_state_is_reachable() -> None:
    assert {State.PROCEEDING} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", MESSAGES)
def test_a_message_without_use_is_ignored(state: State, what: Input) -> None:
    made = transaction()
    made.state = state
    made.receive(what, 0.0)
    assert made.state is TRANSITIONS.get((state, what), state)
    if (state, what) not in TRANSITIONS:
        assert made.poll() == []


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", STATUS)
def test_a_response_out_of_place_is_our_bug(state: State, what: Input) -> None:
    made = transaction()
    made.state = state
    if (state, what) in TRANSITIONS:
        made.respond(STATUS[what], b"response", 0.0)
        assert made.poll() == [Send(b"response")]
        return
    with pytest.raises(UsageError):
        made.respond(STATUS[what], b"response", 0.0)
    assert made.state is state


def test_a_failure_is_repeated_until_timer_h() -> None:
    made = transaction(486)
    log = run_to_end(made)
    sent = [at for at, output in log if output == Send(b"486")]
    assert sent == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert log[-1] == (32.0, Signal.TIMED_OUT)
    assert made.is_over


def test_ack_stops_retransmission() -> None:
    made = transaction(486)
    made.receive(Input.ACK, 0.1)
    assert made.state is State.CONFIRMED
    assert made.next_timer() == 5.5
    assert run_to_end(made) == []
    assert made.is_over


def test_a_2xx_is_not_repeated_by_the_transaction() -> None:
    made = transaction(200)
    made.receive(Input.INVITE, 0.1)
    assert made.poll() == []
    assert made.next_timer() == 32.0
    assert run_to_end(made) == []
    assert made.is_over


def test_an_ack_with_the_branch_of_the_invite_is_passed_up() -> None:
    made = transaction(200)
    made.receive(Input.ACK, 0.1)
    assert made.poll() == [Signal.DELIVER]


def test_a_repeat_gets_the_last_response() -> None:
    made = transaction()
    made.receive(Input.INVITE, 0.1)
    assert made.poll() == []
    made = transaction(100, 180)
    made.receive(Input.INVITE, 0.1)
    assert made.poll() == [Send(b"180")]
