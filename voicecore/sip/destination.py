"""Where a message is sent to: responses by their Via, requests by their Route. No name resolution."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voicecore.sip.headers import Field
from voicecore.sip.hop import BY_NAME, DEFAULT_PORTS, RELIABLE, WEB_SOCKET, Address, Hop, Transport
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri


@dataclass(init=False, slots=True)
class ReplyPath:
    """What every response to one request has in common: where it goes, and the header fields it copies."""

    hop: Final[Hop]
    fields: Final[tuple[Field, ...]]

    def __init__(self, hop: Hop, fields: tuple[Field, ...]) -> None:
        self.hop = hop
        self.fields = fields


def reply_path(request: Request, hop: Hop) -> ReplyPath:
    """RFC 3261, 18.2.1 and 18.2.2, with RFC 3581, 4: note the source in the top Via and answer there.

    Over a connection the answer takes that connection.
    """
    top = request.via
    source = hop.remote
    lines = request.headers.lines()
    others = request.headers.all("Via")[1:]
    fields = (
        ("Via", str(top.with_received(source.host, source.port))),
        *[("Via", via) for via in others],
        ("From", lines["From"][0]),
        ("Call-ID", request.call_id),
        ("CSeq", lines["CSeq"][0]),
    )
    if hop.transport in RELIABLE:
        return ReplyPath(hop, fields)
    remote = source
    maddr = top.parameter("maddr")
    if maddr and is_ip_literal(maddr):
        remote = Address(maddr.strip("[]"), top.port or DEFAULT_PORTS[hop.transport])
    elif not top.wants_rport:
        remote = Address(source.host, top.port or DEFAULT_PORTS[hop.transport])
    return ReplyPath(hop if remote == source else Hop(hop.transport, hop.local, remote), fields)


def transport_of(uri: Uri, otherwise: Transport) -> Transport:
    """The transport that a URI asks for (RFC 3261, 19.1.1); one that we do not know counts as none."""
    named = BY_NAME.get((uri.parameter("transport") or "").lower())
    if uri.scheme == "sips":
        return "WSS" if named in WEB_SOCKET else "TLS"
    return named or otherwise


def request_hop(uri: Uri, known: Hop) -> Hop:
    """The way to the URI of the first Route or of the target, from the local address of `known`.

    A host that is a name goes where `known` goes: what came from there came from the peer or from a
    proxy in front of it, and an ACK or BYE that is not sent at all leaves the peer hanging. So does a browser,
    whose address nobody can connect to, and a host at the other end of an open connection (RFC 5923).
    """
    host = uri.parameter("maddr") or uri.host
    if known.transport in WEB_SOCKET or not is_ip_literal(host):
        return known
    host = host.strip("[]")
    if known.transport in RELIABLE and host == known.remote.host:
        return known
    transport = transport_of(uri, "UDP")
    remote = Address(host, uri.port or DEFAULT_PORTS[transport])
    if remote == known.remote and transport == known.transport:
        return known
    return Hop(transport, known.local, remote, uri.host if transport == "TLS" else "")


@lru_cache(maxsize=4096)
def is_ip_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
