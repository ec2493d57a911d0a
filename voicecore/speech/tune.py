"""Our own music on hold, computed: nothing is downloaded, nothing committed, no licence to pay.

`python -m voicecore.speech.tune OUT.wav` writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np

from voicecore.speech.pcm import SAMPLE_RATE, Pcm, Samples, write_wav

_BEAT: Final = SAMPLE_RATE * 60 // 96  # samples: 96 beats a minute
_BARS: Final = 8
_BEATS_PER_BAR: Final = 4
_LENGTH: Final = _BARS * _BEATS_PER_BAR * _BEAT  # 20 s

_LEVEL_DB: Final = (
    -26.0
)  # RMS below full scale: the level of a talker, for people wait with the phone at the ear
_HIGHEST_PARTIAL_HZ: Final = 3300.0  # the telephone carries nothing above 3400

# MIDI note numbers. Two rounds of I vi ii V in G, the second ending on the way back to the first bar.
_CHORDS: Final = (
    (43, (59, 62, 66)),  # G major seventh
    (40, (59, 62, 67)),  # E minor seventh
    (45, (60, 64, 67)),  # A minor seventh
    (38, (60, 64, 66)),  # D ninth
    (43, (59, 62, 66)),
    (40, (59, 62, 67)),
    (36, (59, 64, 67)),  # C major seventh
    (38, (60, 64, 66)),
)

# Beat within the bar, length in beats, note.
_MELODY: Final = (
    ((0.0, 1.5, 74), (1.5, 0.5, 71), (2.0, 2.0, 79)),
    ((0.0, 1.0, 78), (1.0, 1.0, 76), (2.0, 2.0, 71)),
    ((0.0, 1.5, 72), (1.5, 0.5, 74), (2.0, 1.0, 76), (3.0, 1.0, 79)),
    ((0.0, 3.0, 74), (3.0, 1.0, 72)),
    ((0.0, 1.5, 71), (1.5, 0.5, 74), (2.0, 2.0, 78)),
    ((0.0, 1.0, 79), (1.0, 1.0, 78), (2.0, 2.0, 76)),
    ((0.0, 1.5, 79), (1.5, 0.5, 76), (2.0, 1.0, 74), (3.0, 1.0, 71)),
    ((0.0, 2.0, 69), (2.0, 1.0, 72), (3.0, 1.0, 74)),
)


def tune() -> Pcm:
    """Twenty seconds that can be repeated without a seam.

    Every note rings on past the end into the beginning, and so does the echo: no sample is the first.
    """
    ring = np.zeros(_LENGTH)
    for bar, ((bass, chord), melody) in enumerate(zip(_CHORDS, _MELODY, strict=True)):
        start = bar * _BEATS_PER_BAR
        for beat in (0.0, 2.5):
            _add(ring, start + beat, _note(bass, beats=2.0, partials=6) * 0.5)
        for beat in (1.0, 3.0):
            for step, pitch in enumerate(chord):
                _add(ring, start + beat + 0.04 * step, _note(pitch, beats=1.2, partials=4) * 0.2)
        for beat, beats, pitch in melody:
            _add(ring, start + beat, _note(pitch, beats=beats, partials=5) * 0.45)
    music = ring + _echo(ring)
    music -= music.mean()
    return Pcm.from_array(music * 10 ** (_LEVEL_DB / 20) / np.sqrt(np.mean(music**2)))


def _note(pitch: int, beats: float, partials: int) -> Samples:
    """A struck bar: partials that fade, the higher the sooner."""
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    decay_s = 0.25 + 0.35 * beats
    time = np.arange(int(SAMPLE_RATE * decay_s * 6)) / SAMPLE_RATE
    sound = np.zeros_like(time)
    for partial in range(1, partials + 1):
        if frequency * partial > _HIGHEST_PARTIAL_HZ:
            break
        fade = np.exp(-time * partial**0.7 / decay_s)
        sound += np.sin(2 * np.pi * frequency * partial * time) * fade / partial**1.6
    attack = np.minimum(1.0, time / 0.008)
    release = np.minimum(1.0, (time[-1] - time) / 0.05)
    note: Samples = sound * attack * release
    return note


def _add(ring: Samples, beat: float, sound: Samples) -> None:
    """Adds a sound from a beat on; what passes the end comes round to the beginning."""
    start = round(beat * _BEAT)
    before_end = len(ring) - start
    ring[start : start + len(sound)] += sound[:before_end]
    ring[: max(0, len(sound) - before_end)] += sound[before_end:]


def _echo(ring: Samples) -> Samples:
    """A soft echo after three quarters of a beat, and again, dying away, bent round like the rest."""
    delay = _BEAT * 3 // 4
    echo = np.zeros_like(ring)
    for turn in (1, 2, 3):
        echo += np.roll(ring, delay * turn) * 0.28**turn
    return echo


def main(arguments: list[str]) -> int:
    """Writes the tune to the file that is named."""
    if len(arguments) != 1:
        print("usage: python -m voicecore.speech.tune OUT.wav", file=sys.stderr)
        return 2
    write_wav(Path(arguments[0]), tune())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
