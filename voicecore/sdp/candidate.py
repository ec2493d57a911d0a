"""ICE candidates as SDP tells them (RFC 8839, 5.1; RFC 8445, 5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from voicecore.sdp.line import MalformedDescription, parse_number

HOST_PREFERENCE = 126
"""RFC 8445, 5.1.2.2: an address of our own comes before what a server told of it."""
RTP = 1
"""The component that RTP takes, and RTCP with it where they share a port."""

_foundation = re.compile(r"[A-Za-z0-9+/]{1,32}").fullmatch
_token = re.compile(r"[A-Za-z0-9.\-]{1,32}").fullmatch
_address = re.compile(r"[A-Za-z0-9.:_\-]{1,255}").fullmatch


class Candidate(NamedTuple):
    """One address that an ICE agent may be reached at. `address` may be a name: browsers hide theirs so."""

    foundation: str
    component: int
    transport: str
    priority: int
    address: str
    port: int
    kind: str
    """`host`, `srflx`, `prflx` or `relay`."""

    @classmethod
    def parse(cls, value: str) -> Candidate:
        """Reads the value of an a=candidate; what follows its kind is passed over."""
        match value.split(None, 8):
            case [foundation, component, transport, priority, address, port, "typ", kind, *_] if (
                _foundation(foundation) and _token(transport) and _address(address) and _token(kind)
            ):
                return cls(
                    foundation,
                    parse_number(component, 256, "a=candidate"),
                    transport.upper(),
                    parse_number(priority, (1 << 31) - 1, "a=candidate"),
                    address,
                    parse_number(port, 65535, "a=candidate"),
                    kind,
                )
            case _:
                raise MalformedDescription("Malformed a=candidate")

    def __str__(self) -> str:
        """The value of the attribute."""
        return (
            f"{self.foundation} {self.component} {self.transport} {self.priority} "
            f"{self.address} {self.port} typ {self.kind}"
        )


def host_candidates(addresses: Iterable[str], port: int) -> Iterator[Candidate]:
    """Our own addresses, the best first, for RTP and RTCP on one port."""
    for index, address in enumerate(addresses):
        # RFC 8445, 5.1.2.1, with the local preference from 65535 downwards.
        priority = (HOST_PREFERENCE << 24) + ((65535 - index) << 8) + 256 - RTP
        yield Candidate(str(index + 1), RTP, "UDP", priority, address, port, "host")
