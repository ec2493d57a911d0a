"""INVITE client transaction: the walk of its table, and its times (RFC 3261, 17.1.1; RFC 6026, 7.2)."""

from __future__ import annotations

import pytest

from voicecore.sip.transaction.invite_client import TRANSITIONS, Input, InviteClientTransaction, State
from voicecore.sip.transaction.output import Send, Signal, TransactionOutput
from voicecore.sip.transaction.timing import Timing

STATUS = {Input.RECEIVE_1XX: 180, Input.RECEIVE_2XX: 200, Input.RECEIVE_FAILURE: 486}
SENT = Send(b"INVITE")


def transaction(*statuses: int) -> InviteClientTransaction:
    made = InviteClientTransaction(b"INVITE", 0.0, Timing())
    for status in statuses:
        made.receive(status, 0.0)
    made.poll()
    return made


def run_to_end(made: InviteClientTransaction) -> list[tuple[float, TransactionOutput]]:
    log: list[tuple[float, TransactionOutput]] = []
    while (due := made.next_timer()) is not None:
        made.handle_timer(due)
        log += [(due, output) for output in made.poll()]
    return log


def feed(made: InviteClientTransaction, what: Input) -> None:
    match what:
        case Input.TRANSPORT_ERROR:
            made.transport_failed(0.0)
        case Input.ABANDON:
            made.abandon(0.0)
        case _:
            made.receive(STATUS[what], 0.0)


def test_every_state_is_reachable() -> None:
    assert {State.CALLING} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", [*STATUS, Input.TRANSPORT_ERROR, Input.ABANDON])
def test_what_the_state_has_no_use_for_is_ignored(state: State, what: Input) -> None:
    made = transaction()
    made.state = state
    feed(made, what)
    assert made.state is TRANSITIONS.get((state, what), state)
    if (state, what) not in TRANSITIONS:
        assert made.poll() == []


def test_the_invite_is_repeated_with_a_doubling_gap_until_timer_b() -> None:
    made = InviteClientTransaction(b"INVITE", 0.0, Timing())
    assert made.poll() == [SENT]
    log = run_to_end(made)
    assert [at for at, output in log if output == SENT] == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert log[-1] == (32.0, Signal.TIMED_OUT)
    assert made.is_over


def test_a_provisional_stops_the_repeats_and_the_timeout() -> None:
    made = transaction(100)
    assert made.next_timer() is None


def test_every_2xx_is_passed_up_for_64_t1() -> None:
    made = transaction(180, 200)
    made.receive(200, 31.0)
    assert made.poll() == [Signal.DELIVER]
    assert made.next_timer() == 32.0
    assert run_to_end(made) == []
    assert made.is_over


def test_a_failure_is_passed_up_once_and_acknowledged_every_time() -> None:
    made = transaction()
    made.receive(486, 1.0)
    assert made.poll() == [Signal.ACKNOWLEDGE, Signal.DELIVER]
    made.receive(486, 2.0)
    assert made.poll() == [Signal.ACKNOWLEDGE]
    assert made.next_timer() == 33.0
    assert run_to_end(made) == []
    assert made.is_over


def test_a_transport_error_ends_it() -> None:
    made = transaction()
    made.transport_failed(1.0)
    assert made.poll() == [Signal.UNREACHABLE]
    assert made.is_over
    assert made.next_timer() is None


def test_an_abandoned_invite_ends_silently() -> None:
    made = transaction(180)
    made.abandon(1.0)
    assert made.poll() == []
    assert made.is_over
