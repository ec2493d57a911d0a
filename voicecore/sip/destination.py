"""Where a message is sent to: responses by their Via, requests by their Route. No name resolution."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import NamedTuple

from voicecore.sip.headers import Field
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Request
from voicecore.sip.uri import Uri

DEFAULT_PORT = 5060


class ReplyPath(NamedTuple):
    """What every response to one request has in common: where it goes, and the header fields it copies."""

    hop: Hop
    fields: tuple[Field, ...]


def reply_path(request: Request, hop: Hop) -> ReplyPath:
    """RFC 3261, 18.2.1 and 18.2.2, with RFC 3581, 4: note the source in the top Via and answer there."""
    top = request.via
    source = hop.remote
    lines = request.headers.lines()
    others = request.headers.all("Via")[1:] if len(request.vias) > 1 else ()
    fields = (
        ("Via", str(top.with_received(source.host, source.port))),
        *[("Via", via) for via in others],
        ("From", lines["From"][0]),
        ("Call-ID", request.call_id),
        ("CSeq", lines["CSeq"][0]),
    )
    remote = source
    maddr = top.parameter("maddr")
    if maddr and is_ip_literal(maddr):
        remote = Address(maddr.strip("[]"), top.port or DEFAULT_PORT)
    elif not top.wants_rport:
        remote = Address(source.host, top.port or DEFAULT_PORT)
    return ReplyPath(hop if remote == source else Hop(hop.transport, hop.local, remote), fields)


def request_hop(uri: Uri, known: Hop) -> Hop:
    """The way to the URI of the first Route or of the target, from the local address of `known`.

    A host that is a name goes where `known` goes: what came from there came from the peer or from a
    proxy in front of it, and an ACK or BYE that is not sent at all leaves the peer hanging.
    """
    host = uri.parameter("maddr") or uri.host
    if not is_ip_literal(host):
        return known
    remote = Address(host.strip("[]"), uri.port or DEFAULT_PORT)
    return known if remote == known.remote else Hop(known.transport, known.local, remote)


@lru_cache(maxsize=4096)
def is_ip_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
