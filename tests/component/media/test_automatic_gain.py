"""Automatic gain: what others hear of a quiet peer, and what its own keys and tones are heard as."""

from __future__ import annotations

import numpy as np

from tests.component.media import g711
from tests.component.media.peer import Bench


def syllables(seconds: float, amplitude: float) -> g711.Samples:
    time = np.arange(round(seconds * 8000)) / 8000
    loud = np.sqrt(np.clip(np.sin(2 * np.pi * 3 * time), 0, None))
    return np.asarray(amplitude * loud * np.sin(2 * np.pi * 400 * time), dtype=np.int16)


def test_a_quiet_peer_is_heard_louder_where_it_is_wanted(bench: Bench) -> None:
    """Two quiet peers say the same, and one of them is made louder."""
    plain, raised = bench.leg(1), bench.leg(2, near=1)
    listeners = bench.leg(3, near=1), bench.leg(4, near=1)
    bench.engine.automatic_gain(2, True)
    bench.engine.hear(3, [1])
    bench.engine.hear(4, [2])
    heard: list[list[bytes]] = [[], []]
    for payload in g711.packets(syllables(4.0, 900)):
        for leg, peer in ((1, plain), (2, raised)):
            peer.receive()
            peer.send(bench.ports[leg], payload)
        for packets, listener in zip(heard, listeners, strict=True):
            packets.append(listener.receive().payload)
    levels = [float(np.std(g711.decode(b"".join(packets[-50:])).astype(float))) for packets in heard]
    assert 2 < levels[1] / levels[0] < 6
