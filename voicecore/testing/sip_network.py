"""SIP stacks joined by a network that loses, delays, reorders and repeats, from a seed, in virtual time.

    network = SipNetwork(seed=1, weather=Weather(loss=0.1))
    alice, bob = network.station("192.0.2.1"), network.station("192.0.2.2")
    invite = alice.invite(bob)
    network.run_for(1.0)

No sockets and no waiting. Tests that script a single loss use `lose` instead of a weather.
"""

from __future__ import annotations

import heapq
import itertools
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from voicecore.sip.call_options import CallOptions
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.output import (
    DialogId,
    InviteId,
    InviteReceived,
    Output,
    ReinviteReceived,
    RequestId,
    Transmit,
)
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.sip.uri import Uri

SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

O = TypeVar("O", bound=Output)  # noqa: E741 - an output


@dataclass(frozen=True, slots=True)
class Weather:
    """What the network does to a datagram. `loss` and `repeat` are chances from 0 to 1, delays are seconds.

    Datagrams overtake each other where the delays differ. The same bytes are lost at most `patience` times
    in all, so whoever repeats gets through.
    """

    loss: float = 0.0
    repeat: float = 0.0
    min_delay: float = 0.01
    max_delay: float = 0.01
    patience: int = 3


@dataclass(frozen=True, slots=True)
class Packet:
    """A datagram that was sent at `at`, whether or not it arrives."""

    at: float
    data: bytes
    source: Address
    target: Address

    @property
    def start(self) -> str:
        """The start line."""
        return self.data.split(b"\r\n", 1)[0].decode()

    @property
    def method(self) -> str:
        """The method of a request, or that of the CSeq of a response."""
        line = next(line for line in self.data.split(b"\r\n") if line.startswith(b"CSeq:"))
        return line.split()[2].decode()

    @property
    def status(self) -> int | None:
        """The status of a response; None for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/") else None


class Station:
    """One stack at one address, with everything that it said and when."""

    def __init__(
        self,
        network: SipNetwork,
        address: Address,
        settings: StackSettings,
        seed: int,
        transport: Transport = "UDP",
    ) -> None:
        generator = random.Random(seed)
        alphabet = string.ascii_lowercase + string.digits
        self.network = network
        self.address = address
        self.transport = transport
        self.stack = Stack(settings, token=lambda n: "".join(generator.choices(alphabet, k=n)))
        self.log: list[tuple[float, Output]] = []
        self.policy: Callable[[Output], None] = lambda _: None
        """Called with every output but `Transmit`, as the layer above would be."""

    def hop_to(self, peer: Address) -> Hop:
        return Hop(self.transport, self.address, peer)

    def invite(self, peer: Station, *, sdp: bytes = SDP, options: CallOptions | None = None) -> InviteId:
        """Call user 1000 of another station."""
        return self.invite_at(peer.address, sdp=sdp, options=options)

    def invite_at(
        self, address: Address, *, sdp: bytes = SDP, options: CallOptions | None = None
    ) -> InviteId:
        """Call user 1000 of whoever is at an address."""
        invite = self.stack.invite(
            Uri.parse(f"sip:1000@{address}"),
            self.hop_to(address),
            self.network.now,
            from_=NameAddr.parse(f"<sip:caller@{self.address}>"),
            sdp=sdp,
            options=options,
        )
        self.network.drain(self)
        return invite

    def answer_calls(self) -> None:
        """From now on, answer every INVITE with 200 at once."""

        def answer(output: Output) -> None:
            if isinstance(output, InviteReceived | ReinviteReceived):
                self.stack.respond(output.invite, 200, self.network.now, sdp=SDP)

        self.policy = answer

    def outputs(self, kind: type[O]) -> list[O]:
        """Everything of one kind that this station's stack said so far."""
        return [output for _, output in self.log if isinstance(output, kind)]

    def respond(
        self,
        invite: InviteId,
        status: int,
        *,
        reliable: bool = False,
        sdp: bytes | None = None,
        options: CallOptions | None = None,
    ) -> bool:
        """Answer one INVITE by hand, with SDP where it fits and nothing else is said."""
        body = (SDP if status < 300 else b"") if sdp is None else sdp
        now = self.network.now
        sent = self.stack.respond(invite, status, now, sdp=body, reliable=reliable, options=options)
        self.network.drain(self)
        return sent

    def bye(self, dialog: DialogId) -> None:
        self.stack.bye(dialog, self.network.now)
        self.network.drain(self)

    def cancel(self, invite: InviteId) -> None:
        self.stack.cancel(invite, self.network.now)
        self.network.drain(self)

    def reinvite(self, dialog: DialogId) -> InviteId:
        invite = self.stack.reinvite(dialog, self.network.now, sdp=SDP)
        self.network.drain(self)
        return invite

    def update(self, dialog: DialogId, *, sdp: bytes = b"") -> RequestId:
        request = self.stack.update(dialog, self.network.now, sdp=sdp)
        self.network.drain(self)
        return request

    def answer(self, request: RequestId, status: int, *, body: bytes = b"") -> bool:
        """Answer a request beside the call by hand."""
        sent = self.stack.answer(request, status, self.network.now, body=body)
        self.network.drain(self)
        return sent

    @property
    def is_empty(self) -> bool:
        """Whether the stack remembers nothing any more."""
        return not any(self.stack.census())

    def only(self, kind: type[O]) -> O:
        """The one output of this kind; fails when there is none or more."""
        (output,) = self.outputs(kind)
        return output


class SipNetwork:
    def __init__(self, *, seed: int = 0, weather: Weather | None = None) -> None:
        self.now = 0.0
        self.packets: list[Packet] = []
        self._random = random.Random(seed)
        self._weather = weather or Weather()
        self._stations: dict[Address, Station] = {}
        self._flying: list[tuple[float, int, Packet]] = []
        self._fate: dict[bytes, int] = {}
        self._serial = itertools.count()
        self._traps: list[tuple[Callable[[Packet], bool], int]] = []

    def station(
        self,
        host: str,
        *,
        port: int = 5060,
        settings: StackSettings | None = None,
        transport: Transport = "UDP",
    ) -> Station:
        """A new stack at an address of its own; all that it says and hears goes by `transport`."""
        address = Address(host, port)
        seed = self._random.getrandbits(32)
        station = Station(self, address, settings or StackSettings("test"), seed, transport)
        self._stations[address] = station
        return station

    def lose(self, which: Callable[[Packet], bool], times: int = 1) -> None:
        """Lose the next datagrams that `which` picks, whatever the weather."""
        self._traps.append((which, times))

    def inject(self, data: bytes, source: Address, target: Address) -> None:
        """A datagram from an address that need not be a station."""
        self._send(Packet(self.now, data, source, target))

    def sent(self, *, method: str | None = None, status: int | None = None) -> list[Packet]:
        """Datagrams sent so far: responses of a status, or requests where only a method is given."""
        return [
            packet
            for packet in self.packets
            if packet.status == status and (method is None or packet.method == method)
        ]

    def run_for(self, seconds: float) -> None:
        """Let everything happen that is due in this time."""
        end = self.now + seconds
        while (due := self._next_due()) is not None and due <= end:
            self._advance(due)
        self.now = end

    def run_to_silence(self, limit: float = 10_000.0) -> None:
        """Run until no timer is armed and nothing flies; fails when that takes `limit` seconds."""
        end = self.now + limit
        while (due := self._next_due()) is not None:
            assert due <= end, "the network never falls silent"
            self._advance(due)

    def drain(self, station: Station) -> None:
        """Send and log what a station's stack has to say. Call it after using `station.stack` directly."""
        while outputs := station.stack.poll():
            for output in outputs:
                station.log.append((self.now, output))
                if isinstance(output, Transmit):
                    self._send(Packet(self.now, output.data, output.hop.local, output.hop.remote))
                else:
                    station.policy(output)

    def _next_due(self) -> float | None:
        timers = [
            due for station in self._stations.values() if (due := station.stack.next_timer()) is not None
        ]
        if self._flying:
            timers.append(self._flying[0][0])
        return min(timers, default=None)

    def _advance(self, due: float) -> None:
        self.now = due
        while self._flying and self._flying[0][0] <= due:
            self._deliver(heapq.heappop(self._flying)[2])
        for station in self._stations.values():
            timer = station.stack.next_timer()
            if timer is not None and timer <= due:
                station.stack.handle_timer(due)
                self.drain(station)

    def _deliver(self, packet: Packet) -> None:
        if (station := self._stations.get(packet.target)) is not None:
            station.stack.receive(packet.data, station.hop_to(packet.source), self.now)
            self.drain(station)

    def _send(self, packet: Packet) -> None:
        self.packets.append(packet)
        if self._is_trapped(packet) or self._is_lost(packet):
            return
        weather = self._weather
        copies = 2 if self._random.random() < weather.repeat else 1
        for _ in range(copies):
            at = self.now + self._random.uniform(weather.min_delay, weather.max_delay)
            heapq.heappush(self._flying, (at, next(self._serial), packet))

    def _is_trapped(self, packet: Packet) -> bool:
        for place, (which, times) in enumerate(self._traps):
            if which(packet):
                self._traps[place : place + 1] = [(which, times - 1)] if times > 1 else []
                return True
        return False

    def _is_lost(self, packet: Packet) -> bool:
        losses = self._fate.get(packet.data, 0)
        if losses >= self._weather.patience or self._random.random() >= self._weather.loss:
            return False
        self._fate[packet.data] = losses + 1
        return True
