"""Packets of two legs that hear only each other pass as they come, and are mixed as soon as anything else is asked."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.component.media import g711
from tests.component.media.peer import PATIENCE, Bench, Packet, Peer
from tests.component.media.test_bridge import audio, correlation, speech
from tests.component.media.test_srtp import SHA1_80, SecurePeer, key
from voicecore.media import _native

SILENCE = b"\xff" * 160
ONE, TWO, CLOCK = 1, 2, 9


class Talk:
    """Two phones in a bridge, both sending by one clock: a third leg's silence, which comes every 20 ms."""

    def __init__(self, bench: Bench, one: Peer, two: Peer) -> None:
        self.bench = bench
        self.peers = {ONE: one, TWO: two}
        self.got: dict[int, list[Packet]] = {ONE: [], TWO: []}
        self._clock = bench.leg(CLOCK)

    def join(self) -> None:
        self.bench.engine.hear(ONE, [TWO])
        self.bench.engine.hear(TWO, [ONE])

    def tick(self, said: Callable[[int, Peer], None] | None = None) -> None:
        """A packet time: each phone sends silence, or what `said` sends for it, and takes what came."""
        self._clock.receive()
        for leg, peer in self.peers.items():
            if said is None:
                self.send(leg, SILENCE)
            else:
                said(leg, peer)
            self._collect(leg, peer)

    def send(self, leg: int, payload: bytes) -> None:
        peer = self.peers[leg]
        if isinstance(peer, SecurePeer):
            peer.say(self.bench.ports[leg], payload)
        else:
            peer.send(self.bench.ports[leg], payload)

    def _collect(self, leg: int, peer: Peer) -> None:
        readable = True
        while readable:
            peer.rtp.settimeout(0)
            try:
                peer.rtp.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                readable = False
            else:
                self.got[leg].append(peer.receive())

    def until_relayed(self) -> None:
        """Silence until packets of both go on as they come."""
        for _ in range(round(PATIENCE * 50)):
            self.tick()
            before = self.relayed()
            self.tick()
            self.tick()
            if all(now > then for now, then in zip(self.relayed(), before, strict=True)):
                return
        raise AssertionError("not relayed")

    def relayed(self) -> tuple[int, int]:
        return (
            self.bench.statistics(ONE).packets_relayed,
            self.bench.statistics(TWO).packets_relayed,
        )

    def is_relayed(self) -> bool:
        before = self.relayed()
        for _ in range(5):
            self.tick()
        return self.relayed() != before

    def say(self, one: g711.Samples, two: g711.Samples) -> None:
        for packets in zip(g711.packets(one), g711.packets(two), strict=True):
            self.tick(partial(self._say, packets))

    def _say(self, packets: tuple[bytes, bytes], leg: int, _: Peer) -> None:
        self.send(leg, packets[leg - 1])

    def forget(self) -> None:
        for packets in self.got.values():
            packets.clear()


def goes_on(packets: Sequence[Packet]) -> bool:
    """One source, and neither number nor time is left out or told twice."""
    steps = {
        ((b.sequence - a.sequence) % 65536, (b.timestamp - a.timestamp) % 2**32) for a, b in pairwise(packets)
    }
    return steps == {(1, 160)} and len({packet.ssrc for packet in packets}) == 1


@pytest.fixture
def talk(bench: Bench) -> Talk:
    return Talk(bench, bench.leg(ONE), bench.leg(TWO))


def test_two_phones_hear_each_other_as_they_speak(talk: Talk) -> None:
    talk.join()
    talk.until_relayed()
    assert talk.bench.statistics(ONE).is_relayed
    talk.forget()
    one, two = speech(1, 1.0), speech(2, 1.0)
    talk.say(one, two)
    talk.tick()
    for leg, said in ((ONE, two), (TWO, one)):
        packets = talk.got[leg]
        assert goes_on(packets)
        payloads = [packet.payload for packet in packets]
        wanted = g711.packets(said)
        first = payloads.index(wanted[0])
        assert payloads[first : first + len(wanted)] == wanted, "octet for octet"
        assert packets[0].ssrc not in {peer.ssrc for peer in talk.peers.values()}
    statistics = talk.bench.close_leg(ONE)
    assert statistics.packets_relayed >= 50
    assert statistics.packets_lost == statistics.packets_discarded == 0
    assert statistics.mos is not None
    assert statistics.mos > 4


def test_linear_audio_passes_at_its_own_rate(talk: Talk) -> None:
    for leg, peer in talk.peers.items():
        talk.bench.configure(leg, peer, codec="L16/16000")
    talk.join()

    def said(leg: int, peer: Peer) -> None:
        payload = struct.pack("!320h", *[1000 * leg] * 320)
        peer.send(talk.bench.ports[leg], payload, payload_type=113, timestamp=peer.timestamp)
        peer.timestamp += 320

    for _ in range(round(PATIENCE * 50)):
        talk.tick(said)
        if min(talk.relayed()) > 5:
            break
    last = talk.got[ONE][-1]
    assert last.payload_type == 113
    assert last.payload == struct.pack("!320h", *[2000] * 320)


def test_a_recording_ends_it_and_hears_both(talk: Talk, tmp_path: Path) -> None:
    talk.join()
    talk.until_relayed()
    talk.bench.engine.record(ONE, 1, str(tmp_path / "both.wav"), layout="stereo")
    talk.forget()
    one, two = speech(3, 1.0), speech(4, 1.0)
    talk.say(one, two)
    assert not talk.is_relayed()
    talk.bench.engine.stop_recording(ONE, 1)
    talk.bench.event(_native.RECORDING_FINISHED, ONE)
    for leg, said in ((ONE, two), (TWO, one)):
        packets = talk.got[leg]
        assert goes_on(packets)
        assert correlation(audio(packets), said[1600:]) > 0.8
    talk.until_relayed()


def test_a_whisper_ends_it_and_is_heard_by_one(talk: Talk) -> None:
    talk.join()
    talk.until_relayed()
    talk.forget()
    talk.bench.engine.load_sound(1, g711.tone(700, 0.6).tobytes())
    talk.bench.engine.play(TWO, 1, [1], over=True)
    one = speech(5, 1.0)
    talk.say(one, speech(6, 1.0) // 1000)
    for _ in range(6):
        talk.tick()
    assert goes_on(talk.got[TWO])
    assert goes_on(talk.got[ONE])
    whispered = g711.tone(700, 0.2)
    assert correlation(audio(talk.got[TWO]), whispered) > 0.5
    assert correlation(audio(talk.got[TWO]), one[6400:]) > 0.8
    assert correlation(audio(talk.got[ONE]), whispered) < 0.5


def test_speech_is_whole_where_it_begins_and_ends(talk: Talk) -> None:
    """Steady noise goes on while packets begin to pass, though no pause comes."""
    talk.join()
    one, two = speech(7, 4.0), speech(8, 4.0)
    talk.say(one, two)
    assert min(talk.relayed()) > 40
    for leg, said in ((ONE, two), (TWO, one)):
        packets = talk.got[leg]
        assert goes_on([packet for packet in packets[5:] if packet.payload])
        heard = audio(packets)
        for start in range(8000, 24_000, 4000):
            assert correlation(heard, said[start : start + 1600]) > 0.8


def events(talk: Talk, code: int, packets: int, *, end: bool = True) -> None:
    """The first phone presses a key for so long."""
    start = talk.peers[ONE].timestamp
    for number in range(packets):
        is_end = end and number >= packets - 3
        duration = 160 * min(number + 1, packets - 2 if end else packets)
        payload = struct.pack("!BBH", code, (0x80 if is_end else 0) | 10, duration)

        def said(leg: int, peer: Peer, payload: bytes = payload, marker: bool = number == 0) -> None:
            if leg == TWO:
                talk.send(leg, SILENCE)
                return
            peer.send(talk.bench.ports[leg], payload, payload_type=101, timestamp=start, marker=marker)
            peer.timestamp += 160

        talk.tick(said)


def test_keys_are_told_and_passed_on_under_the_other_legs_type(talk: Talk) -> None:
    two = talk.peers[TWO]
    talk.bench.configure(TWO, two, telephone_event=96, event_clocks=[(96, 8000)])
    talk.join()
    talk.bench.engine.relay_digits(ONE, TWO, True)
    talk.until_relayed()
    talk.forget()
    events(talk, 5, 8)
    for _ in range(5):
        talk.tick()
    assert talk.is_relayed()
    keys = [packet for packet in talk.got[TWO] if packet.payload_type == 96]
    assert [struct.unpack("!BBH", key.payload)[0] for key in keys] == [5] * 8
    assert [key.marker for key in keys] == [True] + [False] * 7
    assert len({key.timestamp for key in keys}) == 1
    numbers = [packet.sequence for packet in talk.got[TWO]]
    assert {(b - a) % 65536 for a, b in pairwise(numbers)} == {1}
    assert talk.bench.event(_native.DIGIT_STARTED, ONE)[3:] == ("5", False)
    assert talk.bench.event(_native.DIGIT_ENDED, ONE)[3:] == ("5", 120, False)


def test_the_first_key_of_another_clock_is_sent_on_by_ours(talk: Talk) -> None:
    two = talk.peers[TWO]
    talk.bench.configure(TWO, two, telephone_event=96, event_clocks=[(96, 48_000)])
    talk.join()
    talk.bench.engine.relay_digits(ONE, TWO, True)
    talk.until_relayed()
    talk.forget()
    events(talk, 5, 8)
    for _ in range(20):
        talk.tick()
    keys = [packet for packet in talk.got[TWO] if packet.payload_type == 96]
    told = [struct.unpack("!BBH", key.payload) for key in keys]
    assert {code for code, _, _ in told} == {5}
    # RFC 4733, 2.5.1.4: the end is told three times.
    assert sum(volume >> 7 for _, volume, _ in told) == 3
    assert len({key.timestamp for key in keys}) == 1
    assert not talk.is_relayed()


def test_keys_that_nobody_wants_stay_here(talk: Talk) -> None:
    talk.join()
    talk.until_relayed()
    talk.forget()
    events(talk, 6, 8)
    for _ in range(5):
        talk.tick()
    assert {packet.payload_type for packet in talk.got[TWO]} == {0}
    numbers = [packet.sequence for packet in talk.got[TWO]]
    assert {(b - a) % 65536 for a, b in pairwise(numbers)} == {1}
    assert talk.bench.event(_native.DIGIT_STARTED, ONE)[3] == "6"


def test_a_key_held_while_mixing_begins_is_one_key(talk: Talk) -> None:
    talk.join()
    talk.bench.engine.relay_digits(ONE, TWO, True)
    talk.until_relayed()
    talk.forget()
    events(talk, 7, 5, end=False)
    talk.bench.engine.tap(TWO, 1, to_peer=True, rate=8000, batch_ms=20)
    start = talk.peers[ONE].timestamp - 5 * 160
    for number in range(5, 15):
        payload = struct.pack("!BBH", 7, (0x80 if number >= 12 else 0) | 10, 160 * min(number + 1, 13))

        def said(leg: int, peer: Peer, payload: bytes = payload) -> None:
            if leg == TWO:
                talk.send(leg, SILENCE)
                return
            peer.send(talk.bench.ports[leg], payload, payload_type=101, timestamp=start)
            peer.timestamp += 160

        talk.tick(said)
    for _ in range(10):
        talk.tick()
    keys = [packet for packet in talk.got[TWO] if packet.payload_type == 101]
    assert len({key.timestamp for key in keys}) == 1
    assert sum(key.marker for key in keys) == 1
    assert sum(key.payload[1] >> 7 for key in keys) == 3
    assert not talk.is_relayed()


def test_tones_are_told_while_packets_pass(talk: Talk) -> None:
    for leg, peer in talk.peers.items():
        talk.bench.configure(leg, peer, telephone_event=None, digit_way="both", event_clocks=[])
    talk.join()
    talk.bench.engine.relay_digits(ONE, TWO, True)
    talk.until_relayed()
    tones = np.frombuffer(_native.digit_tones("48#", duration_ms=80, gap_ms=80), dtype=np.int16)
    talk.say(tones, np.zeros_like(tones))
    talk.tick()
    assert talk.is_relayed()
    assert [talk.bench.event(_native.DIGIT_STARTED, ONE)[3:] for _ in range(3)] == [
        ("4", True),
        ("8", True),
        ("#", True),
    ]


def test_srtp_is_opened_and_sealed_again(bench: Bench) -> None:
    peers = [SecurePeer(SHA1_80, ssrc=100 + leg) for leg in (ONE, TWO)]
    for leg, peer in zip((ONE, TWO), peers, strict=True):
        bench.ports[leg] = bench.engine.open_leg(leg)
        bench.peers.append(peer)
        bench.configure(leg, peer, srtp=(SHA1_80, key(SHA1_80, 2), key(SHA1_80, 1), b""))
    talk = Talk(bench, *peers)
    talk.join()
    talk.until_relayed()
    talk.forget()
    one, two = speech(1, 0.5), speech(2, 0.5)
    talk.say(one, two)
    talk.tick()
    for leg, said in ((ONE, two), (TWO, one)):
        assert goes_on(talk.got[leg])
        assert correlation(audio(talk.got[leg]), said) > 0.99
    # What a stranger, or nobody's key, sends is not passed on.
    before = talk.relayed()
    peers[0].rtp.sendto(b"\x80\x00" + bytes(170), ("127.0.0.1", bench.ports[ONE]))
    statistics = bench.statistics_when(ONE, lambda now: now.packets_unauthenticated == 1)
    assert statistics.packets_unauthenticated == 1
    assert talk.relayed() == before


def test_a_strangers_packets_are_not_passed_on(talk: Talk) -> None:
    talk.join()
    talk.until_relayed()
    talk.forget()
    stranger = Peer(ssrc=666)
    for _ in range(20):
        stranger.send(talk.bench.ports[ONE], b"\x00" * 160)
        talk.tick()
    stranger.close()
    assert goes_on(talk.got[TWO])
    assert all(packet.payload == SILENCE for packet in talk.got[TWO])
    assert talk.bench.statistics(ONE).packets_discarded == 20


def test_a_phone_that_falls_silent_leaves_the_other_with_our_silence(talk: Talk) -> None:
    for leg, peer in talk.peers.items():
        talk.bench.configure(leg, peer, rtp_timeout_ms=300)
    talk.join()
    talk.until_relayed()

    def only_two(leg: int, _: Peer) -> None:
        if leg == TWO:
            talk.send(leg, SILENCE)

    for _ in range(20):
        talk.tick(only_two)
    assert talk.bench.event(_native.RTP_TIMED_OUT, ONE)[3] in range(300, 340)
    talk.forget()
    for _ in range(10):
        talk.tick(only_two)
    assert len(talk.got[TWO]) >= 8
    talk.until_relayed()


def test_a_third_who_listens_ends_it(talk: Talk) -> None:
    third = talk.bench.leg(3)
    talk.join()
    talk.until_relayed()
    talk.bench.engine.hear(3, [ONE, TWO])
    one = speech(1, 1.0)
    talk.say(one, one // 1000)
    heard = third.receive_many(40)
    assert not talk.is_relayed()
    assert correlation(audio(heard + third.receive_many(5)), one[2400:4800]) > 0.8
    talk.bench.close_leg(3)
    talk.until_relayed()


def test_reports_count_what_each_leg_sent_and_heard(talk: Talk) -> None:
    talk.join()
    talk.until_relayed()
    one = talk.peers[ONE]
    one.rtcp.settimeout(0)
    report = b""
    for _ in range(round(PATIENCE * 50)):
        talk.tick()
        try:
            report = one.rtcp.recv(2048)
        except BlockingIOError:
            continue
        break
    kind, ssrc, packets, octets = report[1], *struct.unpack("!I12xII", report[4:28])
    assert (kind, ssrc) == (200, talk.got[ONE][-1].ssrc)
    assert abs(packets - len(talk.got[ONE])) <= 2
    assert octets == packets * 160
    of, lost, highest = struct.unpack("!III", report[28:40])
    assert (of, lost) == (one.ssrc, 0)
    assert abs(highest - one.sequence) <= 2
