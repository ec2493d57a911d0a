"""The calling tone of a fax machine that we did not write, over RTP and a tap."""

from __future__ import annotations

import numpy as np
from voicecore.speech.fax_tone import FaxToneDetector

from tests.component.media import g711, spandsp
from tests.component.media.peer import Bench


def test_a_whole_cycle_of_spandsps_tone_is_one_burst() -> None:
    detector = FaxToneDetector()
    audio = spandsp.fax_calling_tone(8.0)
    found = [detector.hear(audio[at : at + 480]) for at in range(0, len(audio), 480)]
    assert sum(found) == len(audio) // 28_000 + 1


def test_spandsps_tone_is_heard_through_the_engine(bench: Bench) -> None:
    peer = bench.leg(1)
    bench.engine.tap(1, 10, rate=8000, batch_ms=60)
    audio = spandsp.fax_calling_tone(0.9)
    for start in range(0, len(audio), 160):
        peer.receive()
        peer.send(bench.ports[1], g711.encode(audio[start : start + 160]))
    detector = FaxToneDetector()
    heard = False
    while polled := bench.engine.poll_tap():
        for _, _, octets in polled[1]:
            heard = detector.hear(np.frombuffer(octets, np.int16)) or heard
    assert heard


def test_no_key_is_taken_for_it() -> None:
    assert not any(FaxToneDetector().hear(spandsp.send(digit)) for digit in spandsp.KEYS)
