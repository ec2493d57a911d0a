"""An INVITE of the peer: the walk of its table, and its times (RFC 3261, 13.3.1)."""

from __future__ import annotations

import pytest

from voicecore.sip.incoming_invite import TRANSITIONS, Effect, IncomingInvite, Input, State
from voicecore.sip.transaction.timing import Timing

TIMERS = {Input.TIMER_EXPIRED, Input.TIMER_REFRESH, Input.TIMER_REPEAT, Input.TIMER_NO_ACK}


def test_every_state_is_reachable() -> None:
    assert {State.PENDING} | set(TRANSITIONS.values()) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", [what for what in Input if what not in TIMERS])
def test_every_pair_is_in_the_table_or_refused(state: State, what: Input) -> None:
    made = IncomingInvite(Timing())
    made.state = state
    taken = made.receive(what, 0.0)
    assert taken is ((state, what) in TRANSITIONS)
    assert made.state is TRANSITIONS.get((state, what), state)
    if not taken:
        assert made.poll() == []
        assert made.next_timer() is None


def run_to_end(made: IncomingInvite) -> list[tuple[float, Effect]]:
    log: list[tuple[float, Effect]] = []
    while (due := made.next_timer()) is not None:
        made.handle_timer(due)
        log += [(due, effect) for effect in made.poll()]
    return log


def test_the_2xx_is_repeated_until_64_t1_without_ack() -> None:
    made = IncomingInvite(Timing())
    assert made.respond(200, 0.0)
    log = run_to_end(made)
    repeats = [at for at, effect in log if effect is Effect.REPEAT]
    assert repeats == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert log[-1] == (32.0, Effect.NO_ACK)
    assert made.is_over


def test_the_ack_stops_the_repeats() -> None:
    made = IncomingInvite(Timing())
    made.respond(200, 0.0)
    made.receive(Input.ACK, 0.2)
    assert run_to_end(made) == []
    assert made.is_over


def test_a_hang_up_waits_for_the_ack_or_its_timeout() -> None:
    for what, at in ((Input.ACK, 0.2), (None, 32.0)):
        made = IncomingInvite(Timing())
        made.respond(200, 0.0)
        made.receive(Input.HANG_UP, 0.1)
        if what is not None:
            made.receive(what, at)
            assert made.poll() == [Effect.HANG_UP]
        else:
            assert run_to_end(made)[-1] == (at, Effect.HANG_UP)
        assert made.is_over


def test_a_provisional_is_repeated_every_minute() -> None:
    made = IncomingInvite(Timing())
    made.respond(180, 0.0)
    made.handle_timer(60.0)
    assert made.poll() == [Effect.REPEAT]
    assert made.next_timer() == 120.0
    made.respond(486, 61.0)
    assert made.next_timer() is None


def test_a_withdrawn_invite_is_refused() -> None:
    for what in (Input.CANCEL, Input.BYE):
        made = IncomingInvite(Timing())
        made.receive(what, 0.0)
        assert made.poll() == [Effect.REFUSE]
        assert not made.respond(200, 0.1)
