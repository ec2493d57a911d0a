"""Who hears a supervisor, and who a caller whose keys are secret: judged by what the phones hear."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from tests.component.media import g711, spandsp
from tests.component.media.peer import Bench, Packet, Peer
from tests.component.media.test_conference import FULL, NOTHING, talk
from tests.component.media.test_digit_relay import SILENCE, events, pressed, tones
from tests.component.media.test_packet_relay import Talk
from tests.component.media.test_wideband import level
from voicecore.calls.audibility import KEY_TAIL, Audibility
from voicecore.calls.bridge import Bridge
from voicecore.calls.supervision import Supervision, hearing
from voicecore.ids import LegId
from voicecore.media import _native
from voicecore.media.engine import MediaEngine, Voice

CALLER, AGENT, BOSS = 1, 2, 3
HERTZ = 440


@dataclass(frozen=True)
class _Leg:
    """As much of a leg as who hears whom is about."""

    number: int


LEGS = {number: _Leg(number) for number in (CALLER, AGENT, BOSS)}


@dataclass
class _Graph:
    """A bridge of nothing but the settings, which go to the engine at once."""

    bench: Bench
    supervisions: list[Supervision]

    def wire(self) -> None:
        heard = hearing(cast("Any", [LEGS[CALLER], LEGS[AGENT]]), self.supervisions)
        for leg, others in heard.items():
            self.bench.engine.hear(cast("Any", leg).number, [cast("Any", other).number for other in others])


class _Face:
    """The commands of the engine that secrecy needs, without its loop."""

    def __init__(self, bench: Bench) -> None:
        self._engine = bench.engine

    def hear(self, leg: LegId, voices: Sequence[Voice]) -> None:
        self._engine.hear(leg, [voice.leg for voice in voices], [voice.gain_db for voice in voices])

    def relay_digits(self, from_leg: LegId, to_leg: LegId, on: bool) -> None:
        self._engine.relay_digits(from_leg, to_leg, on)


def audibility(bench: Bench) -> tuple[Audibility, Audibility]:
    face = cast("MediaEngine", _Face(bench))
    return Audibility(face, LegId(CALLER)), Audibility(face, LegId(AGENT))


def loud(*legs: int) -> dict[int, Any]:
    return {leg: FULL if leg in legs else NOTHING for leg in (1, 2, 3, 4)}


def test_each_mode_is_heard_by_whom_it_says(bench: Bench) -> None:
    peers = {leg: bench.leg(leg) for leg in (CALLER, AGENT, BOSS)}
    graph = _Graph(bench, [])
    agent = cast("Any", LEGS[AGENT])
    supervision = Supervision(cast("Bridge", graph), cast("Any", LEGS[BOSS]), agent)
    graph.supervisions.append(supervision)
    for change, caller, coached in (
        (supervision.monitor, loud(AGENT), loud(CALLER)),
        (supervision.whisper, loud(AGENT), loud(CALLER, BOSS)),
        (lambda: supervision.whisper(to=cast("Any", LEGS[CALLER])), loud(AGENT, BOSS), loud(CALLER)),
        (supervision.barge, loud(AGENT, BOSS), loud(CALLER, BOSS)),
        (supervision.monitor, loud(AGENT), loud(CALLER)),
    ):
        change()
        talk(bench, peers)
        heard = talk(bench, peers)
        assert heard == {CALLER: caller, AGENT: coached, BOSS: loud(CALLER, AGENT)}


def talking(bench: Bench, path: str, way: str) -> Talk:
    """Caller and agent hear each other, and keys go from one to the other."""
    phones = bench.open(CALLER), bench.open(AGENT, near=CALLER)
    for leg, phone in zip((CALLER, AGENT), phones, strict=True):
        codec = "PCMA" if path == "transcoded" and leg == AGENT else "PCMU"
        # Packets pass as they come only where keys need not change between event and tone.
        event = 101 if way == "event" else None
        clocks = None if way == "event" else list[tuple[int, int]]()
        bench.configure(
            leg,
            phone,
            codec=codec,
            digit_way="event" if event else "both",
            telephone_event=event,
            event_clocks=clocks,
        )
    return Talk(bench, *phones)


def say(both: Talk, packets: Sequence[tuple[bytes, bool]]) -> str:
    """The caller sends these payloads, telephone-events or audio; returns the keys that the agent got of them."""
    both.forget()
    caller = both.peers[CALLER]
    start, was_event = caller.timestamp, False
    for payload, is_event in [*packets, *[(SILENCE, False)] * 15]:
        start = caller.timestamp if is_event and not was_event else start
        began, marker = start, not was_event

        def send(
            leg: int,
            phone: Peer,
            payload: bytes = payload,
            is_event: bool = is_event,
            began: int = began,
            marker: bool = marker,
        ) -> None:
            if leg == AGENT:
                both.send(leg, SILENCE)
            elif is_event:
                phone.send(both.bench.ports[leg], payload, payload_type=101, timestamp=began, marker=marker)
                phone.timestamp += 160
            else:
                both.send(leg, payload)

        both.tick(send)
        was_event = is_event
    got = both.got[AGENT]
    return pressed(got) + spandsp.receive(audio(got))


def press(both: Talk, way: str, keys: str) -> str:
    if way == "in-band":
        return say(both, [(payload, False) for payload in tones(keys)])
    spoken = events(both.peers[CALLER], keys)
    return say(both, [(payload or SILENCE, bool(payload)) for payload, _ in spoken])


def audio(packets: Sequence[Packet]) -> g711.Samples:
    decoders = {0: g711.decode, 8: g711.decode_alaw}
    return np.concatenate(
        [
            decoders[packet.payload_type](packet.payload)
            for packet in packets
            if packet.payload_type in decoders
        ]
    )


@pytest.mark.parametrize("way", ["event", "in-band"])
@pytest.mark.parametrize("path", ["relayed", "mixed", "transcoded"])
async def test_secret_keys_do_not_reach_the_agent(bench: Bench, path: str, way: str) -> None:
    both = talking(bench, path, way)
    caller, agent = audibility(bench)
    gain = -0.1 if path == "mixed" else 0.0
    caller.hear([(agent, gain)])
    agent.hear([(caller, gain)])
    caller.relay_keys_to(agent, True)
    if path == "relayed":
        both.until_relayed()
    assert press(both, way, "15") == "15"
    if path == "relayed":
        both.until_relayed()
    assert both.is_relayed() == (path == "relayed")
    caller.begin_secret()
    assert press(both, way, "4711") == ""
    heard = audio(both.got[AGENT])
    assert np.abs(heard.astype(int)).max() < 50
    voice = [(payload, False) for payload in g711.packets(g711.tone(HERTZ, 0.4))]
    caller.key_began()
    caller.end_secret()
    say(both, voice)
    assert level(audio(both.got[AGENT]), HERTZ, 8000) < 10
    caller.key_ended()
    await asyncio.sleep(KEY_TAIL + 0.05)
    say(both, voice)
    assert np.abs(audio(both.got[AGENT]).astype(int)).max() > 6000
    assert press(both, way, "28") == "28"
    told = [event[3] for event in bench.kept(CALLER) if event[0] == _native.DIGIT_STARTED]
    assert "".join(map(str, told)) == "15471128"
