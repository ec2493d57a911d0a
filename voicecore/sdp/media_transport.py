"""How one leg's audio is carried: what our m-line says of it, and what the other side's must say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from voicecore.sdp import negotiation
from voicecore.sdp.agent import RemoteAgent
from voicecore.sdp.crypto import KeyExchange, Pair, SrtpKeys
from voicecore.sdp.line import Line
from voicecore.sdp.media import MediaDescription
from voicecore.sdp.negotiation import AudioCapabilities, Unacceptable
from voicecore.sdp.session import SessionDescription


class OurEnd(NamedTuple):
    """What our m-line says beside codecs and direction."""

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


class RtpTransport:
    """RTP/AVP, and RTP/SAVP with keys in a=crypto, at a port pair of our own."""

    def __init__(self, address: str, port: int, capabilities: AudioCapabilities) -> None:
        self._address = address
        self._port = port
        self._keys = KeyExchange(capabilities.srtp, capabilities.suites)

    def offer(self) -> OurEnd:
        protocol, ours = self._keys.offer()
        return OurEnd(self._port, protocol, cryptos=tuple(map(str, ours)))

    def find_offered(self, session: SessionDescription) -> TheirEnd:
        return self._find(session, self._keys.answer)

    def find_answered(self, session: SessionDescription) -> TheirEnd:
        return self._find(session, self._keys.match_answer)

    def answer(self, theirs: TheirEnd) -> OurEnd:
        self.settle(theirs)
        cryptos = () if theirs.pair is None else (str(theirs.pair.ours),)
        return OurEnd(self._port, theirs.protocol, cryptos=cryptos)

    def settle(self, theirs: TheirEnd) -> None:
        self._keys.settle(theirs.pair)

    def session_lines(self) -> tuple[Line, ...]:
        return ()

    def _find(self, session: SessionDescription, match: Callable[[Sequence[str]], Pair | None]) -> TheirEnd:
        """The first that we can: SRTP before RTP."""
        for index in negotiation.find_audio(session):
            media = session.media[index]
            pair = match(media.cryptos)
            if self._keys.takes(media.protocol.upper(), pair):
                return self._end(session, index, media, pair)
        raise Unacceptable(302)

    def _end(
        self, session: SessionDescription, index: int, media: MediaDescription, pair: Pair | None
    ) -> TheirEnd:
        connection = negotiation.remote_connection(session, media, self._address)
        return TheirEnd(
            index,
            media.protocol,
            connection.address,
            media.port,
            negotiation.rtcp_port(media),
            connection.is_null,
            pair,
        )
