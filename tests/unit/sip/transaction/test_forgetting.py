"""Transactions that wait for nothing but their end are forgotten together, and none too early."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.transaction.non_invite_server import NonInviteServerTransaction
from voicecore.sip.transaction.timing import FORGET_EVERY, Timing

INSTANTS = st.floats(0, 1e7)


@given(INSTANTS)
def test_repeats_are_answered_for_64_t1_and_little_longer(now: float) -> None:
    transaction = NonInviteServerTransaction(Timing())
    transaction.receive(now)
    transaction.respond(200, b"200", now)
    end = transaction.next_timer()
    assert end is not None
    assert now + 32 <= end <= now + 32 + FORGET_EVERY + 1e-6


@given(st.lists(INSTANTS.map(lambda at: 100.1 + at % 0.3), min_size=2))
def test_calls_of_one_moment_are_forgotten_at_one_moment(instants: list[float]) -> None:
    assert len({Timing().linger(now, 32) for now in instants}) == 1


def test_a_reliable_transport_waits_for_no_repeats() -> None:
    assert Timing(is_reliable=True).linger(7.3, 32) == 7.3
