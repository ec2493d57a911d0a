"""SRTP legs of the engine, judged by a second implementation; and what an attacker gets out of them: nothing."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path

import numpy as np
import pytest

from tests.component.media import g711
from tests.component.media.peer import PATIENCE, Bench, Packet, Peer
from tests.component.media.srtp import Direction, WrongTag
from voicecore.media import _native

SUITES = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AES_256_CM_HMAC_SHA1_80": 46,
    "AES_256_CM_HMAC_SHA1_32": 46,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
TONE = b"\x30" * 160
SILENCE = b"\xff" * 160


def key(suite: str, seed: int) -> bytes:
    return bytes((seed + 7 * number) % 256 for number in range(SUITES[suite]))


class SecurePeer(Peer):
    """A phone that speaks SRTP."""

    def __init__(self, suite: str, ssrc: int = 77) -> None:
        super().__init__(ssrc)
        self.sending, self.receiving = Direction(suite, key(suite, 1)), Direction(suite, key(suite, 2))
        self.last = b""

    def receive(self) -> Packet:
        self.rtp.settimeout(PATIENCE)
        data = self.receiving.unprotect(self.rtp.recv(2048))
        _, second, sequence, timestamp, ssrc = struct.unpack("!BBHII", data[:12])
        return Packet(time.monotonic(), second >= 128, second & 127, sequence, timestamp, ssrc, data[12:])

    def packet(self, payload: bytes) -> bytes:
        """The next packet of its stream, not yet sent."""
        header = struct.pack("!BBHII", 0x80, 0, self.sequence, self.timestamp, self.ssrc)
        self.sequence += 1
        self.timestamp += len(payload)
        self.last = self.sending.protect(header + payload)
        return self.last

    def say(self, to: int, payload: bytes) -> None:
        self.rtp.sendto(self.packet(payload), ("127.0.0.1", to))

    def talk_to(self, to: int, payload: bytes, packets: int) -> list[Packet]:
        """One packet for each that it receives."""
        received = []
        for _ in range(packets):
            received.append(self.receive())
            self.say(to, payload)
        return received


def secure(bench: Bench, leg: int, suite: str, peer: SecurePeer, *, local: int = 2, remote: int = 1) -> None:
    keys = (suite, key(suite, local), key(suite, remote), b"")
    bench.configure(leg, peer, srtp=keys)


def secure_leg(bench: Bench, leg: int, suite: str) -> SecurePeer:
    peer = SecurePeer(suite, ssrc=100 + leg)
    bench.peers.append(peer)
    bench.ports[leg] = bench.engine.open_leg(leg)
    secure(bench, leg, suite, peer)
    return peer


@pytest.mark.parametrize("suite", SUITES)
def test_both_sides_hear_each_other_under_every_suite(bench: Bench, suite: str) -> None:
    peer = secure_leg(bench, 1, suite)
    bench.engine.hear(1, [1])  # an echo
    heard = peer.talk_to(bench.ports[1], TONE, 25)
    assert heard[-1].payload == TONE
    statistics = bench.close_leg(1)
    assert statistics.packets_received >= 20
    assert (statistics.packets_unauthenticated, statistics.packets_replayed) == (0, 0)
    data = peer.rtcp.recv(2048)
    assert peer.receiving.unprotect_control(data)[1] in (200, 201)


def test_a_prompt_that_all_share_is_sealed_for_each_and_recorded_in_the_clear(
    bench: Bench, tmp_path: Path
) -> None:
    plain, first, second = (
        bench.leg(1),
        secure_leg(bench, 2, SHA1_80),
        secure_leg(bench, 3, "AEAD_AES_128_GCM"),
    )
    file = f"{tmp_path}/prompt.wav"
    bench.engine.load_sound(5, g711.tone(440, 0.4).tobytes())
    bench.engine.record(2, 9, file)
    for leg in (1, 2, 3):
        bench.engine.play(leg, leg, [5])
    heard = [[packet.payload for packet in peer.receive_many(30)] for peer in (plain, first, second)]
    prompts = [b"".join(one for one in packets if one != SILENCE) for packets in heard]
    assert prompts[0] == prompts[1] == prompts[2]
    assert len(prompts[0]) == 20 * 160
    bench.engine.stop_recording(2, 9)
    bench.event(_native.RECORDING_FINISHED, 2)
    samples = np.frombuffer(Path(file).read_bytes()[44:], dtype="<i2")
    assert g711.decode(prompts[1][:800]).tobytes() in samples[1::2].tobytes()


def test_strangers_and_replays_change_nothing(bench: Bench) -> None:
    peer = secure_leg(bench, 1, SHA1_80)
    bench.engine.hear(1, [1])
    port = bench.ports[1]
    peer.talk_to(port, TONE, 10)
    captured = [peer.packet(TONE) for _ in range(3)]
    for packet in captured:
        peer.rtp.sendto(packet, ("127.0.0.1", port))
    peer.talk_to(port, TONE, 5)
    before = bench.statistics(1)
    assert before.packets_received >= 13
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(("127.0.0.1", 0))
    wrong = Direction(SHA1_80, key(SHA1_80, 9))
    for number in range(300):
        header = struct.pack("!BBHII", 0x80, 0, (peer.sequence + number) % 65536, number * 160, peer.ssrc)
        stranger.sendto(header + TONE, ("127.0.0.1", port))
        stranger.sendto(wrong.protect(header + TONE), ("127.0.0.1", port))
        stranger.sendto(captured[number % 3], ("127.0.0.1", port))
        stranger.sendto(bytes(number % 40), ("127.0.0.1", port))
        if number % 50 == 49:
            peer.talk_to(port, TONE, 1)
    heard = peer.talk_to(port, TONE, 25)
    assert {packet.payload for packet in heard[-10:]} == {TONE}
    stranger.setblocking(False)
    with pytest.raises(BlockingIOError):
        stranger.recv(2048)
    stranger.close()
    after = bench.statistics(1)
    assert after.packets_received - before.packets_received <= 31 + 5
    assert after.packets_lost == before.packets_lost
    # A few datagrams of such a burst may not fit into the socket's buffer.
    assert 800 <= after.packets_unauthenticated - before.packets_unauthenticated <= 900
    assert 260 <= after.packets_replayed - before.packets_replayed <= 300
    assert not [one for one in bench.kept(1) if one[0] == _native.LATCHED and one[4] != peer.port]


def test_nothing_is_learned_from_who_sends_first_without_the_key(bench: Bench) -> None:
    peer = secure_leg(bench, 1, SHA1_80)
    peer.receive_many(1)  # the leg is at work: what comes before that is thrown away unseen
    stranger = Peer(ssrc=5)
    for _ in range(40):
        stranger.send(bench.ports[1], TONE)
    peer.receive_many(5)
    stranger.rtp.setblocking(False)
    with pytest.raises(BlockingIOError):
        stranger.rtp.recv(2048)
    stranger.close()
    statistics = bench.statistics_when(1, lambda now: now.packets_unauthenticated >= 40)
    assert (statistics.packets_received, statistics.packets_unauthenticated) == (0, 40)


def test_control_packets_without_the_key_tell_nothing(bench: Bench) -> None:
    peer = secure_leg(bench, 1, SHA1_80)
    port = bench.ports[1]
    ssrc = peer.talk_to(port, TONE, 5)[-1].ssrc
    block = struct.pack("!IIIIII", ssrc, 0x80 << 24, 0, 0, 0, 0)
    report = struct.pack("!BBHI", 0x81, 201, 7, peer.ssrc) + block
    peer.rtcp.sendto(report, ("127.0.0.1", port + 1))
    peer.talk_to(port, TONE, 5)
    assert bench.statistics(1).remote_loss is None
    peer.rtcp.sendto(peer.sending.protect_control(report), ("127.0.0.1", port + 1))
    peer.talk_to(port, TONE, 5)
    assert bench.statistics(1).remote_loss == pytest.approx(0.5)


def test_new_keys_take_over_without_a_gap(bench: Bench) -> None:
    peer = secure_leg(bench, 1, SHA1_80)
    bench.engine.hear(1, [1])
    port = bench.ports[1]
    peer.talk_to(port, TONE, 20)
    secure(bench, 1, SHA1_80, peer, remote=3)
    # For a while the peer does not know yet that its new key holds.
    assert peer.talk_to(port, TONE, 10)[-1].payload == TONE
    peer.sending = Direction(SHA1_80, key(SHA1_80, 3))
    heard = peer.talk_to(port, TONE, 20)
    assert {packet.payload for packet in heard} == {TONE}
    sequences = [packet.sequence for packet in heard]
    assert sequences == list(range(sequences[0], sequences[0] + 20))
    assert bench.statistics(1).packets_unauthenticated == 0
    secure(bench, 1, SHA1_80, peer, local=4, remote=3)
    after = Direction(SHA1_80, key(SHA1_80, 4))
    changed = 0
    for _ in range(20):
        data = peer.rtp.recv(2048)
        try:
            assert after.unprotect(data)
            changed += 1
        except WrongTag:
            assert changed == 0
            assert peer.receiving.unprotect(data)
    assert changed >= 15


def test_the_same_keys_again_do_not_make_a_replay_good(bench: Bench) -> None:
    peer = secure_leg(bench, 1, SHA1_80)
    port = bench.ports[1]
    peer.talk_to(port, TONE, 5)
    secure(bench, 1, SHA1_80, peer)
    peer.rtp.sendto(peer.last, ("127.0.0.1", port))
    peer.talk_to(port, TONE, 5)
    assert bench.statistics(1).packets_replayed == 1


def test_a_key_of_another_length_or_an_unknown_suite_is_refused_without_showing_it(bench: Bench) -> None:
    peer = secure_leg(bench, 1, SHA1_80)
    for suite, octets in ((SHA1_80, 29), ("AEAD_AES_128_GCM", 30), ("F8_128_HMAC_SHA1_80", 30)):
        with pytest.raises(ValueError, match=suite) as refused:
            bench.configure(1, peer, srtp=(suite, b"k" * octets, b"k" * octets, b""))
        assert "kk" not in str(refused.value)
