"""How speech sounds after the jitter buffer, judged by PESQ; networks in virtual time (tests/bench/listening.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.bench.listening import Network, heard, recorded, samples_of, score, spoken
from tests.component.media import g711
from tests.component.media.test_dtmf_in_band import SOUNDS

HEARD = Path("media/target/debug/heard")

pytestmark = pytest.mark.skipif(not HEARD.exists(), reason=f"{HEARD} is not built: run `make test`")


@pytest.fixture(name="speech", scope="module")
def _speech() -> list[g711.Samples]:
    return samples_of(list(spoken()), 3)


def mean(speech: list[g711.Samples], network: Network) -> float:
    return sum(score(one, heard(HEARD, one, network, 1)) for one in speech) / len(speech)


def codec_alone(speech: list[g711.Samples]) -> float:
    return sum(score(one, g711.decode(b"".join(g711.packets(one)))) for one in speech) / len(speech)


@pytest.mark.parametrize("network", [Network(), Network(jitter=15), Network(drift=200)], ids=str)
def test_without_loss_nothing_is_heard_but_the_codec(speech: list[g711.Samples], network: Network) -> None:
    assert mean(speech, network) > codec_alone(speech) - 0.1


def test_two_percent_of_loss_cost_little(speech: list[g711.Samples]) -> None:
    """PESQ likes no synthetic voice: what the codec alone leaves of it is the measure."""
    assert mean(speech, Network(0.02, 5)) > codec_alone(speech) - 0.4


BURST = 3200
"""Samples from one burst of the tone to the next."""


def bursts() -> g711.Samples:
    """Ten minutes of a tone that rises and falls softly."""
    index = np.arange(600 * 8000)
    into = index % BURST
    rise = np.clip(np.minimum(into, 2400 - into) / 400, 0, 1)
    return np.asarray(6000 * rise * np.sin(2 * np.pi * 300 * index / 8000), np.int16)


DRIFTS = pytest.mark.parametrize("drift", [200, -200, 300, -300])


@DRIFTS
def test_ten_minutes_of_a_clock_that_is_off_do_not_delay(drift: float) -> None:
    """Left alone, 300 ppm would come to 180 ms, longer or shorter."""
    got = heard(HEARD, bursts(), Network(drift=drift), 1)

    def delay_ms(burst: int) -> float:
        """Of one burst, by its middle: when it was heard, after it was said by the listener's clock."""
        said = (burst * BURST + 1200) / (1 + drift / 1e6)
        around = np.abs(got[int(said) - 800 : int(said) + 2400].astype(float))
        return float((around * np.arange(around.size)).sum() / around.sum() - 800) / 8

    first = np.mean([delay_ms(burst) for burst in range(10, 20)])
    last = np.mean([delay_ms(burst) for burst in range(1450, 1460)])
    assert abs(last - first) < 25


@DRIFTS
def test_ten_minutes_of_a_clock_that_is_off_do_not_click(drift: float) -> None:
    """Wherever the line bends more sharply than in the bursts, something clicks."""
    said = bursts()
    bend = np.abs(np.diff(heard(HEARD, said, Network(drift=drift), 1).astype(int), 2))
    sent = np.abs(np.diff(g711.decode(b"".join(g711.packets(said))).astype(int), 2))
    assert bend.max() <= sent.max()


@pytest.fixture(name="voices", scope="module")
def _voices() -> list[g711.Samples]:
    """People, whom PESQ was made for."""
    sources = recorded(SOUNDS / "sounds")
    if not sources:
        pytest.skip("the Asterisk sounds are not installed")
    return samples_of(sources, 12)


@pytest.mark.parametrize(
    ("network", "goal"),
    [(Network(), 4.1), (Network(drift=200), 4.1), (Network(jitter=15), 4.1), (Network(0.02, 5), 3.2)],
    ids=str,
)
def test_voices_of_people_are_as_good_as_promised(
    voices: list[g711.Samples], network: Network, goal: float
) -> None:
    assert mean(voices, network) >= goal
