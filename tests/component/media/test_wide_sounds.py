"""Sounds, streams and announcements of 16 kHz: wideband legs hear all of them, narrow ones what they can hold."""

from __future__ import annotations

import numpy as np
import pytest

from tests.component.media import g711, opus, spandsp
from tests.component.media.peer import Bench, Packet
from tests.component.media.spandsp import Samples
from tests.component.media.test_wideband import codes, level, tone
from voicecore.media import _native

HIGH = 6000
RATE = 16_000
SOUND, ROOM = 1, 50


def both(seconds: float) -> Samples:
    return np.asarray(tone(1000, seconds, RATE) // 2 + tone(HIGH, seconds, RATE) // 2)


def heard(packets: list[Packet], codec: str) -> Samples:
    match codec:
        case "G722":
            return spandsp.decode_g722(codes(packets))
        case "opus":
            return opus.decode(packet.payload for packet in packets)
        case _:
            return np.frombuffer(codes(packets), dtype=">i2").astype(np.int16)


@pytest.mark.parametrize("codec", ["G722", "opus", "L16/16000"])
@pytest.mark.parametrize("decibels", [0.0, -6.02])
def test_a_wideband_leg_hears_all_of_a_sound_at_any_volume(bench: Bench, codec: str, decibels: float) -> None:
    peer = bench.leg(1, codec=codec)
    bench.engine.load_sound(SOUND, both(1.2).tobytes(), rate=RATE)
    bench.engine.play(1, 7, [SOUND])
    bench.engine.volume(1, 7, decibels)
    got = heard(peer.receive_many(52), codec)
    for hertz in (1000, HIGH):
        assert level(got, hertz, RATE) == pytest.approx(4000 * 10 ** (decibels / 20), rel=0.4)
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[5] == 1200


@pytest.mark.parametrize("codec", ["PCMU", "L16/8000"])
def test_a_narrow_leg_hears_what_it_can_hold_of_it(bench: Bench, codec: str) -> None:
    peer = bench.leg(1, codec=codec)
    bench.engine.load_sound(SOUND, both(1.0).tobytes(), rate=RATE)
    bench.engine.play(1, 7, [SOUND])
    got = peer.receive_many(42)
    samples = g711.decode(codes(got)) if codec == "PCMU" else heard(got, codec)
    assert level(samples, 1000, 8000) > 3700
    # 6 kHz would be heard as 2 kHz.
    assert level(samples, 2000, 8000) < 40
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[5] == 1000


def test_sounds_of_both_rates_follow_each_other_at_their_places(bench: Bench) -> None:
    peer = bench.leg(1, codec="L16/16000")
    bench.engine.load_sound(SOUND, tone(HIGH, 0.4, RATE).tobytes(), rate=RATE)
    bench.engine.load_sound(2, tone(1000, 0.4, 8000).tobytes())
    peer.receive()
    bench.engine.play(1, 7, [SOUND, 2])
    got = heard(peer.receive_many(46), "L16/16000")
    begun = got[int(np.argmax(np.abs(got.astype(int)) > 1000)) :]
    assert level(begun[:6000], HIGH, RATE) > 7000
    assert level(begun[6600:12_600], 1000, RATE) > 7000
    bench.engine.seek(1, 7, 0)
    assert bench.event(_native.PLAYOUT_FINISHED, 1)[4:6] == (_native.PLAYED, 800)


def test_a_wide_announcement_is_heard_by_each_as_well_as_it_can(bench: Bench) -> None:
    narrow, wide = bench.leg(1), bench.leg(2, near=1, codec="G722")
    bench.engine.open_conference(ROOM)
    bench.engine.load_sound(SOUND, both(1.2).tobytes(), rate=RATE)
    for leg in (1, 2):
        bench.engine.join(leg, ROOM)
    bench.engine.announce(ROOM, 77, [SOUND])
    got = [(narrow.receive(), wide.receive()) for _ in range(50)]
    telephone = g711.decode(codes([packet for packet, _ in got]))
    assert level(telephone, 1000, 8000) > 3500
    assert level(telephone, 2000, 8000) < 40
    high = heard([packet for _, packet in got], "G722")
    assert min(level(high, 1000, RATE), level(high, HIGH, RATE)) > 3500


def test_a_rate_that_no_sound_has_is_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="8,000, 16,000, 24,000 or 48,000"):
        bench.engine.load_sound(SOUND, bytes(320), rate=22_050)
