"""Legs whose packets pass are with the porter: what is asked of them finds them there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.component.media.peer import Bench
from tests.component.media.test_packet_relay import ONE, TWO, Talk, goes_on
from voicecore.media import _native


@pytest.fixture
def talk(bench: Bench) -> Talk:
    return Talk(bench, bench.leg(ONE), bench.leg(TWO))


def test_what_is_asked_while_packets_pass_is_done_in_order(talk: Talk, tmp_path: Path) -> None:
    talk.join()
    talk.until_relayed()
    talk.forget()
    for number in range(4):
        talk.bench.engine.record(ONE, number, str(tmp_path / f"{number}.wav"), layout="mixed")
        talk.bench.engine.stop_recording(ONE, number)
        talk.tick()
    assert all(goes_on(packets) for packets in talk.got.values())
    finished = {talk.bench.event(_native.RECORDING_FINISHED, ONE)[3] for _ in range(4)}
    assert finished == set(range(4))
    talk.until_relayed()


def test_an_engine_that_closes_tells_the_end_of_legs_whose_packets_pass(talk: Talk) -> None:
    talk.join()
    talk.until_relayed()
    before = talk.relayed()
    talk.bench.engine.close()
    for leg, then in zip((ONE, TWO), before, strict=True):
        end = talk.bench.event(_native.LEG_CLOSED, leg)[3]
        assert isinstance(end, _native.LegStatistics)
        assert end.packets_relayed >= then
