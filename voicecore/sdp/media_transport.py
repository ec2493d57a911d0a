"""How one leg's audio is carried: what our m-line says of it, and what the other side's must say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from voicecore.sdp.agent import RemoteAgent
from voicecore.sdp.crypto import Pair, SrtpKeys
from voicecore.sdp.dtls import Agreement
from voicecore.sdp.line import Line
from voicecore.sdp.session import SessionDescription


class OurEnd(NamedTuple):
    """What our m-line says beside codecs and direction, and the address that our c= names."""

    address: str
    port: int
    protocol: str
    lines: tuple[Line, ...] = ()
    cryptos: tuple[str, ...] = ()
    passing: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class TheirEnd:
    """An m-line of the other side that can carry our audio. Nothing is settled by finding it."""

    index: int
    protocol: str
    address: str
    """0.0.0.0 or :: where the other side wants no packets, and where ICE finds the address."""
    port: int
    rtcp_port: int
    is_null: bool = False
    """Whether the address asks for hold (RFC 3264, 8.4)."""
    pair: Pair | None = field(default=None, repr=False)
    dtls: Agreement | None = None
    """Keys come from a handshake, at this port; of a browser too, but that is its agent's."""
    rtcp_mux: bool = False
    """RTCP shares the port (RFC 5761)."""
    agent: RemoteAgent | None = None
    mid: str | None = None
    is_bundled: bool = False

    @property
    def srtp(self) -> SrtpKeys | None:
        return None if self.pair is None else self.pair.keys


class MediaTransport(Protocol):
    """One for each leg. Looking at a description changes nothing until `answer` or `settle`."""

    def offer(self) -> OurEnd:
        """Of our first offer, or a later one. Raises Unavailable where we can offer nothing."""
        ...

    def find_offered(self, session: SessionDescription) -> TheirEnd:
        """The m-line of an offer that we take. Raises Unacceptable where there is none."""
        ...

    def find_answered(self, session: SessionDescription) -> TheirEnd:
        """The m-line of an answer to our offer, likewise."""
        ...

    def answer(self, theirs: TheirEnd) -> OurEnd:
        """Settles what was offered."""
        ...

    def settle(self, theirs: TheirEnd) -> None:
        """Settles what was answered."""
        ...

    def session_lines(self) -> tuple[Line, ...]:
        """What stands above all m-lines."""
        ...
