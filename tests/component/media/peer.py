"""Drives the engine in its tests: a phone of one socket pair, and an engine whose events are waited for."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from voicecore.media import _native

Event = tuple[object, ...]

PAYLOAD_TYPES = {"PCMU": 0, "PCMA": 8, "G722": 9, "opus": 111, "L16/8000": 112, "L16/16000": 113, "G729": 18}

PATIENCE = 10.0
"""Seconds after which a wait fails: a guard against hanging, never reached when things work."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet, and when it was received (seconds)."""

    at: float
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


class Peer:
    """A phone: an even RTP port and the RTCP port beside it."""

    def __init__(self, ssrc: int = 77, host: str = "127.0.0.1") -> None:
        self.host = host
        self.rtp, self.rtcp = self._pair(host)
        self.port: int = self.rtp.getsockname()[1]
        self.ssrc = ssrc
        self.sequence = 1000
        self.timestamp = 5000

    @staticmethod
    def _pair(host: str) -> tuple[socket.socket, socket.socket]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        while True:
            rtp = socket.socket(family, socket.SOCK_DGRAM)
            rtp.bind((host, 0))
            rtcp = socket.socket(family, socket.SOCK_DGRAM)
            try:
                rtcp.bind((host, rtp.getsockname()[1] + 1))
            except OSError:
                rtp.close()
                rtcp.close()
                continue
            return rtp, rtcp

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()

    def waiting(self) -> list[Packet]:
        """Those that came already."""
        packets = []
        while select.select([self.rtp], [], [], 0)[0]:
            packets.append(self.receive())
        return packets

    def receive(self) -> Packet:
        self.rtp.settimeout(PATIENCE)
        data = self.rtp.recv(2048)
        first, second, sequence, timestamp, ssrc = struct.unpack("!BBHII", data[:12])
        assert first == 0x80
        return Packet(time.monotonic(), second >= 128, second & 127, sequence, timestamp, ssrc, data[12:])

    def receive_many(self, count: int) -> list[Packet]:
        return [self.receive() for _ in range(count)]

    def send(
        self,
        to: int,
        payload: bytes,
        *,
        payload_type: int = 0,
        timestamp: int | None = None,
        marker: bool = False,
    ) -> None:
        """Sends one packet to a port of the engine; audio moves the timestamp on by its own length."""
        second = payload_type | (128 if marker else 0)
        stamp = self.timestamp if timestamp is None else timestamp
        header = struct.pack("!BBHII", 0x80, second, self.sequence & 0xFFFF, stamp & 0xFFFFFFFF, self.ssrc)
        self.rtp.sendto(header + payload, (self.host, to))
        self.sequence += 1
        if timestamp is None:
            self.timestamp += len(payload)

    def talk(self, to: int, packets: list[bytes]) -> list[Packet]:
        """Sends one packet for each that it receives, as a phone with the same clock would."""
        received = []
        for payload in packets:
            received.append(self.receive())
            self.send(to, payload)
        return received


class Bench:
    """An engine with a small port range, and the peers of its legs."""

    def __init__(
        self,
        first_port: int = 34000,
        last_port: int = 34199,
        workers: int = 2,
        recording_key: tuple[str, bytes] | None = None,
        other_address: str | None = None,
    ) -> None:
        self.engine = _native.Engine(
            address="127.0.0.1",
            other_address=other_address,
            first_port=first_port,
            last_port=last_port,
            workers=workers,
            # Spread over the workers, so that joined legs have to move.
            full=0.0,
            recording_key=recording_key,
        )
        self.peers: list[Peer] = []
        self.ports: dict[int, int] = {}
        self._kept: list[Event] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.engine.close()
        for peer in self.peers:
            peer.close()

    def open(self, leg: int, *, near: int | None = None, peer: Peer | None = None) -> Peer:
        """Opens a leg for a new peer; it sends nothing before `configure`."""
        peer = peer or Peer(ssrc=100 + leg)
        self.peers.append(peer)
        self.ports[leg] = self.engine.open_leg(leg, near=near, address=peer.host)
        return peer

    def leg(
        self, leg: int, *, near: int | None = None, peer: Peer | None = None, codec: str = "PCMU"
    ) -> Peer:
        """Opens a leg, configured towards a new peer. Configured anew, it may have sent a packet before."""
        peer = self.open(leg, near=near, peer=peer)
        self.configure(leg, peer, codec=codec)
        return peer

    def configure(
        self,
        leg: int,
        peer: Peer,
        *,
        codec: str = "PCMU",
        packet_time_ms: int = 20,
        telephone_event: int | None = 101,
        sending: bool = True,
        receiving: bool = True,
        rtp_timeout_ms: int = 0,
        digit_way: str = "event",
        srtp: tuple[str, bytes, bytes, bytes] | None = None,
        dtls: tuple[str, str, bool] | None = None,
        rtcp_mux: bool = False,
        event_clocks: list[tuple[int, int]] | None = None,
        opus: tuple[int, int, bool, bool, int] | None = None,
        one_way_ms: int = 0,
        extended_reports: Sequence[str] = (),
        comfort_noise: bool = False,
        opus_rate: int = 16_000,
    ) -> None:
        self.engine.configure_leg(
            leg,
            remote_address=peer.host,
            remote_port=peer.port,
            remote_rtcp_port=peer.port + 1,
            codec=codec,
            payload_type=PAYLOAD_TYPES.get(codec, 96),
            packet_time_ms=packet_time_ms,
            receive_codecs=[(number, name) for name, number in PAYLOAD_TYPES.items()],
            telephone_event=telephone_event,
            sending=sending,
            receiving=receiving,
            cname="bench@voicecore",
            rtp_timeout_ms=rtp_timeout_ms,
            digit_way=digit_way,
            srtp=srtp,
            dtls=dtls,
            rtcp_mux=rtcp_mux,
            event_clocks=event_clocks,
            opus=opus,
            one_way_ms=one_way_ms,
            extended_reports=extended_reports,
            comfort_noise=comfort_noise,
            opus_rate=opus_rate,
        )

    def event(self, kind: int, leg: int) -> Event:
        """Waits for the next event of that kind and leg; others are kept for later calls."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for event in self._kept:
                if event[0] == kind and event[1] == leg:
                    self._kept.remove(event)
                    return event
            left = deadline - time.monotonic()
            assert left > 0, f"no event {kind} of leg {leg}, but {self._kept}"
            select.select([self.engine.event_fd()], [], [], left)
            self._kept += self.engine.poll_events()

    def kept(self, leg: int) -> list[Event]:
        """Every event of the leg that nobody waited for, after a last look."""
        self._kept += self.engine.poll_events()
        return [event for event in self._kept if event[1] == leg]

    def statistics(self, leg: int) -> _native.LegStatistics:
        self.engine.statistics(leg)
        statistics = self.event(_native.STATISTICS, leg)[3]
        assert isinstance(statistics, _native.LegStatistics)
        return statistics

    def statistics_when(
        self, leg: int, holds: Callable[[_native.LegStatistics], bool]
    ) -> _native.LegStatistics:
        """The first that fit: what was sent may wait in a socket yet, until the leg's next tick."""
        deadline = time.monotonic() + PATIENCE
        while not holds(statistics := self.statistics(leg)) and time.monotonic() < deadline:
            pass
        return statistics

    def close_leg(self, leg: int) -> _native.LegStatistics:
        self.engine.close_leg(leg)
        statistics = self.event(_native.LEG_CLOSED, leg)[3]
        assert isinstance(statistics, _native.LegStatistics)
        return statistics
