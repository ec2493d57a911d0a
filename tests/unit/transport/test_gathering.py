from __future__ import annotations

import pytest

from voicecore.transport.gathering import FULL, IDLE, LONGEST_S, PERIOD_S, BusyShare, gather_s


@pytest.mark.parametrize("busy", [0.0, 0.2, IDLE])
def test_a_server_with_time_reads_at_once(busy: float) -> None:
    assert gather_s(busy) == 0.0


def test_the_busier_the_loop_the_longer_datagrams_gather() -> None:
    times = [gather_s(IDLE + step * (FULL - IDLE) / 10) for step in range(11)]
    assert times == sorted(set(times))
    assert times[-1] == pytest.approx(LONGEST_S)
    assert gather_s(2.0) == LONGEST_S


def test_the_share_is_that_of_the_last_whole_period() -> None:
    share = BusyShare(0.0, 0.0)
    assert share.at(PERIOD_S / 2, PERIOD_S / 2) == 0.0
    assert share.at(PERIOD_S, PERIOD_S * 0.6) == pytest.approx(0.6)
    assert share.at(PERIOD_S * 1.5, PERIOD_S) == pytest.approx(0.6)


def test_after_a_long_silence_the_first_datagram_finds_an_idle_server() -> None:
    share = BusyShare(0.0, 0.0)
    assert share.at(PERIOD_S, PERIOD_S) == pytest.approx(1.0)
    assert gather_s(share.at(60.0, PERIOD_S + 0.001)) == 0.0
