from __future__ import annotations

from itertools import product

from voicecore.calls.leg_state import TRANSITIONS, LegInput, LegState, step


def test_every_state_is_reachable() -> None:
    assert {LegState.OFFERED, LegState.DIALLING} | set(TRANSITIONS.values()) == set(LegState)


def test_every_live_state_can_end_and_the_end_is_final() -> None:
    for state in LegState:
        following = step(state, LegInput.END)
        assert (following is LegState.ENDED) is (state is not LegState.ENDED)
    assert all(step(LegState.ENDED, what) is None for what in LegInput)


def test_what_is_not_in_the_table_is_refused() -> None:
    refused = {pair for pair in product(LegState, LegInput) if step(*pair) is None}
    assert refused == {
        (LegState.OFFERED, LegInput.CANCEL),
        (LegState.CANCELLING, LegInput.ANSWER),
        (LegState.CANCELLING, LegInput.CANCEL),
        (LegState.ANSWERED, LegInput.ANSWER),
        (LegState.ANSWERED, LegInput.CANCEL),
        (LegState.ENDED, LegInput.ANSWER),
        (LegState.ENDED, LegInput.CANCEL),
        (LegState.ENDED, LegInput.END),
    }
