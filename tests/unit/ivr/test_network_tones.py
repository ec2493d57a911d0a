"""The tones of networks: the right frequencies, the right cadence, no seam."""

from __future__ import annotations

import numpy as np
import pytest

from voicecore.errors import UsageError
from voicecore.ivr.tones import network_tone
from voicecore.media.call_progress import COUNTRIES, ProgressTone, tones_of
from voicecore.speech.pcm import SAMPLE_RATE, Samples

EVERY = [(country, tone) for country in (*COUNTRIES, "NO") for tone in tones_of(country)]


def samples_of(tone: ProgressTone, country: str) -> Samples:
    return np.frombuffer(network_tone(tone, country), np.int16) / 32768


def frequencies(part: Samples) -> set[int]:
    """Those within 10 dB of the strongest, to the Hz."""
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 8 * SAMPLE_RATE))
    peaks = (spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] >= spectrum[2:])
    strong = np.flatnonzero(peaks & (spectrum[1:-1] > np.max(spectrum) * 0.3)) + 1
    return {round(float(index) / 8) for index in strong}


@pytest.mark.parametrize(("country", "tone"), EVERY)
def test_each_burst_has_its_frequencies_and_its_length(country: str, tone: ProgressTone) -> None:
    samples = samples_of(tone, country)
    start = 0
    for burst in tones_of(country)[tone]:
        part = samples[start : start + round(burst.seconds * SAMPLE_RATE)]
        start += len(part)
        if not burst.hertz:
            assert not part.any()
            continue
        level = 20 * np.log10(np.sqrt(np.mean(part**2)))
        assert -17 < level < -15
        found = frequencies(part)
        assert all(min(abs(hertz - other) for other in found) <= 1 for hertz in burst.hertz)
    assert start == len(samples)


@pytest.mark.parametrize(
    "country", [name for name in COUNTRIES if len(tones_of(name)[ProgressTone.DIAL]) == 1]
)
def test_a_dial_tone_repeats_without_a_seam(country: str) -> None:
    samples = samples_of(ProgressTone.DIAL, country)
    steps = np.abs(np.diff(np.concatenate([samples, samples])))
    assert steps[len(samples) - 1] <= np.max(steps[: len(samples) - 1]) + 1e-4


def test_a_country_in_lower_case_is_the_same_and_an_unknown_one_has_the_recommended_tones() -> None:
    assert network_tone(ProgressTone.BUSY, "de") == network_tone(ProgressTone.BUSY, "DE")
    assert network_tone(ProgressTone.BUSY, "XX") == network_tone(ProgressTone.BUSY, "NO")
    assert network_tone(ProgressTone.BUSY, "XX") != network_tone(ProgressTone.BUSY, "DE")


def test_what_no_network_makes_is_refused() -> None:
    with pytest.raises(UsageError):
        network_tone(ProgressTone.FAX_CALLING, "US")
