"""Whatever a network does that delivers in the end, both sides agree on the outcome and forget the call."""

from __future__ import annotations

from enum import Enum, auto

from hypothesis import given, settings
from hypothesis import strategies as st

from voicecore.sip.output import (
    Acknowledged,
    Answered,
    Cancelled,
    DialogEnded,
    DialogId,
    Failed,
    InviteReceived,
    Output,
)
from voicecore.testing.sip_network import SipNetwork, Station, Weather

seeds = st.integers(0, 2**32)
seconds = st.floats(0, 3)
weathers = st.builds(
    Weather,
    loss=st.sampled_from([0.0, 0.1, 0.3, 0.6]),
    repeat=st.sampled_from([0.0, 0.2, 0.5]),
    max_delay=st.sampled_from([0.01, 0.2, 0.6, 2.0]),
)


class Outcome(Enum):
    UNKNOWN = auto()
    ANSWERED = auto()
    NOT_ANSWERED = auto()


def outcome_of_caller(alice: Station) -> Outcome:
    if alice.outputs(Answered):
        return Outcome.ANSWERED
    return Outcome.NOT_ANSWERED if alice.outputs(Failed) else Outcome.UNKNOWN


def assert_forgotten(*stations: Station) -> None:
    for station in stations:
        station.network.run_to_silence()
        assert station.is_empty
        assert station.stack.next_timer() is None


@settings(deadline=None, max_examples=150)
@given(
    seed=seeds,
    weather=weathers,
    ring=seconds,
    talk=seconds,
    caller_ends=st.booleans(),
)
def test_an_answered_call_is_answered_and_ended_once_on_both_sides(
    seed: int, weather: Weather, ring: float, talk: float, caller_ends: bool
) -> None:
    network = SipNetwork(seed=seed, weather=weather)
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    alice.invite(bob)
    network.run_for(8.0)
    invite = bob.only(InviteReceived).invite
    bob.respond(invite, 180)
    network.run_for(ring)
    assert bob.respond(invite, 200)
    network.run_for(25.0)
    at_alice, at_bob = alice.only(Answered).dialog, bob.only(Acknowledged).dialog
    assert at_alice == DialogId(at_bob.call_id, at_bob.remote_tag, at_bob.local_tag)
    network.run_for(talk)
    (alice if caller_ends else bob).bye(at_alice if caller_ends else at_bob)
    assert_forgotten(alice, bob)
    assert len(alice.outputs(DialogEnded)) == (0 if caller_ends else 1)
    assert len(bob.outputs(DialogEnded)) == (1 if caller_ends else 0)
    assert not alice.outputs(Failed)


@settings(deadline=None, max_examples=150)
@given(seed=seeds, weather=weathers, status=st.sampled_from([302, 404, 486, 503, 603]))
def test_a_refused_call_fails_once_with_its_status(seed: int, weather: Weather, status: int) -> None:
    network = SipNetwork(seed=seed, weather=weather)
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")

    def refuse(output: Output) -> None:
        if isinstance(output, InviteReceived):
            bob.stack.respond(output.invite, status, network.now)

    bob.policy = refuse
    alice.invite(bob)
    assert_forgotten(alice, bob)
    assert alice.only(Failed).status == status
    assert len(bob.outputs(InviteReceived)) == 1


@settings(deadline=None, max_examples=200)
@given(seed=seeds, weather=weathers, answer_after=seconds, cancel_after=seconds)
def test_a_cancel_against_an_answer_ends_the_same_way_on_both_sides(
    seed: int, weather: Weather, answer_after: float, cancel_after: float
) -> None:
    network = SipNetwork(seed=seed, weather=weather)
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    invite = alice.invite(bob)
    moments = sorted([(answer_after, "answer"), (cancel_after, "cancel")])
    for at, what in moments:
        network.run_for(max(0.0, at - network.now))
        if what == "cancel":
            alice.cancel(invite)
        elif received := bob.outputs(InviteReceived):
            bob.respond(received[0].invite, 200)
    network.run_for(60.0)
    for late in bob.outputs(InviteReceived):
        bob.respond(late.invite, 480)
    network.run_for(60.0)
    match outcome_of_caller(alice):
        case Outcome.ANSWERED:
            alice.bye(alice.only(Answered).dialog)
            assert not bob.outputs(Cancelled)
        case Outcome.NOT_ANSWERED:
            assert len(bob.outputs(Cancelled)) + len(bob.outputs(DialogEnded)) <= 1
        case Outcome.UNKNOWN:
            raise AssertionError("the caller was never told")
    assert_forgotten(alice, bob)
    assert len(alice.outputs(Answered)) + len(alice.outputs(Failed)) == 1
    # A BYE that overtakes the ACK ends the call without it.
    assert len(bob.outputs(Acknowledged)) <= len(bob.outputs(DialogEnded)) <= 1


@settings(deadline=None, max_examples=100)
@given(
    seed=seeds,
    weather=weathers,
    starts=st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20), st.booleans()), max_size=8),
)
def test_many_calls_at_once_leave_nothing_behind(
    seed: int, weather: Weather, starts: list[tuple[float, float, bool]]
) -> None:
    network = SipNetwork(seed=seed, weather=weather)
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    for station in (alice, bob):
        station.answer_calls()
    moments = [(start, "invite", caller) for start, _, caller in starts]
    moments += [(start + length, "bye", caller) for start, length, caller in starts]
    for at, what, by_alice in sorted(moments):
        network.run_for(max(0.0, at - network.now))
        station, peer = (alice, bob) if by_alice else (bob, alice)
        if what == "invite":
            station.invite(peer)
        for answered in station.outputs(Answered)[:1] if what == "bye" else ():
            station.reinvite(answered.dialog)
            station.bye(answered.dialog)
    network.run_for(60.0)
    for station in (alice, bob):
        for answered in station.outputs(Answered):
            station.bye(answered.dialog)
    assert_forgotten(alice, bob)
