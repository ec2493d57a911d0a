"""How speech sounds after the jitter buffer, judged by PESQ; networks in virtual time (tests/bench/listening.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.listening import Network, heard, samples_of, score, spoken
from tests.component.media import g711

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
