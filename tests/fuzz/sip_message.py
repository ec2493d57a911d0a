"""Feeds bytes to the SIP and SDP parsers for as long as you like: python -m tests.fuzz.sip_message [folder]

The folder keeps the corpus. It needs atheris, which the project does not install; the tests beside it do not.
"""

from __future__ import annotations

import importlib
import sys

from voicecore.errors import PeerError
from voicecore.sdp.session import SessionDescription
from voicecore.sip.message import Request
from voicecore.sip.parser import MalformedMessage, parse_datagram


def check_sip(data: bytes) -> None:
    """Any bytes give a message that survives writing, or a fault that can be answered."""
    try:
        message = parse_datagram(data)
    except MalformedMessage as fault:
        check_fault(fault)
        return
    again = parse_datagram(message.to_bytes())
    assert again == message
    for each in (message, again):
        _ = each.vias, each.from_.tag, each.to.tag, each.call_id, each.cseq, each.contacts, each.contact
        _ = each.via.branch, each.via.received, each.via.rport, each.content_type, each.max_forwards
        _ = each.routes("Route"), each.routes("Record-Route"), each.headers.get("Subject")
    assert not any(character < " " for via in message.vias for character in str(via))


def check_fault(fault: MalformedMessage) -> None:
    assert fault.reason.isascii()
    assert fault.reason.isprintable()
    assert 400 <= fault.status < 600
    if fault.request is None:
        return
    request = fault.request
    _ = (
        request.from_.tag,
        request.to.with_tag("t"),
        request.call_id,
        request.cseq,
        request.via.with_received("h", 1),
    )
    assert request.cseq.number >= 0
    again = parse_datagram(
        Request("OPTIONS", request.uri, request.headers.with_("CSeq", "1 OPTIONS")).to_bytes()
    )
    assert again.call_id == request.call_id


def check_sdp(data: bytes) -> None:
    """Any bytes give a description that survives writing, or a fault."""
    try:
        session = SessionDescription.parse(data)
    except PeerError:
        return
    assert SessionDescription.parse(session.to_bytes()) == session


def check(data: bytes) -> None:
    check_sip(data)
    check_sdp(data)


def main() -> int:
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    atheris.instrument_all()
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
