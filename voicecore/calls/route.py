"""How somebody is reached: ways tried together, stages tried one after the other."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from voicecore.calls.party import STRANGER, Party
from voicecore.errors import PeerError, Unavailable, VoicecoreError
from voicecore.ids import LegId
from voicecore.sdp.codecs import Codec
from voicecore.sip.call_options import CallOptions
from voicecore.sip.challenge import Answerer
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri


class NotPermitted(VoicecoreError):
    """A leg may not be dialled, and another way would not change that. `status` is what its asker is told.

    `retry_after_s`: the same call may be allowed so much later; 0: never, as things are.
    """

    def __init__(self, why: str, status: int = 403, retry_after_s: int = 0) -> None:
        super().__init__(why)
        self.status = status
        self.retry_after_s = retry_after_s


class Permit(Protocol):
    """Leave to dial one leg, from who counts lines and money. Told what becomes of the leg."""

    def begun(self, hang_up: Callable[[], None]) -> None:
        """The leg exists; `hang_up` ends it, for when the money is gone."""

    def answered(self) -> None: ...

    def over(self, status: int | None, retry_after_s: float = 0.0) -> None:
        """The final SIP status; that of an answered leg is 200, None: nothing was sent. Called once in any case.

        `retry_after_s`: how long the peer wants to be left alone, where it says so (RFC 3261, 21.5.4).
        """


class _Free:
    def begun(self, hang_up: Callable[[], None]) -> None: ...
    def answered(self) -> None: ...
    def over(self, status: int | None, retry_after_s: float = 0.0) -> None: ...


FREE: Permit = _Free()
"""Counts nothing."""


@dataclass(frozen=True, slots=True)
class Way:
    """One INVITE that may be sent: to whom, by which hop, and as whom we show ourselves.

    `party` is who answers if it is answered. `permit` is asked when the leg is about to be dialled, and raises
    Unavailable where there is no room for it, NotPermitted where it may not be.
    """

    target: Uri
    hop: Hop
    from_: NameAddr
    to: NameAddr | None = None
    headers: tuple[tuple[str, str], ...] = ()
    is_symmetric: bool = False
    answerer: Answerer | None = None
    codecs: tuple[Codec, ...] | None = None
    """None: those that the configuration names."""
    party: Party = STRANGER
    options: CallOptions | None = None
    permit: Callable[[LegId], Permit] = lambda leg: FREE
    is_browser: bool = False
    """Who is called takes audio over ICE and DTLS."""
    country: str | None = None
    """Whose call-progress tones are heard there (ISO 3166 code); None: the site's."""
    in_other_family: bool = False
    """Audio is offered in the other family, IPv4 or IPv6, than that by which SIP goes there."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Ways that ring together. `goes_on` decides by final status, and whether it rang, if the next stage is tried.

    Where nobody gives a sign of life for `patience` seconds, that counts as 408.
    """

    ways: tuple[Way, ...]
    goes_on: Callable[[int, bool], bool] = lambda status, rang: False
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a leg is dialled for. `caller` is the From URI of the call, `party` who asked for the leg."""

    caller: str
    flow: str | None
    party: Party
    hides_caller: bool = False
    """The caller wants to stay unknown (RFC 3323)."""
    caller_name: str = ""
    """Of `caller`, for people; "": nobody said one that may be shown."""
    diverter: Party | None = None
    """Whose phone sent the call on (3xx): it answers for the leg instead of `party`."""
    dialled: str = ""
    """What the caller dialled; "": nothing."""

    @property
    def accountable(self) -> Party:
        """Whose rights and whose money the leg takes."""
        return self.diverter or self.party


class Router(Protocol):
    """Finds the way. Raises Unavailable where there is none, PeerError where the target makes no sense."""

    def route(self, target: str, call: Purpose) -> AsyncIterator[Stage]:
        """The stages, each looked up when it is tried. `target` as a flow writes it."""
        ...

    def diverted(self, uri: Uri, diverter: Party) -> str | None:
        """The target for a call that the diverter's phone sends to `uri` (3xx).

        None: it may not call that itself, or a flow answers there.
        """
        ...


class DirectRouter:
    """Reaches SIP URIs at the address that the system's resolver gives."""

    def __init__(self, listening: tuple[tuple[Transport, Address], ...], identity: str | None = None) -> None:
        """`identity`: the SIP URI in From; None: made from the socket that sends."""
        self._listening = listening
        self._identity = identity

    async def route(self, target: str, call: Purpose) -> AsyncIterator[Stage]:
        uri = Uri.parse(target)
        hop = await self._hop(uri)
        from_ = NameAddr.parse(f"<{self._identity or f'sip:voicecore@{hop.local}'}>")
        yield Stage((Way(uri, hop, from_),))

    def diverted(self, uri: Uri, diverter: Party) -> str | None:
        """Nobody has rights here that it could use."""
        return None

    async def _hop(self, uri: Uri) -> Hop:
        host = uri.host.strip("[]")
        if not host:
            raise PeerError(f"{uri} names no host to call", status=416)
        port = uri.port or 5060
        try:
            ipaddress.ip_address(host)
        except ValueError:
            loop = asyncio.get_running_loop()
            try:
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
            except OSError as error:
                raise Unavailable(f"{host} has no address: {error.strerror}") from error
            host = str(found[0][4][0])
        for transport, address in self._listening:
            if transport == "UDP" and (":" in address.host) == (":" in host):
                return Hop("UDP", address, Address(host, port))
        raise Unavailable(f"no socket of ours can reach {host}: add one to [sip] listen")
