"""Whatever both sides wish for, in whatever order, over whatever network: in the end nothing is remembered.

And both agree whether the call lives.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecore.sip.call_options import CallOptions, Use
from voicecore.sip.hop import Transport
from voicecore.sip.output import (
    Acknowledged,
    Answered,
    ByeAnswered,
    DialogEnded,
    DialogId,
    InviteReceived,
    Output,
    PrackReceived,
    Progressed,
    RefreshDue,
    ReinviteReceived,
    UpdateReceived,
)
from voicecore.sip.settings import StackSettings
from voicecore.testing.sip_network import SDP, SipNetwork, Station, Weather

VERBS = (
    "ring",
    "early",
    "answer",
    "refuse",
    "update",
    "offer",
    "reinvite",
    "offerless",
    "cancel",
    "bye",
    "wait",
)

weathers = st.builds(
    Weather,
    loss=st.sampled_from([0.0, 0.1, 0.4]),
    repeat=st.sampled_from([0.0, 0.3]),
    max_delay=st.sampled_from([0.01, 0.3, 1.5]),
)
options = st.builds(
    CallOptions,
    reliable=st.sampled_from(Use),
    timer=st.sampled_from(Use),
    session_expires=st.sampled_from([90, 300, 1800]),
)
steps = st.lists(st.tuples(st.floats(0, 4), st.booleans(), st.sampled_from(VERBS)), max_size=25)


@dataclass(slots=True)
class Party:
    """One side: does a verb where its state allows it, and answers what it is asked when it comes to that."""

    station: Station

    def do(self, verb: str) -> None:
        stack, now = self.station.stack, self.station.network.now
        open_invites = self.station.outputs(InviteReceived) + self.station.outputs(ReinviteReceived)
        match verb:
            case "ring" | "early":
                for received in open_invites:
                    self.station.respond(
                        received.invite, 180, reliable=verb == "early", sdp=SDP if verb == "early" else b""
                    )
            case "answer" | "refuse":
                for received in open_invites:
                    self.station.respond(received.invite, 200 if verb == "answer" else 486)
                self.settle(verb == "answer")
            case "update" | "offer":
                for dialog in self.dialogs():
                    stack.update(dialog, now, sdp=SDP if verb == "offer" else b"")
            case "reinvite" | "offerless":
                for dialog in self.confirmed():
                    stack.reinvite(dialog, now, sdp=SDP if verb == "reinvite" else b"")
            case "bye":
                for dialog in self.confirmed():
                    stack.bye(dialog, now)
        self.station.network.drain(self.station)

    def settle(self, yes: bool) -> None:
        """Answer what was asked beside the INVITE."""
        asked: list[UpdateReceived | PrackReceived] = [
            *self.station.outputs(UpdateReceived),
            *self.station.outputs(PrackReceived),
        ]
        for request in asked:
            self.station.answer(request.id, 200 if yes else 488, body=SDP if yes else b"")
        for answered in self.station.outputs(Answered):
            self.station.stack.acknowledge(answered.invite, answered.dialog, sdp=SDP)
        for progress in self.station.outputs(Progressed):
            if progress.dialog is not None:
                self.station.stack.prack(progress.invite, progress.dialog, self.station.network.now, sdp=SDP)

    def confirmed(self) -> list[DialogId]:
        found: list[Answered | Acknowledged] = [
            *self.station.outputs(Answered),
            *self.station.outputs(Acknowledged),
        ]
        return list(dict.fromkeys(output.dialog for output in found))

    def dialogs(self) -> list[DialogId]:
        early = [progress.dialog for progress in self.station.outputs(Progressed) if progress.dialog]
        return list(dict.fromkeys([*early, *self.confirmed()]))

    def lives(self, dialog: DialogId) -> bool:
        ends: list[DialogEnded | ByeAnswered] = [
            *self.station.outputs(DialogEnded),
            *self.station.outputs(ByeAnswered),
        ]
        return dialog in self.confirmed() and all(end.dialog != dialog for end in ends)


def keep_alive(station: Station) -> None:
    def refresh(output: Output) -> None:
        if isinstance(output, RefreshDue):
            station.stack.reinvite(output.dialog, station.network.now, sdp=SDP)

    station.policy = refresh


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@settings(deadline=None, max_examples=150)
@given(
    seed=st.integers(0, 2**32),
    weather=weathers,
    ours=options,
    theirs=options,
    has_offer=st.booleans(),
    schedule=steps,
)
def test_any_schedule_ends_with_nothing_remembered(
    transport: Transport,
    seed: int,
    weather: Weather,
    ours: CallOptions,
    theirs: CallOptions,
    *,
    has_offer: bool,
    schedule: list[tuple[float, bool, str]],
) -> None:
    # A connection loses, repeats and reorders nothing.
    network = SipNetwork(seed=seed, weather=weather if transport == "UDP" else Weather())
    alice = network.station("192.0.2.1", transport=transport)
    bob = network.station("192.0.2.2", transport=transport, settings=StackSettings("test", call=theirs))
    caller, callee = Party(alice), Party(bob)
    for party in (caller, callee):
        keep_alive(party.station)
    invite = alice.invite(bob, sdp=SDP if has_offer else b"", options=ours)
    for pause, is_callers, verb in schedule:
        network.run_for(pause)
        if verb == "cancel" and is_callers:
            alice.cancel(invite)
        else:
            (caller if is_callers else callee).do(verb)
    network.run_for(45.0)
    for _ in range(3):
        for party in (caller, callee):
            party.do("answer")
        network.run_for(45.0)
    over = [
        (caller, DialogId(dialog.call_id, dialog.remote_tag, dialog.local_tag))
        for dialog in callee.confirmed()
        if not callee.lives(dialog)
    ]
    over += [
        (callee, DialogId(dialog.call_id, dialog.remote_tag, dialog.local_tag))
        for dialog in caller.confirmed()
        if not caller.lives(dialog)
    ]
    network.run_for(40.0)
    for party, dialog in over:
        assert not party.lives(dialog)
    for party in (caller, callee):
        party.do("bye")
    network.run_to_silence()
    for station in (alice, bob):
        assert station.is_empty
        assert station.stack.next_timer() is None
