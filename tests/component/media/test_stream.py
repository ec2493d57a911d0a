"""What a configured leg sends and counts, and who it believes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.component.media import g711
from tests.component.media.peer import Bench, Peer
from voicecore.media import _native


def test_a_leg_sends_silence_from_its_configuration_on(bench: Bench) -> None:
    packets = bench.leg(1).receive_many(10)
    assert {packet.payload for packet in packets} == {b"\xff" * 160}
    assert {packet.ssrc for packet in packets} == {packets[0].ssrc}
    for before, after in pairwise(packets):
        assert (after.sequence - before.sequence) % 65536 == 1
        assert (after.timestamp - before.timestamp) % 2**32 == 160
    assert [packet.marker for packet in packets] == [True] + [False] * 9


@pytest.mark.parametrize("packet_time_ms", [10, 20, 30, 40, 50, 60])
def test_every_packet_time_is_kept(bench: Bench, packet_time_ms: int) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, packet_time_ms=packet_time_ms)
    packets = peer.receive_many(14)[4:]
    assert {len(packet.payload) for packet in packets} == {packet_time_ms * 8}
    assert (packets[-1].timestamp - packets[0].timestamp) % 2**32 == 9 * packet_time_ms * 8


def test_silence_is_that_of_the_codec(bench: Bench) -> None:
    packet = bench.leg(1, codec="PCMA").receive()
    assert packet.payload_type == 8
    assert packet.payload == b"\xd5" * 160


def test_a_leg_that_does_not_send_is_quiet_and_goes_on_in_time(bench: Bench) -> None:
    peer, other = bench.leg(1), bench.leg(2)
    before = peer.receive_many(3)[-1]
    bench.configure(1, peer, sending=False)
    other.receive_many(12)
    assert bench.statistics(1).packets_sent < 8
    bench.configure(1, peer)
    packets = peer.receive_many(12)
    resumed = next(packet for packet in packets if packet.marker)
    earlier = [packet for packet in packets if packet.sequence < resumed.sequence] or [before]
    assert (resumed.sequence - earlier[-1].sequence) % 65536 == 1
    assert (resumed.timestamp - earlier[-1].timestamp) % 2**32 > 5 * 160


def test_statistics_count_what_was_said_lost_and_repeated(bench: Bench) -> None:
    peer = bench.leg(1)
    for number, payload in enumerate(g711.packets(g711.tone(400, 0.6))):
        peer.receive()
        if number == 12:
            peer.sequence += 1
            peer.timestamp += 160
        peer.send(bench.ports[1], payload)
        if number == 20:
            peer.sequence -= 1
            peer.send(bench.ports[1], payload, timestamp=peer.timestamp - 160)
    statistics = bench.close_leg(1)
    assert statistics.packets_received == 30
    assert statistics.octets_received == 30 * 160
    assert statistics.packets_lost == 1
    assert statistics.packets_discarded == 1
    assert statistics.max_gap_ms >= 20
    assert statistics.mos is not None
    assert 1 <= statistics.mos <= 4.5


def test_a_leg_without_packets_has_no_score(bench: Bench) -> None:
    bench.leg(1).receive()
    assert bench.statistics(1).mos is None


def test_the_address_that_proves_itself_is_told_once_and_others_are_refused(bench: Bench) -> None:
    peer, stranger = bench.leg(1), Peer(ssrc=666)
    bench.peers.append(stranger)
    tone = g711.packets(g711.tone(400, 0.4))
    peer.talk(bench.ports[1], tone)
    latched = bench.event(_native.LATCHED, 1)
    assert latched[3:] == ("127.0.0.1", peer.port)
    for payload in tone:
        stranger.send(bench.ports[1], payload)
    peer.talk(bench.ports[1], tone[:5])
    statistics = bench.close_leg(1)
    assert statistics.packets_discarded >= len(tone)
    assert statistics.packets_received == len(tone) + 5
    assert [event[0] for event in bench.kept(1)] == []


def test_media_from_another_port_than_agreed_is_followed_there(bench: Bench) -> None:
    bench.leg(1)
    clock, actual = bench.leg(2), Peer()
    bench.peers.append(actual)
    for payload in g711.packets(g711.tone(400, 0.3)):
        clock.receive()
        actual.send(bench.ports[1], payload)
    assert bench.event(_native.LATCHED, 1)[4] == actual.port
    assert len(actual.receive().payload) == 160


def test_garbage_changes_nothing_and_is_counted(bench: Bench) -> None:
    peer = bench.leg(1)
    peer.receive()
    for size in range(0, 300, 7):
        peer.rtp.sendto(bytes(range(size % 256)) * (size // 256 + 1), ("127.0.0.1", bench.ports[1]))
        peer.rtcp.sendto(b"\x80\xc8" + bytes(size), ("127.0.0.1", bench.ports[1] + 1))
    peer.talk(bench.ports[1], g711.packets(g711.tone(400, 0.2)))
    statistics = bench.close_leg(1)
    assert statistics.packets_received == 10
    assert statistics.packets_discarded == 43


def test_silence_of_the_peer_is_told_once(bench: Bench) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, rtp_timeout_ms=100)
    silent_ms = bench.event(_native.RTP_TIMED_OUT, 1)[3]
    assert isinstance(silent_ms, int)
    assert silent_ms >= 100
    peer.receive_many(15)
    assert bench.kept(1) == []
    peer.talk(bench.ports[1], g711.packets(g711.tone(400, 0.1)))
    bench.event(_native.RTP_TIMED_OUT, 1)


def test_speech_is_told_when_it_begins_and_ends(bench: Bench) -> None:
    peer = bench.leg(1)
    bench.engine.watch_speech(1, True, hang_over_ms=100)
    silence = [b"\xff" * 160] * 15
    peer.talk(bench.ports[1], silence + g711.packets(g711.tone(300, 0.3)) + silence)
    started = bench.event(_native.SPEECH_STARTED, 1)
    ended = bench.event(_native.SPEECH_ENDED, 1)
    assert isinstance(started[2], int)
    assert isinstance(ended[2], int)
    assert 200_000_000 <= ended[2] - started[2] <= 600_000_000


def test_a_flood_from_strangers_does_not_disturb_the_call(bench: Bench) -> None:
    peer, stranger = bench.leg(1), Peer(ssrc=666)
    bench.peers.append(stranger)
    peer.talk(bench.ports[1], g711.packets(g711.tone(400, 0.2)))
    bench.event(_native.LATCHED, 1)
    for _ in range(20):
        peer.receive()
        for _ in range(100):
            stranger.send(bench.ports[1], b"\x00" * 160)
        peer.send(bench.ports[1], b"\x31" * 160)
    statistics = bench.close_leg(1)
    assert statistics.packets_received == 30
    assert statistics.packets_lost == 0
    assert statistics.packets_discarded == 2000
