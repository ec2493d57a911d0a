"""Opus and linear samples as the other side has them: PyAV's own libopus, and numpy."""

from __future__ import annotations

from collections.abc import Iterable

import av
import numpy as np
from av import AudioFrame
from av.audio.resampler import AudioResampler

from tests.component.media.peer import PAYLOAD_TYPES, Bench, Packet, Peer
from tests.component.media.spandsp import Samples

RATE = 16_000
UNITS = {"opus": 960, "PCMU": 160, "PCMA": 160, "G722": 160, "L16/8000": 160, "L16/16000": 320}
"""RTP timestamps of 20 ms."""


def speech(seconds: float, rate: int) -> Samples:
    """Syllables of noise: what a codec for voice takes for voice, unlike a tone."""
    count = round(seconds * rate)
    noise = np.random.default_rng(7).normal(0, 6000, count)
    smooth = np.convolve(noise, 0.8 ** np.arange(24) * 0.2, "same")
    return np.asarray(smooth * np.abs(np.sin(4 * np.pi * np.arange(count) / rate)), dtype=np.int16)


def encode(samples: Samples, *, rate: int = RATE, bit_rate: int = 24_000, **options: str) -> list[bytes]:
    """Packets of 20 ms. `options` are those of ffmpeg's libopus: fec, packet_loss, vbr."""
    size = rate // 50
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, av.AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format, codec.bit_rate = rate, "mono", "s16", bit_rate
    codec.options = {"application": "voip", "frame_duration": "20", **options}
    packets = []
    for start in range(0, len(samples) - size + 1, size):
        frame = AudioFrame.from_ndarray(
            samples[start : start + size].reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts = rate, start
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return packets


def decode(payloads: Iterable[bytes], rate: int = RATE) -> Samples:
    codec = av.CodecContext.create("libopus", "r")
    assert isinstance(codec, av.AudioCodecContext)
    codec.sample_rate, codec.layout = 48_000, "mono"
    resampler = AudioResampler(format="s16", layout="mono", rate=rate)
    parts = []
    for payload in payloads:
        for frame in codec.decode(av.Packet(payload)):
            assert isinstance(frame, AudioFrame)
            parts += [part.to_ndarray().reshape(-1) for part in resampler.resample(frame)]
    return np.concatenate(parts).astype(np.int16)


def say(
    bench: Bench, left: Peer, right: Peer, said: list[bytes], codec: str = "opus", to: int = 1
) -> list[Packet]:
    """Left says this to its leg; what right got meanwhile."""
    got = []
    for payload in said:
        left.receive()
        speak(left, bench.ports[to], payload, codec)
        got.append(right.receive())
    return got


def speak(peer: Peer, to: int, payload: bytes, codec: str = "opus") -> None:
    """One packet of 20 ms; an empty one is lost."""
    if payload:
        peer.send(to, payload, payload_type=PAYLOAD_TYPES[codec], timestamp=peer.timestamp)
    else:
        peer.sequence += 1
    peer.timestamp += UNITS[codec]
