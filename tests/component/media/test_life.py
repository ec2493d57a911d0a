"""Opening and closing of engines and legs, RTCP, and what is refused."""

from __future__ import annotations

import os
import select
import socket
import struct
import time

import pytest

from tests.component.media import g711
from tests.component.media.peer import PATIENCE, Bench, Peer
from voicecore.media import _native


def read_rtcp(peer: Peer) -> dict[int, bytes]:
    """The next compound packet by packet types."""
    peer.rtcp.settimeout(PATIENCE)
    data, packets = peer.rtcp.recv(2048), {}
    while data:
        size = 4 * (struct.unpack("!H", data[2:4])[0] + 1)
        packets[data[1]], data = data[:size], data[size:]
    return packets


def test_ports_are_even_and_free_again_when_the_leg_is_closed() -> None:
    with Bench(first_port=34301, last_port=34306) as bench:
        assert bench.engine.load().ports_free == 2
        ports = [bench.engine.open_leg(1), bench.engine.open_leg(2)]
        assert sorted(ports) == [34302, 34304]
        with pytest.raises(_native.PortsExhausted):
            bench.engine.open_leg(3)
        bench.close_leg(1)
        assert bench.engine.open_leg(3) == ports[0]


def test_nothing_is_sent_before_the_configuration(bench: Bench) -> None:
    bench.engine.open_leg(1)
    bench.leg(2).receive_many(5)
    assert bench.close_leg(1).packets_sent == 0


def test_a_closing_leg_says_goodbye_with_its_report(bench: Bench) -> None:
    peer = bench.leg(1)
    peer.talk(bench.ports[1], g711.packets(g711.tone(400, 0.2)))
    bench.close_leg(1)
    packets = read_rtcp(peer)
    assert set(packets) == {200, 202, 203}
    assert b"bench@voicecore" in packets[202]
    ssrc, sent = struct.unpack("!4xI12xI", packets[200][:24])
    assert sent == 10
    assert struct.unpack("!4xI", packets[203])[0] == ssrc
    assert struct.unpack("!I", packets[200][28:32])[0] == peer.ssrc


def test_the_peers_report_gives_round_trip_and_loss(bench: Bench) -> None:
    peer = bench.leg(1)
    tone = g711.packets(g711.tone(400, 0.2))
    peer.talk(bench.ports[1], tone)
    report = read_rtcp(peer)[200]
    ssrc, ntp = struct.unpack("!4xIQ", report[:16])
    block = struct.pack("!IIIIII", ssrc, 64 << 24, 1, 80, ntp >> 16 & 0xFFFFFFFF, 0)
    peer.rtcp.sendto(struct.pack("!BBHI", 0x81, 201, 7, peer.ssrc) + block, ("127.0.0.1", bench.ports[1] + 1))
    peer.talk(bench.ports[1], tone)
    statistics = bench.statistics(1)
    assert statistics.remote_loss == 0.25
    assert statistics.remote_jitter_ms == 10.0
    assert statistics.round_trip_ms is not None
    assert 0 <= statistics.round_trip_ms < 5000


def test_rtcp_from_elsewhere_is_not_believed(bench: Bench) -> None:
    peer = bench.leg(1)
    ssrc = peer.receive().ssrc
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        block = struct.pack("!IIIIII", ssrc, 64 << 24, 1, 80, 0, 0)
        stranger.sendto(struct.pack("!BBHI", 0x81, 201, 7, 1) + block, ("127.0.0.1", bench.ports[1] + 1))
    peer.receive_many(3)
    assert bench.statistics(1).remote_loss is None


def test_commands_for_unknown_and_doubled_names_are_refused(bench: Bench) -> None:
    bench.leg(1)
    with pytest.raises(ValueError, match="open already"):
        bench.engine.open_leg(1)
    with pytest.raises(KeyError):
        bench.engine.statistics(2)
    with pytest.raises(KeyError):
        bench.engine.play(1, 1, [404])
    bench.close_leg(1)
    with pytest.raises(KeyError):
        bench.engine.close_leg(1)


def test_a_configuration_that_cannot_be_is_refused(bench: Bench) -> None:
    peer = bench.leg(1)
    with pytest.raises(ValueError, match="packet time"):
        bench.configure(1, peer, packet_time_ms=25)
    with pytest.raises(ValueError, match="codec"):
        bench.configure(1, peer, codec="SPEEX")


@pytest.mark.parametrize(
    ("address", "first", "last"), [("localhost!", 1000, 2000), ("127.0.0.1", 35001, 35001)]
)
def test_an_engine_that_cannot_be_is_refused(address: str, first: int, last: int) -> None:
    with pytest.raises(ValueError):
        _native.Engine(address=address, first_port=first, last_port=last)


def test_closing_the_engine_closes_its_legs_and_threads() -> None:
    threads = set(os.listdir("/proc/self/task"))
    engine = _native.Engine(address="127.0.0.1", first_port=34320, last_port=34339, workers=2)
    for leg in range(5):
        engine.open_leg(leg)
    engine.close()
    assert {event[1] for event in engine.poll_events() if event[0] == _native.LEG_CLOSED} == set(range(5))
    # The kernel lists a thread for a moment after it was joined.
    deadline = time.monotonic() + 5
    while not set(os.listdir("/proc/self/task")) <= threads:
        assert time.monotonic() < deadline
    with pytest.raises(RuntimeError):
        engine.open_leg(9)
    engine.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 34320))


def test_the_descriptor_is_readable_just_while_events_wait(bench: Bench) -> None:
    def readable() -> bool:
        return bool(select.select([bench.engine.event_fd()], [], [], 0)[0])

    assert not readable()
    for leg in (1, 2, 3):
        bench.engine.open_leg(leg)
        bench.engine.close_leg(leg)
    assert select.select([bench.engine.event_fd()], [], [], PATIENCE)[0]
    events: list[tuple[object, ...]] = []
    while len(events) < 3:
        select.select([bench.engine.event_fd()], [], [], PATIENCE)
        events += bench.engine.poll_events(1)
    assert not readable()


def test_load_tells_of_ticks_since_the_last_question(bench: Bench) -> None:
    bench.leg(1).receive_many(10)
    load = bench.engine.load()
    assert load.legs == 1
    assert load.workers == 2
    assert load.ticks >= 9
    assert load.events_dropped == 0
    assert 0 <= load.tick_late_p99_ms <= load.tick_late_max_ms
