"""Non-INVITE client transaction: the walk of its table, and its times (RFC 3261, 17.1.2)."""

from __future__ import annotations

import pytest

from voicecore.sip.transaction.non_invite_client import TRANSITIONS, Input, NonInviteClientTransaction, State
from voicecore.sip.transaction.output import Send, Signal, TransactionOutput
from voicecore.sip.transaction.timing import Timing

SENT = Send(b"BYE")


def run_to_end(made: NonInviteClientTransaction) -> list[tuple[float, TransactionOutput]]:
    log: list[tuple[float, TransactionOutput]] = []
    while (due := made.next_timer()) is not None:
        made.handle_timer(due)
        log += [(due, output) for output in made.poll()]
    return log


def transaction() -> NonInviteClientTransaction:
    made = NonInviteClientTransaction(b"BYE", 0.0, Timing())
    assert made.poll() == [SENT]
    return made


def test_every_state_is_reachable() -> None:
    assert {State.TRYING} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", [Input.RECEIVE_1XX, Input.RECEIVE_FINAL, Input.TRANSPORT_ERROR])
def test_what_the_state_has_no_use_for_is_ignored(state: State, what: Input) -> None:
    made = transaction()
    made.state = state
    if what is Input.TRANSPORT_ERROR:
        made.transport_failed(0.0)
    else:
        made.receive(100 if what is Input.RECEIVE_1XX else 200, 0.0)
    assert made.state is TRANSITIONS.get((state, what), state)
    if (state, what) not in TRANSITIONS:
        assert made.poll() == []


def test_the_request_is_repeated_until_timer_f() -> None:
    made = transaction()
    log = run_to_end(made)
    sent = [at for at, output in log if output == SENT]
    assert sent == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert log[-1] == (32.0, Signal.TIMED_OUT)
    assert made.is_over


def test_a_provisional_slows_the_repeats_but_moves_no_timeout() -> None:
    made = transaction()
    made.receive(100, 0.1)
    assert made.poll() == [Signal.DELIVER]
    log = run_to_end(made)
    assert [at for at, output in log if output == SENT] == [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]
    assert log[-1] == (32.0, Signal.TIMED_OUT)


def test_a_final_response_is_passed_up_once_and_its_repeats_absorbed_for_t4() -> None:
    made = transaction()
    made.receive(200, 1.0)
    made.receive(200, 1.5)
    assert made.poll() == [Signal.DELIVER]
    assert made.next_timer() == 6.0
    assert run_to_end(made) == []
    assert made.is_over


def test_a_transport_error_ends_it() -> None:
    made = transaction()
    made.transport_failed(1.0)
    assert made.poll() == [Signal.UNREACHABLE]
    assert made.is_over
    assert made.next_timer() is None
