"""A network without one: runners joined by their addresses, and everything that was sent, for tests to read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

from voicecore.sip.gate import Gate
from voicecore.sip.hop import Address, Hop
from voicecore.sip.settings import StackSettings
from voicecore.sip.stack import Stack
from voicecore.sip.whereabouts import Find, nowhere

PLATFORM = Address("192.0.2.1", 5060)
PLATFORM_6 = Address("2001:db8::1", 5060)
"""The same for phones that have IPv6."""
EPOCH = 1_790_000_000.0
"""The date (POSIX seconds) at which every simulation begins."""

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
)

Receive = Callable[[bytes, Hop], None]


class Wire:
    """Joins whoever is attached; a datagram arrives in the next turn of the loop, or nowhere."""

    def __init__(self) -> None:
        self._ends: dict[Address, Receive] = {}
        self.sent: list[tuple[bytes, Hop]] = []
        """All datagrams with the hop that they were sent by, delivered or not."""

    def attach(self, address: Address, receive: Receive) -> None:
        self._ends[address] = receive

    def detach(self, address: Address) -> None:
        """What is sent there is lost from now on."""
        self._ends.pop(address, None)

    def send(self, data: bytes, hop: Hop) -> None:
        self.sent.append((data, hop))
        receive = self._ends.get(hop.remote)
        if receive is not None:
            back = Hop(hop.transport, hop.remote, hop.local)
            asyncio.get_running_loop().call_soon(receive, data, back)

    def requests(self, method: str, *, source: Address = PLATFORM) -> list[tuple[str, Hop]]:
        """Texts of the requests that one end sent, repeats included."""
        start = method.encode() + b" "
        return [
            (data.decode(errors="replace"), hop)
            for data, hop in self.sent
            if hop.local == source and data.startswith(start)
        ]


def new_stack(
    name: str,
    *,
    gate: Gate | None = None,
    public_address: str | None = None,
    find: Find = nowhere,
    events: tuple[str, ...] = (),
) -> Stack:
    """A stack whose tokens are numbers, so that a failing test reads the same twice."""
    numbers = count(1)
    settings = StackSettings(user_agent=name, public_address=public_address, events=events)
    return Stack(settings, token=lambda length: f"{name}-{next(numbers)}", gate=gate, find=find)
