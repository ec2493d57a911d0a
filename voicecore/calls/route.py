"""How somebody is reached: ways tried together, stages tried one after the other."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from voicecore.calls.party import STRANGER, Party
from voicecore.errors import PeerError, Unavailable
from voicecore.sdp.codecs import CODECS, Codec
from voicecore.sip.challenge import Answerer
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.name_addr import NameAddr
from voicecore.sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Way:
    """One INVITE that may be sent: to whom, by which hop, and as whom we show ourselves.

    `party` is who answers if it is answered. `finished` is told the final SIP status of the leg, 200 when an
    answered one is over; whoever lends trunk lines counts with it.
    """

    target: Uri
    hop: Hop
    from_: NameAddr
    to: NameAddr | None = None
    headers: tuple[tuple[str, str], ...] = ()
    is_symmetric: bool = False
    answerer: Answerer | None = None
    codecs: tuple[Codec, ...] = CODECS
    party: Party = STRANGER
    finished: Callable[[int], None] = lambda status: None


@dataclass(frozen=True, slots=True)
class Stage:
    """Ways that ring together. `goes_on` decides by final status, and whether it rang, if the next stage is tried."""

    ways: tuple[Way, ...]
    goes_on: Callable[[int, bool], bool] = lambda status, rang: False


class Router(Protocol):
    """Finds the way. Raises Unavailable where there is none, PeerError where the target makes no sense."""

    async def route(self, target: str, caller: str, on_behalf_of: Party) -> tuple[Stage, ...]:
        """`target` as a flow writes it; `caller` is the From URI of the call that it is dialled for."""
        ...


class DirectRouter:
    """Reaches SIP URIs at the address that the system's resolver gives."""

    def __init__(self, listening: tuple[tuple[Transport, Address], ...], identity: str | None = None) -> None:
        """`identity`: the SIP URI in From; None: made from the socket that sends."""
        self._listening = listening
        self._identity = identity

    async def route(self, target: str, caller: str, on_behalf_of: Party) -> tuple[Stage, ...]:
        uri = Uri.parse(target)
        hop = await self._hop(uri)
        from_ = NameAddr.parse(f"<{self._identity or f'sip:voicecore@{hop.local}'}>")
        return (Stage((Way(uri, hop, from_),)),)

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
