"""Extended reports over the wire (RFC 3611): what we send of how a call sounds, and what is taken from a peer."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tests.component.media import g711
from tests.component.media.peer import Bench, Peer
from tests.component.media.test_life import read_rtcp

XR = 207
REPORTS = ("rcvr-rtt", "voip-metrics", "loss", "dup", "jitt")
NTP = 0x1234_5678_9ABC_DEF0


def blocks(packet: bytes) -> dict[int, bytes]:
    """The blocks of an XR packet by their types."""
    rest, found = packet[8:], {}
    while rest:
        size = 4 * (struct.unpack("!H", rest[2:4])[0] + 1)
        found[rest[0]], rest = rest[:size], rest[size:]
    return found


def send_reports(peer: Peer, to: int, *blocks: bytes) -> None:
    """A report without anything in it, and an XR packet."""
    body = b"".join(blocks)
    empty = struct.pack("!BBHI", 0x80, 201, 1, peer.ssrc)
    extended = struct.pack("!BBHI", 0x80, XR, 1 + len(body) // 4, peer.ssrc) + body
    peer.rtcp.sendto(empty + extended, ("127.0.0.1", to + 1))


def metrics(ssrc: int, *, r_factor: int = 71, mos: int = 36) -> bytes:
    """Burst loss a quarter, gap loss a 64th, 90 ms there."""
    levels = bytes([127, 127, 127, 16, r_factor, 127, mos, 127, 0, 0])
    return struct.pack("!BBHIBBBBHHHH", 7, 0, 8, ssrc, 9, 3, 64, 4, 200, 900, 40, 90) + levels + bytes(6)


def open_leg(bench: Bench, reports: Sequence[str] = REPORTS) -> Peer:
    peer = bench.open(1)
    bench.configure(1, peer, extended_reports=reports)
    return peer


def test_a_report_tells_what_was_lost_and_answers_the_peers_clock(bench: Bench) -> None:
    peer = open_leg(bench)
    to = bench.ports[1]
    tone = g711.packets(g711.tone(400, 1.0))
    ssrc = peer.talk(to, tone[:20])[-1].ssrc
    peer.sequence += 5  # lost
    peer.talk(to, tone[20:])
    send_reports(peer, to, struct.pack("!BBHQ", 4, 0, 2, NTP), metrics(ssrc))
    bench.statistics_when(1, lambda measured: measured.remote_mos is not None)
    bench.close_leg(1)
    packet = read_rtcp(peer)[XR]
    assert struct.unpack("!4xI", packet[:8])[0] == ssrc
    found = blocks(packet)
    assert set(found) == {4, 5, 6, 7}
    assert struct.unpack("!4xII", found[5][:12]) == (peer.ssrc, NTP >> 16 & 0xFFFFFFFF)
    waited = struct.unpack("!I", found[5][12:])[0] / 65536
    assert 0 <= waited < 10
    begin, end, lost, doubled = struct.unpack("!8xHHII", found[6][:20])
    assert ((end - begin) & 0xFFFF, lost, doubled, found[6][1]) == (55, 5, 0, 0xE0)
    of, loss_rate, discard_rate = struct.unpack("!4xIBB", found[7][:10])
    assert (of, loss_rate, discard_rate) == (peer.ssrc, 256 * 5 // 55, 0)
    assert found[7][23] == 16
    assert 50 < found[7][24] < 90


def test_what_the_peer_says_of_the_call_is_among_the_legs_figures(bench: Bench) -> None:
    peer = open_leg(bench)
    tone = g711.packets(g711.tone(400, 0.1))
    ssrc = peer.talk(bench.ports[1], tone)[0].ssrc
    send_reports(peer, bench.ports[1], metrics(ssrc))
    told = bench.statistics_when(1, lambda measured: measured.remote_mos is not None)
    assert told.remote_mos is not None
    assert round(told.remote_mos, 3) == 3.6
    assert (told.remote_r_factor, told.remote_delay_ms) == (71, 90)
    assert (told.remote_burst_loss, told.remote_gap_loss) == (0.25, 1 / 64)
    send_reports(peer, bench.ports[1], metrics(ssrc, r_factor=127, mos=255))
    bench.statistics_when(1, lambda measured: measured.remote_mos is None)
    assert bench.statistics(1).remote_r_factor is None


def test_the_round_trip_to_who_sends_nothing_comes_from_our_own_clock(bench: Bench) -> None:
    peer = open_leg(bench, ["rcvr-rtt"])
    peer.receive_many(5)
    packets = read_rtcp(peer)
    ssrc, ours = struct.unpack("!4xI4xQ", packets[XR][:20])
    assert set(blocks(packets[XR])) == {4}
    answer = struct.pack("!BBHIII", 5, 0, 3, ssrc, ours >> 16 & 0xFFFFFFFF, 0)
    send_reports(peer, bench.ports[1], answer)
    told = bench.statistics_when(1, lambda measured: measured.round_trip_ms is not None)
    assert told.round_trip_ms is not None
    assert 0 <= told.round_trip_ms < 10_000


def test_who_agreed_to_none_gets_none_and_is_not_heard(bench: Bench) -> None:
    peer = open_leg(bench, [])
    ssrc = peer.talk(bench.ports[1], g711.packets(g711.tone(400, 0.1)))[0].ssrc
    send_reports(peer, bench.ports[1], metrics(ssrc))
    peer.receive_many(5)
    assert bench.close_leg(1).remote_mos is None
    assert XR not in read_rtcp(peer)


def test_metrics_of_another_stream_are_not_ours(bench: Bench) -> None:
    peer = open_leg(bench)
    ssrc = peer.receive().ssrc
    send_reports(peer, bench.ports[1], metrics(ssrc ^ 1), metrics(ssrc, mos=20))
    told = bench.statistics_when(1, lambda measured: measured.remote_mos is not None)
    assert told.remote_mos == 2.0
