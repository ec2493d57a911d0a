"""Conferences over real RTP: each hears the others and not itself, as loud as the settings say."""

from __future__ import annotations

import pytest

from tests.component.media import g711, spandsp
from tests.component.media.peer import Bench, Peer
from tests.component.media.test_wideband import level, tone, wide
from voicecore.media import _native

ROOM = 900
SECONDS = 1.2
TONES = {1: 400, 2: 700, 3: 1100, 4: 1500}
"""What each leg's peer says, in Hz. None is a multiple of another's."""


def gathered(bench: Bench, legs: int, codecs: str = "PCMU PCMU PCMU PCMU") -> dict[int, Peer]:
    bench.engine.open_conference(ROOM)
    peers = {leg: bench.leg(leg, codec=codecs.split()[leg - 1]) for leg in range(1, legs + 1)}
    for leg in peers:
        bench.engine.join(leg, ROOM)
    return peers


def talk(
    bench: Bench, peers: dict[int, Peer], silent: tuple[int, ...] = (), wideband: tuple[int, ...] = ()
) -> dict[int, dict[int, float]]:
    """All say their tones at once; returns how loud each hears each."""
    said = {}
    for leg in peers:
        samples = tone(TONES[leg], SECONDS, 8000) * (leg not in silent)
        said[leg] = [g711.encode(samples[start : start + 160]) for start in range(0, len(samples), 160)]
        if leg in wideband:
            said[leg] = wide(tone(TONES[leg], SECONDS, 16000))
    heard: dict[int, list[bytes]] = {leg: [] for leg in peers}
    for index in range(round(SECONDS * 50) - 1):
        for leg, peer in peers.items():
            heard[leg].append(peer.receive().payload)
            peer.send(bench.ports[leg], said[leg][index], payload_type=9 if leg in wideband else 0)
    return {leg: _levels(b"".join(heard[leg]), leg in wideband) for leg in peers}


def _levels(codes: bytes, is_wide: bool) -> dict[int, float]:
    samples = spandsp.decode_g722(codes) if is_wide else g711.decode(codes)
    rate = 16000 if is_wide else 8000
    return {leg: level(samples, hertz, rate) for leg, hertz in TONES.items()}


FULL = pytest.approx(8000, rel=0.15)
NOTHING = pytest.approx(0, abs=150)


def test_three_legs_hear_the_other_two_and_not_themselves(bench: Bench) -> None:
    peers = gathered(bench, 3)
    heard = talk(bench, peers)
    for leg in peers:
        for other in TONES:
            assert heard[leg][other] == (FULL if other != leg and other in peers else NOTHING), (leg, other)


def test_wideband_and_narrowband_members_hear_each_other(bench: Bench) -> None:
    peers = gathered(bench, 4, "PCMU G722 PCMU G722")
    heard = talk(bench, peers, wideband=(2, 4))
    for leg in peers:
        for other in peers:
            assert heard[leg][other] == (FULL if other != leg else NOTHING), (leg, other)


def test_who_is_muted_is_not_heard_and_who_is_deaf_hears_nobody(bench: Bench) -> None:
    peers = gathered(bench, 4)
    bench.engine.join(2, ROOM, muted=True)
    bench.engine.join(3, ROOM, deaf=True)
    bench.engine.join(4, ROOM, gain_db=-12.04)
    heard = talk(bench, peers)
    quarter = pytest.approx(2000, rel=0.15)
    assert heard[1] == {1: NOTHING, 2: NOTHING, 3: FULL, 4: quarter}
    assert heard[2] == {1: FULL, 2: NOTHING, 3: FULL, 4: quarter}
    assert heard[3] == dict.fromkeys(TONES, NOTHING)
    assert heard[4] == {1: FULL, 2: NOTHING, 3: FULL, 4: NOTHING}


def test_who_only_listens_gets_the_sum_of_all_who_speak(bench: Bench) -> None:
    peers = gathered(bench, 4)
    heard = talk(bench, peers, silent=(2, 3))
    for listener in (2, 3):
        assert heard[listener] == {1: FULL, 2: NOTHING, 3: NOTHING, 4: FULL}


def test_a_supervisor_whispers_to_one_member_of_a_conference(bench: Bench) -> None:
    peers = gathered(bench, 4)
    bench.engine.join(4, ROOM, muted=True)
    bench.engine.hear(2, [4], [-6.02])
    bench.engine.hear(3, [1], [-12.04])
    heard = talk(bench, peers)
    half, quarter = pytest.approx(4000, rel=0.15), pytest.approx(2000, rel=0.15)
    assert heard[1] == {1: NOTHING, 2: FULL, 3: FULL, 4: NOTHING}
    assert heard[2] == {1: FULL, 2: NOTHING, 3: FULL, 4: half}
    assert heard[3] == {1: quarter, 2: FULL, 3: NOTHING, 4: NOTHING}
    assert heard[4] == {1: FULL, 2: FULL, 3: FULL, 4: NOTHING}


def test_monitor_whisper_and_barge_are_gains_of_one_graph(bench: Bench) -> None:
    customer, agent, supervisor = 1, 2, 3
    peers = {leg: bench.leg(leg) for leg in (customer, agent, supervisor)}
    bench.engine.hear(supervisor, [customer, agent], [0, -6.02])
    bench.engine.hear(agent, [customer, supervisor], [0, -12.04])
    bench.engine.hear(customer, [agent])
    heard = talk(bench, peers)
    assert heard[supervisor][customer] == FULL
    assert heard[supervisor][agent] == pytest.approx(4000, rel=0.15)
    assert heard[agent][supervisor] == pytest.approx(2000, rel=0.15)
    assert heard[customer] == {customer: NOTHING, agent: FULL, supervisor: NOTHING, 4: NOTHING}
    bench.engine.hear(customer, [agent, supervisor])
    assert talk(bench, peers)[customer][supervisor] == FULL


def test_an_announcement_and_who_speaks_are_told(bench: Bench) -> None:
    peers = gathered(bench, 2)
    bench.engine.load_sound(1, tone(TONES[4], SECONDS, 8000).tobytes())
    bench.engine.announce(ROOM, 77, [1])
    heard = talk(bench, peers, silent=(2,))
    assert heard[1] == {1: NOTHING, 2: NOTHING, 3: NOTHING, 4: FULL}
    assert heard[2] == {1: FULL, 2: NOTHING, 3: NOTHING, 4: FULL}
    speakers = bench.event(_native.SPEAKING, ROOM)[3]
    assert isinstance(speakers, list)
    assert [leg for leg, _ in speakers] == [1]
    assert speakers[0][1] == pytest.approx(-15.3, abs=1.5)
    assert bench.event(_native.ANNOUNCED, ROOM)[3:] == (77, _native.PLAYED, 1200)
    bench.engine.announce(ROOM, 78, [1], repeat=True)
    bench.engine.announce(ROOM, 79, [])
    assert bench.event(_native.ANNOUNCED, ROOM)[3:5] == (78, _native.REPLACED)


def test_who_leaves_hears_nobody_and_a_closed_conference_has_nobody(bench: Bench) -> None:
    peers = gathered(bench, 3)
    bench.engine.leave(2)
    heard = talk(bench, peers)
    assert heard[2] == dict.fromkeys(TONES, NOTHING)
    assert heard[1] == {1: NOTHING, 2: NOTHING, 3: FULL, 4: NOTHING}
    bench.engine.close_conference(ROOM)
    assert talk(bench, peers)[1] == dict.fromkeys(TONES, NOTHING)
    with pytest.raises(KeyError):
        bench.engine.join(1, ROOM)
    with pytest.raises(KeyError):
        bench.engine.announce(ROOM, 1, [])
