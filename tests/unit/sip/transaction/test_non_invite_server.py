"""Non-INVITE server transaction: the walk of its table, and its times (RFC 3261, 17.2.2)."""

from __future__ import annotations

import pytest

from voicecore.errors import UsageError
from voicecore.sip.transaction.non_invite_server import TRANSITIONS, Input, NonInviteServerTransaction, State
from voicecore.sip.transaction.output import Send
from voicecore.sip.transaction.timing import Timing

STATUS = {Input.SEND_1XX: 100, Input.SEND_FINAL: 200}


def test_every_state_is_reachable() -> None:
    assert {State.TRYING} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", STATUS)
def test_a_response_out_of_place_is_our_bug(state: State, what: Input) -> None:
    made = NonInviteServerTransaction(Timing())
    made.state = state
    if (state, what) in TRANSITIONS:
        made.respond(STATUS[what], b"response", 0.0)
        assert made.poll() == [Send(b"response")]
        return
    with pytest.raises(UsageError):
        made.respond(STATUS[what], b"response", 0.0)


def test_a_repeat_is_answered_with_the_last_response() -> None:
    made = NonInviteServerTransaction(Timing())
    made.receive(0.1)
    assert made.poll() == []
    made.respond(100, b"100", 0.2)
    made.receive(0.3)
    assert made.poll() == [Send(b"100")] * 2
    made.respond(200, b"200", 0.4)
    made.receive(0.5)
    assert made.poll() == [Send(b"200")] * 2


def test_it_ends_64_t1_after_the_final_response() -> None:
    made = NonInviteServerTransaction(Timing())
    made.respond(200, b"200", 1.0)
    made.poll()
    assert made.next_timer() == 33.0
    made.handle_timer(33.0)
    assert made.is_over
    assert made.next_timer() is None
    made.receive(33.5)
    assert made.poll() == []
