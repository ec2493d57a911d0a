"""Audio handed to the application: what a peer says and hears, in batches of numpy samples."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import numpy as np
import pytest

from tests.component.media import g711, spandsp
from tests.component.media.peer import Bench, Peer
from tests.component.media.test_wideband import level, tone, wide
from tests.interop.phones.ports import ADDRESS, free_ports
from voicecore.errors import UsageError
from voicecore.ids import LegId
from voicecore.media import _native
from voicecore.media.engine import AudioBatch, TapSide
from voicecore.media.events import LegClosed, MediaEvent
from voicecore.media.leg_spec import LegSpec
from voicecore.media.native import NativeMediaEngine

Batch = tuple[int, int, bytes]
LEG = LegId(7)


def take(bench: Bench) -> dict[int, list[Batch]]:
    found: dict[int, list[Batch]] = {}
    while polled := bench.engine.poll_tap():
        found.setdefault(polled[0], []).extend(polled[1])
    return found


def heard(batches: list[Batch]) -> spandsp.Samples:
    return np.concatenate([np.frombuffer(octets, np.int16) for _, _, octets in batches])


@pytest.mark.parametrize("codec", ["PCMU", "G722"])
def test_what_the_peer_says_is_handed_out_at_either_rate(bench: Bench, codec: str) -> None:
    peer = bench.leg(1, codec=codec)
    bench.engine.tap(1, 10, rate=8000, batch_ms=100)
    bench.engine.tap(1, 11, rate=16000, batch_ms=60)
    if codec == "G722":
        said = wide(tone(1000, 1.0, 16000))
    else:
        said = [g711.encode(tone(1000, 1.0, 8000)[start : start + 160]) for start in range(0, 8000, 160)]
    for payload in said:
        peer.receive()
        peer.send(bench.ports[1], payload, payload_type={"PCMU": 0, "G722": 9}[codec])
    batches = take(bench)
    for name, rate, length in ((10, 8000, 800), (11, 16000, 960)):
        assert {len(octets) // 2 for _, _, octets in batches[name]} == {length}
        assert {lost for _, lost, _ in batches[name]} == {0}
        steps = {later[0] - sooner[0] for sooner, later in pairwise(batches[name])}
        assert steps == {length * 1_000_000_000 // rate}
        assert level(heard(batches[name]), 1000, rate) == pytest.approx(8000, rel=0.15)


def test_what_the_peer_hears_is_handed_out_too(bench: Bench) -> None:
    peer = bench.leg(1)
    bench.engine.load_sound(1, tone(500, 0.6, 8000).tobytes())
    bench.engine.tap(1, 10, to_peer=True, rate=16000, batch_ms=20)
    bench.engine.play(1, 5, [1])
    bench.event(_native.PLAYOUT_FINISHED, 1)
    peer.receive_many(2)
    samples = heard(take(bench)[10])
    loud = samples[np.flatnonzero(np.abs(samples) > 1000)[0] :][: 16000 // 2]
    assert level(loud, 500, 16000) == pytest.approx(8000, rel=0.1)


def test_a_leg_has_four_taps_and_an_ended_one_makes_room(bench: Bench) -> None:
    bench.leg(1)
    for tap in range(4):
        bench.engine.tap(1, tap)
    with pytest.raises(ValueError, match="at most 4"):
        bench.engine.tap(1, 9)
    bench.engine.untap(1, 2)
    bench.engine.untap(1, 2)
    bench.engine.tap(1, 9)
    with pytest.raises(ValueError, match="Hz"):
        bench.engine.tap(1, 10, rate=11025)


@pytest.mark.real_time
async def test_batches_come_through_the_face_until_the_tap_or_the_leg_ends() -> None:
    first = free_ports(2)
    engine, peer = NativeMediaEngine((ADDRESS,), (first, first + 1), workers=1), Peer()
    closed = asyncio.get_running_loop().create_future()
    third = asyncio.Event()
    batches, other = list[AudioBatch](), list[AudioBatch]()

    def listen(event: MediaEvent) -> None:
        if isinstance(event, LegClosed):
            closed.set_result(None)

    def hear(batch: AudioBatch) -> None:
        batches.append(batch)
        if len(batches) == 3:
            third.set()

    try:
        engine.open_leg(LEG, listen)
        engine.configure_leg(
            LEG, LegSpec(ADDRESS, peer.port, peer.port + 1, "PCMU", 0, 20, ((0, "PCMU"),), None)
        )
        with pytest.raises(UsageError):
            engine.tap(LEG, hear, batch_ms=45)
        engine.tap(LEG, hear, rate=16000, batch_ms=20)
        silent = engine.tap(LEG, other.append, side=TapSide.TO_PEER, batch_ms=20)
        engine.untap(LEG, silent)
        async with asyncio.timeout(10):
            await third.wait()
            engine.close_leg(LEG)
            await closed
    finally:
        engine.close()
        peer.close()
    assert (batches[0].leg, batches[0].rate) == (LEG, 16000)
    assert batches[0].samples.dtype == np.dtype(np.int16)
    assert len(batches[0].samples) == 320
    assert batches[1].at - batches[0].at == pytest.approx(0.02)
    assert len(other) <= 3
