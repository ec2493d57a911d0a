"""Digits as tones on a leg, and from leg to leg whatever each one's way is."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.component.media import g711, spandsp
from tests.component.media.peer import Bench, Packet, Peer
from voicecore.media import _native

SILENCE = b"\xff" * 160


def tones(digits: str, *, on_ms: int = 80, off_ms: int = 80) -> list[bytes]:
    samples = np.frombuffer(_native.digit_tones(digits, duration_ms=on_ms, gap_ms=off_ms), dtype=np.int16)
    return g711.packets(samples)


def events(peer: Peer, codes: str) -> list[tuple[bytes, bool]]:
    """The packets of these keys as (payload, whether it is the first of its press), 80 ms each."""
    packets = []
    for code in codes:
        for number in range(4):
            end = 0x80 if number == 3 else 0
            packets.append((struct.pack("!BBH", int(code), end | 10, 160 * (number + 1)), number == 0))
        packets += [(b"", False)] * 4
    return packets


def bridge(bench: Bench, **ways: str) -> tuple[Peer, Peer]:
    """Leg 1 and leg 2 hear each other, and the digits of 1 go to 2."""
    left, right = bench.leg(1), bench.leg(2, near=1)
    for leg, peer in ((1, left), (2, right)):
        way = ways[("left", "right")[leg - 1]]
        bench.configure(
            leg,
            peer,
            telephone_event=None if way == "none" else 101,
            digit_way="both" if way == "none" else way,
        )
    # A gain keeps the packets from passing as they come, which is tested elsewhere.
    bench.engine.hear(1, [2], [-0.1])
    bench.engine.hear(2, [1], [-0.1])
    bench.engine.relay_digits(1, 2, True)
    # Keys count from the first tick on that knows all this; one packet may be of a tick before.
    for _ in range(2):
        left.receive()
        right.receive()
    return left, right


def say(bench: Bench, left: Peer, right: Peer, said: list[bytes], extra: int = 20) -> list[Packet]:
    """Left says this; what right got meanwhile."""
    got = []
    for payload in said + [SILENCE] * extra:
        left.receive()
        left.send(bench.ports[1], payload)
        got.append(right.receive())
        right.send(bench.ports[2], SILENCE)
    return got


def press(bench: Bench, left: Peer, right: Peer, digits: str) -> list[Packet]:
    got = []
    start = left.timestamp
    for payload, marker in [*events(left, digits), *[(b"", False)] * 20]:
        left.receive()
        if marker:
            start = left.timestamp
        if payload:
            left.send(bench.ports[1], payload, payload_type=101, timestamp=start, marker=marker)
            left.timestamp += 160
        else:
            left.send(bench.ports[1], SILENCE)
        got.append(right.receive())
        right.send(bench.ports[2], SILENCE)
    return got


def audio(packets: list[Packet]) -> g711.Samples:
    return g711.decode(b"".join(p.payload if p.payload_type == 0 else SILENCE for p in packets))


def pressed(packets: list[Packet]) -> str:
    """The keys of the telephone-events among them."""
    starts = [packet.payload[0] for packet in packets if packet.payload_type == 101 and packet.marker]
    return "".join("0123456789*#ABCD"[code] for code in starts)


def told(bench: Bench, leg: int) -> list[tuple[object, ...]]:
    return [event[3:] for event in bench.kept(leg) if event[0] == _native.DIGIT_STARTED]


def test_tones_are_told_as_in_band_digits(bench: Bench) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, digit_way="in-band")
    peer.talk(bench.ports[1], [SILENCE] * 5 + tones("19*D") + [SILENCE] * 10)
    assert told(bench, 1) == [("1", True), ("9", True), ("*", True), ("D", True)]
    lengths = [event[4] for event in bench.kept(1) if event[0] == _native.DIGIT_ENDED]
    assert all(isinstance(length, int) and 65 <= length <= 95 for length in lengths)


def test_tones_are_only_audio_when_nobody_asked_for_them(bench: Bench) -> None:
    peer = bench.leg(1)
    peer.talk(bench.ports[1], [SILENCE] * 5 + tones("12") + [SILENCE] * 10)
    assert told(bench, 1) == []


def test_a_key_that_comes_as_event_and_as_tone_is_told_once(bench: Bench) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, digit_way="both")
    peer.talk(bench.ports[1], [SILENCE] * 10)
    for digit in "55":
        start = peer.timestamp
        for number, payload in enumerate(tones(digit, on_ms=80, off_ms=160)):
            peer.receive()
            if number < 4:
                end = 0x80 if number == 3 else 0
                event = struct.pack("!BBH", int(digit), end | 10, 160 * (number + 1))
                peer.send(bench.ports[1], event, payload_type=101, timestamp=start, marker=number == 0)
            peer.send(bench.ports[1], payload)
    peer.talk(bench.ports[1], [SILENCE] * 10)
    assert told(bench, 1) == [("5", False), ("5", False)]


@pytest.mark.parametrize("way", ["event", "in-band"])
def test_digits_are_sent_as_tones_where_events_are_not_the_way(bench: Bench, way: str) -> None:
    peer = bench.open(1)
    bench.configure(1, peer, telephone_event=None if way == "event" else 101, digit_way=way)
    bench.engine.send_digits(1, 3, "159D", duration_ms=70, gap_ms=50)
    packets = peer.receive_many(40)
    assert bench.event(_native.DIGITS_SENT, 1)[3] == 3
    assert {packet.payload_type for packet in packets} == {0}
    assert spandsp.receive(audio(packets)) == "159D"


def test_tones_become_events_and_are_not_heard_as_well(bench: Bench) -> None:
    left, right = bridge(bench, left="in-band", right="event")
    voice = g711.packets(g711.tone(500, 0.4))
    got = say(bench, left, right, voice + tones("42#", on_ms=100, off_ms=100) + voice)
    assert pressed(got) == "42#"
    assert told(bench, 1) == [("4", True), ("2", True), ("#", True)]
    heard = audio(got)
    assert spandsp.receive(heard) == ""
    # The voice on both sides of the digits is whole: 800 ms, but for the start of the jitter buffer.
    assert np.count_nonzero(np.abs(heard.astype(int)) > 500) / 8 > 650


def test_events_become_tones(bench: Bench) -> None:
    left, right = bridge(bench, left="event", right="none")
    got = press(bench, left, right, "158")
    assert pressed(got) == ""
    assert spandsp.receive(audio(got)) == "158"


def test_events_stay_events_as_long_as_they_were(bench: Bench) -> None:
    left, right = bridge(bench, left="event", right="event")
    got = press(bench, left, right, "77")
    assert pressed(got) == "77"
    ends = [packet for packet in got if packet.payload_type == 101 and packet.payload[1] & 0x80]
    assert [struct.unpack("!H", packet.payload[2:])[0] for packet in ends] == [640] * 6


def test_our_own_digits_wait_for_the_end_of_one_that_is_relayed(bench: Bench) -> None:
    left, right = bridge(bench, left="event", right="event")
    start, got = left.timestamp, list[Packet]()
    for number in range(40):
        left.receive()
        if number < 12:
            event = struct.pack("!BBH", 6, (0x80 if number == 11 else 0) | 10, 160 * (number + 1))
            left.send(bench.ports[1], event, payload_type=101, timestamp=start, marker=number == 0)
        if number == 6:
            bench.engine.send_digits(2, 1, "1")
        got.append(right.receive())
    assert pressed(got) == "61"
    six = [struct.unpack("!H", packet.payload[2:])[0] for packet in got if packet.payload[:1] == b"\x06"]
    assert six == sorted(six)
    assert six[-1] == 1920


def test_from_tone_to_tone_the_audio_is_the_relay(bench: Bench) -> None:
    left, right = bridge(bench, left="in-band", right="in-band")
    got = say(bench, left, right, tones("36"))
    assert spandsp.receive(audio(got)) == "36"


def test_a_relay_that_is_off_sends_nothing(bench: Bench) -> None:
    left, right = bridge(bench, left="event", right="event")
    bench.engine.relay_digits(1, 2, False)
    assert pressed(press(bench, left, right, "12")) == ""
    assert [event[0] for event in told(bench, 1)] == ["1", "2"]


def test_a_relay_that_cannot_be_is_refused(bench: Bench) -> None:
    for leg in range(1, 7):
        bench.leg(leg)
    with pytest.raises(KeyError):
        bench.engine.relay_digits(1, 99, True)
    with pytest.raises(ValueError, match="its own"):
        bench.engine.relay_digits(1, 1, True)
    for leg in (2, 3, 4, 5):
        bench.engine.relay_digits(leg, 1, True)
    with pytest.raises(ValueError, match="at most 4"):
        bench.engine.relay_digits(6, 1, True)
    bench.close_leg(2)
    bench.engine.relay_digits(6, 1, True)
